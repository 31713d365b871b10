"""Token inline hooks: an address is asked before tokens are signed, and may change
their claims.

Asked once, for three seconds at most, without a transaction or lock; redirects are not followed.
Whatever goes wrong, the tokens are issued as they were, and the log has a failure. A hook that
fails again and again is left alone for a while (row 299). Only a hook's own `error` refuses.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError, InterfaceError

from apps.clients.models import ActiveStatus
from apps.directory.sealing import Unopenable
from apps.oauth.endpoint import Session
from apps.oauth.grants.contract import Proof
from apps.oauth.hook_request import octets_of, request_of, seconds_of
from apps.oauth.hook_signature import HEADER, signature
from apps.oauth.outbound import DEADLINE_SECONDS, OutboundError, fetch_json
from apps.policies.models import InlineHook
from apps.policies.services.inline_hooks import open_auth
from apps.systemlog.entries import Entry, Target
from apps.tokens.issue import Revised
from apps.tokens.mint import Draft, Order
from apps.tokens.store import StorageError, Unit
from authzsite.domain import vocabulary as words
from authzsite.domain.errors import OAuthError
from authzsite.domain.limits import ID_TOKEN_SECONDS
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.token_hook import ACCESS, IDENTITY, BadPatch, Claims, HookError, patched

EXECUTED: Final = "inline_hook.executed"
PROCESSED: Final = "inline_hook.response.processed"
REFUSED: Final = "inline_hook_refused"
BREAKER_FAILURES: Final = 5
BREAKER_SECONDS: Final = 30.0
MAX_DEBUG: Final = 1024


class HookFailed(Exception):  # noqa: N818 - a state of a call
    """Why a hook said nothing that could be used, in our words."""


@dataclass(slots=True)
class _Tried:
    """How a hook has done of late."""

    failures: int = 0
    closed_until: float = 0.0


class Breaker:
    """Leaves a hook alone that failed several times in a row; of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tried: dict[str, _Tried] = {}

    def may_ask(self, hook_id: str) -> bool:
        """Whether it is time to ask it."""
        with self._lock:
            tried = self._tried.get(hook_id)
            return tried is None or time.monotonic() >= tried.closed_until

    def note(self, hook_id: str, *, is_failure: bool) -> None:
        """One call; a success starts over."""
        with self._lock:
            if not is_failure:
                self._tried.pop(hook_id, None)
                return
            tried = self._tried.setdefault(hook_id, _Tried())
            tried.failures += 1
            if tried.failures >= BREAKER_FAILURES:
                tried.closed_until = time.monotonic() + BREAKER_SECONDS

    def clear(self) -> None:
        """Forget everything: for tests."""
        with self._lock:
            self._tried.clear()


breaker: Final = Breaker()


async def ask_hook(
    hook_id: str, session: Session, proof: Proof, order: Order, draft: Draft
) -> Revised:
    """The draft as the hook wants it, and what to log. Raises OAuthError where it refuses."""
    try:
        hook = InlineHook.objects.filter(pk=hook_id, status=ActiveStatus.ACTIVE).first()
        if hook is None:
            return draft, ()
        question = request_of(session, proof, order, draft)
    except (DatabaseError, InterfaceError) as error:
        raise StorageError from error
    try:
        answer = _asked(hook, question, session)
        revised = _revised(answer, order, draft, session)
    except (HookFailed, BadPatch) as failure:
        return draft, (_entry(session, hook, EXECUTED, str(failure)),)
    except HookError as refusal:
        await session.store.write(Unit(events=(_entry(session, hook, EXECUTED),)), session.now)
        raise OAuthError(
            words.SERVER_ERROR,
            refusal.summary,
            reason=REFUSED,
            detail={"inlineHook": hook.pk},
        ) from None
    return revised, (_entry(session, hook, EXECUTED), *_processed(session, hook, answer))


def call_hook(
    hook: InlineHook, question: Mapping[str, Any], server: ServerSnapshot, now: datetime
) -> dict[str, Any]:
    """What the hook answers to a question of this server. Raises HookFailed."""
    body = octets_of(question)
    try:
        headers = {one["key"]: one["value"] for one in hook.headers}
        if hook.auth_header:
            headers[hook.auth_header] = open_auth(hook)
        event_id = str(question.get("eventId", ""))
        headers[HEADER] = signature(
            body, server=server, audience=hook.url, event_id=event_id, now=now
        )
        return fetch_json(hook.url, headers=headers, seconds=DEADLINE_SECONDS, body=body).body
    except OutboundError:
        raise HookFailed("no usable answer in time") from None
    except Unopenable:
        raise HookFailed("its secret can't be opened") from None


def _asked(hook: InlineHook, question: Mapping[str, Any], session: Session) -> dict[str, Any]:
    """Counted: one that keeps failing isn't asked."""
    if not breaker.may_ask(hook.pk):
        raise HookFailed("left alone after failures")
    try:
        answer = call_hook(hook, question, session.server, session.now)
    except HookFailed:
        breaker.note(hook.pk, is_failure=True)
        raise
    breaker.note(hook.pk, is_failure=False)
    return answer


def _revised(answer: dict[str, Any], order: Order, draft: Draft, session: Session) -> Draft:
    """The draft with the answer's commands. A token never outlives its grant's absolute end."""
    now = session.now
    tokens = {ACCESS: Claims(draft.access, seconds_of(order, draft, now))}
    if draft.identity is not None:
        tokens[IDENTITY] = Claims(draft.identity, ID_TOKEN_SECONDS)
    found = patched(answer, tokens)
    access, expires_at = dict(found[ACCESS].members), draft.expires_at
    if found[ACCESS].seconds != tokens[ACCESS].seconds:
        expires_at = now + timedelta(seconds=found[ACCESS].seconds)
        expires_at = min(expires_at, order.absolute or expires_at)
        access["exp"] = int(expires_at.timestamp())
    identity = draft.identity
    if identity is not None:
        given = found[IDENTITY]
        identity = {**given.members, "exp": identity["iat"] + given.seconds}
    return replace(draft, access=access, identity=identity, expires_at=expires_at)


def _processed(session: Session, hook: InlineHook, answer: dict[str, Any]) -> tuple[Entry, ...]:
    """Okta copies what the hook says for its own administrators."""
    if not isinstance(answer.get("debugContext"), dict):
        return ()
    text = json.dumps(answer["debugContext"])[:MAX_DEBUG]
    return (_entry(session, hook, PROCESSED, debug={"debugContext": text}),)


def _entry(
    session: Session,
    hook: InlineHook,
    event_type: str,
    reason: str = "",
    debug: dict[str, Any] | None = None,
) -> Entry:
    target = Target(hook.pk, "InlineHook", hook.url, hook.name)
    told = {"inlineHook": hook.pk, **(debug or {})}
    return session.call.entry(event_type, reason=reason, targets=(target,), debug=told)
