"""Decisions that the log holds and grants that live, as requests that can be asked again.

Both are bounded reads: the newest events of a server, a client or some people, and so many of
their grants by the order of their keys, which are random.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet

from apps.systemlog.models import LogEvent
from apps.tokens.models import Grant
from apps.tokens.selectors import live_grants
from apps.tokens.standing import load_vector
from authzsite.domain.explanation import Explanation
from authzsite.domain.vocabulary import AUTHORIZATION_CODE, CLIENT_CREDENTIALS

EVENT_LIMIT: Final = 5_000
GRANT_LIMIT: Final = 5_000
DENIED: Final = ("app.oauth2.as.token.grant", "app.oauth2.as.authorize")
CODE: Final = "app.oauth2.as.authorize.code"
TOKEN: Final = "app.oauth2.as.token.grant.access_token"  # noqa: S105 - the type of an event
LATER: Final = "later_steps"  # exchanges and refreshes decide nothing (R11)
UNDECIDED: Final = "without_decision"  # refused before any policy was read
UNREADABLE: Final = "unreadable"


class Request(NamedTuple):
    """What was asked, by row ids."""

    client: str
    user: str
    grant_type: str
    scopes: tuple[str, ...] | None
    server: str


@dataclass(frozen=True, slots=True)
class About:
    """Whose requests and grants are looked at: all of what is given, by row ids."""

    server_id: str = ""
    client_id: str = ""
    user_ids: tuple[str, ...] = ()

    @property
    def filters(self) -> dict[str, Any]:
        """By the columns that events and grants share."""
        given = {
            "server_id": self.server_id,
            "client_id": self.client_id,
            "user_id__in": self.user_ids,
        }
        return {name: value for name, value in given.items() if value}


@dataclass(slots=True)
class Recorded:
    """The decisions of a stretch of the log, the newest first, each request once with how often it
    was made. `passed_over` counts the events that hold no decision, by why."""

    requests: Counter[Request] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)
    looked_at: int = 0
    since: datetime | None = None
    is_partial: bool = False

    def take(self, row: Mapping[str, Any]) -> None:
        """One event."""
        self.looked_at += 1
        self.since = row["published"]
        request = _request_of(row)
        if isinstance(request, Request):
            self.requests[request] += 1
        else:
            self.passed_over[request] += 1


def recorded_decisions(about: About, since: datetime, limit: int = EVENT_LIMIT) -> Recorded:
    """Those from `since` on, of the newest events only. Two statements."""
    newest = LogEvent.objects.filter(**about.filters, published__gte=since).order_by("-pk")
    keys = list(newest.values_list("pk", flat=True)[: limit + 1])
    found = Recorded(is_partial=len(keys) > limit)
    for row in decisions_among(keys[:limit]):
        found.take(row)
    return found


def decisions_among(keys: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    """The events with these keys that may hold a decision, the newest first. One statement."""
    wanted = LogEvent.objects.filter(pk__in=keys, event_type__in=(*DENIED, CODE, TOKEN))
    columns = ("event_type", "client_id", "user_id", "server_id", "published", "body")
    return wanted.order_by("-pk").values(*columns).iterator()


def _request_of(row: Mapping[str, Any]) -> Request | str:
    """The request, or why the event holds no decision."""
    data = row["body"].get("debugData") or {}
    if row["event_type"] in DENIED:
        return _of_denial(data, row["server_id"])
    if row["event_type"] == TOKEN and data.get("grantType") != CLIENT_CREDENTIALS:
        return LATER
    grant_type = AUTHORIZATION_CODE if row["event_type"] == CODE else CLIENT_CREDENTIALS
    asked = data.get("requestedScopes")
    scopes = tuple(asked.split(", ")) if isinstance(asked, str) and asked else None
    return Request(row["client_id"], row["user_id"], grant_type, scopes, row["server_id"])


def _of_denial(data: Mapping[str, Any], server_id: str) -> Request | str:
    """The trace says what was asked: of a page's answer less than the request's scopes."""
    if not isinstance(data.get("trace"), dict):
        return UNDECIDED
    found = Explanation.from_dict(data["trace"])
    if isinstance(found, str):
        return UNREADABLE
    then = found.request
    who = (then.client_id, then.user_id or "")
    return Request(*who, then.grant_type, then.requested_scopes, server_id)


@dataclass(frozen=True, slots=True)
class LiveGrant:
    """A grant, and what would have to be asked to get it again."""

    id: str
    request: Request
    policy_id: str
    rule_id: str
    paths: tuple[str, ...] = ()
    """Of assignment, in force when it was decided: it ends with the last of them."""


@dataclass(frozen=True, slots=True)
class LiveGrants:
    """A sample of those that live."""

    grants: tuple[LiveGrant, ...]
    is_partial: bool


def living(about: About, now: datetime, limit: int = GRANT_LIMIT) -> LiveGrants:
    """Theirs, by one index; marked ones and those whose time is over are none of them."""
    rows = live_grants(now).filter(**about.filters).order_by("pk")
    found = list(live_requests(rows[: limit + 1]))
    return LiveGrants(tuple(found[:limit]), len(found) > limit)


def live_requests(rows: QuerySet[Grant]) -> Iterator[LiveGrant]:
    """Each grant as what would have to be asked. One statement."""
    for row in rows.iterator():
        scopes = tuple(row.scopes.split()) or None
        request = Request(row.client_id, row.user_id, AUTHORIZATION_CODE, scopes, row.server_id)
        vector = load_vector(row.vector)
        paths = vector.paths if vector else ()
        yield LiveGrant(row.pk, request, row.policy_id, row.rule_id, paths)
