"""Where secrets could end up: statements, log lines and answers, seen while they happen, and the
database and the disk as they are left.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from authzsite.domain.tokens import Kind
from authzsite.logs import JsonFormatter
from tests.canary.vault import Leak, Vault

TOKEN_KINDS = (Kind.ACCESS.value, Kind.REFRESH.value, "access JWT", "ID token")
HINTS = ("ID token",)  # a hint that the client sent goes along until it is used
LOOKED_UP = ("session key",)  # allauth asks for its list of sessions by key; nothing keeps that
HOOK_SECRET = "secret of an event hook"
COOKIES = "Set-Cookie"


@dataclass(frozen=True)
class Saying:
    """What one answer said, and the kinds of secrets that this answer is for."""

    where: str
    text: str
    allowed: tuple[str, ...] = ()


@dataclass
class Sinks:
    """What was written and said since the last look."""

    writes: list[Any] = field(default_factory=list)
    reads: list[Any] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    sayings: list[Saying] = field(default_factory=list)

    def clear(self) -> None:
        """Forget what has been looked at."""
        self.writes.clear()
        self.reads.clear()
        self.lines.clear()
        self.sayings.clear()

    def leaks(self, vault: Vault) -> list[Leak]:
        """Every secret in any of them."""
        found = vault.search("the database", each_once(self.writes))
        found += vault.search("a query", each_once(self.reads), LOOKED_UP)
        found += vault.search("the log", "\n".join(self.lines))
        for allowed, said in self._by_allowance().items():
            if vault.search("answers", "\n".join(one.text for one in said), allowed):
                for one in said:
                    found += vault.search(one.where, one.text, allowed)
        return found

    def _by_allowance(self) -> dict[tuple[str, ...], list[Saying]]:
        """The answers that may say the same, to be searched at once: fifty threads say a lot."""
        found: dict[tuple[str, ...], list[Saying]] = {}
        for said in list(self.sayings):
            found.setdefault(said.allowed, []).append(said)
        return found


class LineCatcher(logging.Handler):
    """The log stream as it leaves the process."""

    def __init__(self, sinks: Sinks) -> None:
        super().__init__()
        self.sinks = sinks
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.sinks.lines.append(self.format(record))


def texts(value: Any) -> Iterator[str]:
    """Everything in a value that could hold a secret, as text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | bytearray | memoryview):
        yield bytes(value).decode("latin-1")
    elif isinstance(value, Mapping):
        for part in value.items():
            yield from texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)
    elif hasattr(value, "obj"):  # psycopg's wrapper of JSON
        yield from texts(value.obj)


def each_once(values: list[Any]) -> str:
    """All texts in them, one per line: statements say the same ids again and again."""
    return "\n".join(dict.fromkeys(texts(list(values))))


SECRET_SHOWN = re.compile(  # the calls of Okta's dialect that make a client's secret
    r"POST /api/v1/apps(?:/[^/]+/credentials/secrets)?|PUT /api/v1/apps/[^/]+"
    r"|POST /oauth2/v1/clients(?:/[^/]+/lifecycle/newSecret)?|PUT /oauth2/v1/clients/[^/]+"
)


def saying_of(request: HttpRequest, response: HttpResponseBase) -> Saying:
    """An answer's headers and body, without the cookies, which hold the session."""
    headers = [f"{name}: {value}" for name, value in response.items() if name != COOKIES]
    body = response.content.decode("utf-8", "replace") if isinstance(response, HttpResponse) else ""
    where = f"the answer to {request.method} {request.path} ({response.status_code})"
    return Saying(where, "\n".join([*headers, body]), allowed_in(request, response.status_code))


def allowed_in(request: HttpRequest, status: int) -> tuple[str, ...]:
    """The kinds that this very answer is for: tokens, a code on its way, a secret shown once."""
    path, is_post = request.path, request.method == "POST"
    if path.endswith(("/v1/token", "/login/token")) and status == 200:
        return TOKEN_KINDS
    if path.endswith("/v1/authorize"):
        return (Kind.CODE.value, *HINTS)
    if path.endswith("/v1/logout"):
        return HINTS
    if path == "/admin/management/apitoken/add/" and is_post and status == 200:
        return (Kind.API.value,)
    is_hook = path.startswith("/admin/management/eventhook/") or path == "/api/v1/eventHooks"
    if is_hook and is_post and status < 300:
        return (HOOK_SECRET,)
    if status < 300 and SECRET_SHOWN.fullmatch(f"{request.method} {path}"):
        return (Kind.SECRET.value,)
    is_secret_page = path.startswith("/admin/clients/") or "/config/clients" in path
    return (Kind.SECRET.value,) if is_secret_page and is_post and status < 300 else ()


def database_dump() -> Iterator[tuple[str, str]]:
    """Each table's name and all its rows as text, as this connection sees them."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield table, "\n".join(text for row in cursor.fetchall() for text in texts(row))


def disk_dump(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file below a folder, except the secrets that belong there."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "secrets" not in file.parts:
            yield str(file.relative_to(folder)), file.read_bytes().decode("latin-1")
