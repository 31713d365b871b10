"""Watches the whole suite: no secret that any test makes or sends may be found where none belongs
(P10, R304, R310).

Secrets are collected where they are made and where requests bring them. After each test the
statements, log lines and answers of the test are searched, so rolled-back rows count, too; at the
end of a worker's run, the database and the folder that the run leaves behind.
"""

import contextlib
import functools
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.core.handlers.base import BaseHandler
from django.db.backends.signals import connection_created
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from apps.clients import secrets as client_secrets
from apps.management.hooks import secrets as hook_secrets
from apps.servers import keys
from apps.tokens import jwt
from authzsite.domain import tokens
from authzsite.logs import JsonFormatter
from tests.canary.sinks import (
    HOOK_SECRET,
    LineCatcher,
    Sinks,
    database_dump,
    disk_dump,
    saying_of,
)
from tests.canary.vault import Vault
from tests.hashers import QuickHasher

VAULT, SINKS = Vault(), Sinks()
FIELDS = {
    "client_secret": tokens.Kind.SECRET.value,
    "code_verifier": "verifier",
    "password": "password",
    "password1": "password",
    "oldpassword": "password",
}


def pytest_configure() -> None:
    """Start watching; every process of a run does so for itself."""
    watch_makers()
    watch_requests()
    watch_log()
    connection_created.connect(watch_connection, weak=False)
    VAULT.keep_chosen(settings.SECRET_KEY, "secret key")
    VAULT.keep_chosen(settings.KEY_ENCRYPTION_KEY.hex(), "key-encryption key")


class KeepingHasher(PasswordHasher):
    """Of client secrets that somebody chose; quick, as QuickHasher is."""

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        VAULT.keep_chosen(str(password), tokens.Kind.SECRET.value)
        return super().hash(password, salt=salt)


def watch_makers() -> None:
    """Where secrets are made, each maker keeps doing what it does."""
    checked, sign, pair = tokens._checked, jwt.sign, keys.KeyPair
    encode, verify = QuickHasher.encode, QuickHasher.verify
    seal = hook_secrets.seal

    def keep_checked(text: str) -> str:
        VAULT.keep_token(text)
        return checked(text)

    def keep_signed(claims: Any, signer: Any, *, typ: str) -> str:
        text = sign(claims, signer, typ=typ)
        VAULT.keep_jwt(text, "ID token" if typ == jwt.ID_TYPE else "access JWT")
        return text

    def keep_encoded(self: Any, password: str, salt: str) -> Any:
        VAULT.keep_chosen(password, "password")
        return encode(self, password, salt)

    def keep_verified(self: Any, password: str, encoded: str) -> Any:
        VAULT.keep_chosen(password, "password")
        return verify(self, password, encoded)

    def keep_pair(kid: str, alg: str, public: dict[str, Any], private: bytes) -> keys.KeyPair:
        VAULT.keep_octets(private, "private key")
        return pair(kid, alg, public, private)

    def keep_sealed(plain: bytes, context: bytes) -> bytes:
        VAULT.keep_chosen(plain.decode(), HOOK_SECRET)
        return seal(plain, context)

    tokens._checked, jwt.sign = keep_checked, keep_signed
    hook_secrets.seal = keep_sealed
    keys.KeyPair = keep_pair  # type: ignore[assignment, misc]
    client_secrets._HASHER = KeepingHasher(time_cost=1, memory_cost=8, parallelism=1)
    QuickHasher.encode, QuickHasher.verify = keep_encoded, keep_verified  # type: ignore[method-assign]


def watch_requests() -> None:
    """What requests bring, and what answers say."""
    answer = BaseHandler.get_response

    def watched(handler: BaseHandler, request: HttpRequest) -> HttpResponseBase:
        VAULT.keep_random(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), "session key")
        with contextlib.suppress(ValueError):
            VAULT.keep_basic(request.META.get("HTTP_AUTHORIZATION", ""))
        response = answer(handler, request)
        keep_form(request)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        VAULT.keep_random(cookie.value if cookie else "", "session key")
        SINKS.sayings.append(saying_of(request, response))
        return response

    BaseHandler.get_response = watched  # type: ignore[assignment, method-assign]


def keep_form(request: HttpRequest) -> None:
    """The secrets of a form, if anybody has read it: this watch changes nothing of a request."""
    body = getattr(request, "_body", b"")
    form = getattr(request, "_post", None)
    if form is None:
        with contextlib.suppress(ValueError, TooManyFieldsSent):
            form = QueryDict(body) if len(body) < 100_000 else QueryDict()
    for name, kind in FIELDS.items():
        for value in form.getlist(name) if form else ():
            VAULT.keep_chosen(value, kind)
    for value in form.getlist("client_assertion") if form else ():
        VAULT.keep_jwt(value, "assertion")


@functools.cache
def log_handlers() -> tuple[logging.Handler, ...]:
    """All that production would log, to memory and to a file in the run's folder."""
    file = logging.FileHandler(settings.DATA_DIR / "log.jsonl", encoding="utf-8")
    file.setFormatter(JsonFormatter())
    return file, LineCatcher(SINKS)


def watch_log() -> None:
    """Listen at the root; again before each test, since one before may have set up logging anew."""
    root = logging.getLogger()
    missing = [handler for handler in log_handlers() if handler not in root.handlers]
    if not missing:
        return
    for handler in root.handlers:
        handler.setLevel(max(handler.level, root.level))
    for handler in missing:
        root.addHandler(handler)
    root.setLevel(logging.INFO)


def watch_connection(connection: Any, **kwargs: Any) -> None:
    """Every statement's parameters, whatever becomes of its transaction."""
    if keep_parameters not in connection.execute_wrappers:
        connection.execute_wrappers.append(keep_parameters)


def keep_parameters(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    """One statement, or many."""
    if params:
        (SINKS.reads if sql[:6].upper() == "SELECT" else SINKS.writes).append(params)
    return execute(sql, params, many, context)


@pytest.fixture(autouse=True)
def no_secret_leaks() -> Iterator[None]:
    """After each test: no secret in what it wrote, logged or answered."""
    watch_log()
    SINKS.clear()
    yield
    leaks = SINKS.leaks(VAULT)
    SINKS.clear()
    assert not leaks, "\n".join(map(str, leaks[:10]))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After all tests of this process, before its database goes: none in database and folder."""
    yield
    with django_db_blocker.unblock():
        dumps = [*database_dump(), *disk_dump(settings.DATA_DIR)]
    leaks = [leak for where, text in dumps for leak in VAULT.search(where, text)]
    assert not leaks, "\n".join(map(str, leaks[:10]))
