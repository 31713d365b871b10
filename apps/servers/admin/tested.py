"""What stands in the way of a change, beside its blast radius: the page before saving tells, and
the log keeps it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.http import HttpRequest

from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import server_target
from apps.servers.services.second_person import NEEDED, noted
from apps.servers.services.tested import FAIL, WARNING, broken_so_far, forced, whole_change
from apps.systemlog.admin.attempts import actor_of
from apps.systemlog.admin.before import Look
from apps.systemlog.admin.reach import Findings, register_refusal, register_stage
from apps.systemlog.entries import Entry
from apps.systemlog.record import record

REQUIRED: Final = "oauth2.as.review.require"


@register_stage
@contextmanager
def look_past_guards() -> Iterator[Findings]:
    """Inside, a change is made whatever policy tests say, and though it needs a second person;
    whoever looks decides whether it stays. The log tells of one that stays although tests fail."""
    with forced(), noted() as servers, whole_change():
        yield Findings(lambda: list(broken_so_far()), lambda: sorted(servers))


@register_refusal
def log_refusal(request: HttpRequest, look: Look) -> None:
    """Who wanted to change a server, and what kept it as it was (R24)."""
    failing: dict[str, list[str]] = {}
    for one in look.failures:
        failing.setdefault(getattr(one, "server_id", ""), []).append(str(one))
    found = AuthorizationServer.objects.in_bulk({*failing, *look.second_person})
    kinds: list[tuple[str, str, str, dict[str, Any]]] = [
        *((pk, WARNING, FAIL, {"failingTests": words}) for pk, words in failing.items()),
        *((pk, REQUIRED, NEEDED, {}) for pk in look.second_person),
    ]
    for pk, kind, reason, debug in kinds:
        targets = (server_target(found[pk]),) if pk in found else ()
        about: Any = {"outcome": "FAILURE", "reason": reason, "server_id": pk, "debug": debug}
        record(Entry(kind, actor_of(request), targets, **about))
