"""Differences as lines for people: + new, ~ changed, - removed, with before and after."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from apps.management.configuration.blast import radius_of
from apps.management.configuration.carrier import NewSecret
from apps.management.configuration.plan import CREATE, DELETE, ORDER, UPDATE, Change
from apps.management.configuration.run import Result
from apps.management.configuration.stored_secrets import SECRETS

SIGNS = {CREATE: "+", UPDATE: "~", ORDER: "~", DELETE: "-"}
MAX_VALUE = 200


def plan_lines(result: Result) -> Iterator[str]:
    """The whole plan, with what each change would revoke."""
    if not result.changes:
        yield "No difference."
        return
    revoking = 0
    for change in result.changes:
        yield from change_lines(change)
        radius = radius_of(change)
        revoking += radius is not None
        if change.verb != CREATE:
            total, *details = radius.lines() if radius else ["nothing"]
            yield f"    revokes {total}"
            yield from (f"      {line}" for line in details)
    yield ""
    yield f"Plan: {counts_line(result)}."
    yield f"Revoking changes: {revoking}." if revoking else "Nothing is revoked."
    if any(change.verb == DELETE for change in result.changes):
        yield "What has another name now is deleted and created: its tokens die."


def change_lines(change: Change) -> Iterator[str]:
    """One object: its sign and path, then its members."""
    path = change.item.path if change.verb != ORDER else _list_path(change)
    yield f"{SIGNS[change.verb]} {path}"
    for name, (before, after) in change.fields.items():
        if change.verb == CREATE:
            if name not in change.kind.key:
                yield f"    {name}: {_shown(name, after)}"
        else:
            yield f"    {name}: {_shown(name, before)} -> {_shown(name, after)}"


def counts_line(result: Result) -> str:
    """`3 to create, 1 to change, 0 to delete`."""
    counts = result.counts
    return f"{counts[CREATE]} to create, {counts[UPDATE]} to change, {counts[DELETE]} to delete"


def secret_lines(secrets: Iterable[NewSecret]) -> Iterator[str]:
    """What was generated, this once."""
    for one in secrets:
        yield f"{one.word} of {one.noun} {one.name} (shown once): {one.text}"


def _list_path(change: Change) -> str:
    return change.item.path.rpartition("[")[0] if change.item.path else change.kind.section


def _shown(name: str, value: Any) -> str:
    """A value in few characters; never a secret."""
    if name in SECRETS:
        return value if isinstance(value, str) else "a new one"
    text = json.dumps(_plain(value), ensure_ascii=False)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]} …"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | dict | None) else str(value)
