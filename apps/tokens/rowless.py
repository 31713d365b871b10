"""JWTs that clients got for themselves: they have no rows, but the log knows of each.

What a change would end of them is told by the newest events of its server or client: those whose
token's time isn't over, and that no change since has ended already.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from apps.policies.models import Rule
from apps.servers.models import AuthorizationServer
from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens.cutoffs import cutoff_of
from apps.tokens.models import TokenCutoff
from authzsite.domain.limits import ACCESS_TOKEN_MINUTES
from authzsite.domain.vocabulary import CLIENT_CREDENTIALS

ISSUED: Final = "app.oauth2.as.token.grant.access_token"
LOOKED_AT: Final = 2_000  # the newest events of a server or client
LONGEST: Final = timedelta(minutes=ACCESS_TOKEN_MINUTES[1])
MOST_JOBS: Final = 200  # changes of the last day that are looked through
JWT: Final = AuthorizationServer.TokenFormat.JWT


@dataclass(frozen=True, slots=True)
class Means:
    """Which of these tokens a change ends: of all that is given, by row ids."""

    server: str = ""
    client: str = ""
    of_rule: tuple[str, str] = ("", "")  # "policy" or "rule", and which
    scope: str = ""
    since: datetime | None = None  # what was issued later isn't meant

    def ends(self, event: Mapping[str, Any]) -> bool:
        """Whether it ends the token of this event."""
        data, (kind, pk) = event["body"]["debugData"], self.of_rule
        return (
            self.server in ("", event["server_id"])
            and self.client in ("", event["client_id"])
            and (not kind or data.get(kind) == pk)
            and (not self.scope or self.scope in (data.get("grantedScopes") or "").split(", "))
            and (self.since is None or event["published"] <= self.since)
        )

    @property
    def events(self) -> Q:
        """Where its events are, by an index."""
        given = {"client_id": self.client} if self.client else {"server_id": self.server}
        return Q(**{name: value for name, value in given.items() if value})


def meant_by(jobs: Iterable[RevocationJob]) -> list[Means]:
    """What the jobs' changes end; to be called in their transaction, if they are only looked at."""
    jobs = list(jobs)
    wanted = {job.scope.get("cutoff") for job in jobs if job.kind == "cutoff"} - {None}
    cutoffs = TokenCutoff.objects.in_bulk(wanted) if wanted else {}
    return [one for job in jobs for one in _of_job(job, cutoffs)]


def _of_job(job: RevocationJob, cutoffs: Mapping[int, TokenCutoff]) -> list[Means]:
    """Nothing for a row that doesn't say whose: it must not be taken for everybody's."""
    scope, since = job.scope, job.created
    server, client, name = (str(scope.get(one, "")) for one in ("server", "client", "scope"))
    match job.kind:
        case "installation":
            return [Means(since=since)]
        case "as" if server:
            return [Means(server, since=since)]
        case "client" if client:
            return [Means(client=client, since=since)]
        case "policy" | "rule" if server:
            return [Means(server, of_rule=(job.kind, job.object_id), since=since)]
        case "scope" if server and name:
            return [Means(server, scope=name, since=since)]
        case "cutoff":
            return _of_cutoff(cutoffs.get(scope.get("cutoff", 0)), since)
    return []


def _of_cutoff(row: TokenCutoff | None, since: datetime) -> list[Means]:
    """An explicit revocation; a user's tokens all have rows."""
    if row is None or row.user_id or cutoff_of(row).epochs:
        return []
    return [Means(row.server_id, row.client_id, since=row.issued_before or since)]


def count_rowless(meant: Sequence[Means], now: datetime) -> tuple[int, bool]:
    """How many of those that live the changes would end, and whether there may be more. At most six
    statements; to be called when the changes are taken back."""
    if not meant:
        return 0, False
    events, is_partial = _newest(meant, now)
    minutes = dict(Rule.objects.values_list("pk", "access_token_minutes"))
    formats = AuthorizationServer.objects.filter(access_token_format=JWT)
    servers = set(formats.values_list("pk", flat=True))
    alive = [one for one in events if one["server_id"] in servers and _lives(one, minutes, now)]
    ended = [one for one in alive if any(change.ends(one) for change in meant)]
    if not ended:
        return 0, False
    before = _made_since(now - LONGEST)
    left = [one for one in ended if not any(change.ends(one) for change in before)]
    return len(left), is_partial and bool(left)


def _newest(meant: Iterable[Means], now: datetime) -> tuple[list[Mapping[str, Any]], bool]:
    where = Q(pk__in=())
    for one in meant:
        where |= one.events
    recent = LogEvent.objects.filter(where, published__gte=now - LONGEST).order_by("-pk")
    keys = list(recent.values_list("pk", flat=True)[: LOOKED_AT + 1])
    found = LogEvent.objects.filter(pk__in=keys[:LOOKED_AT], event_type=ISSUED, user_id="")
    columns = ("client_id", "server_id", "published", "body")
    rows = list(found.values(*columns))
    mine = [row for row in rows if row["body"]["debugData"].get("grantType") == CLIENT_CREDENTIALS]
    return mine, len(keys) > LOOKED_AT


def _lives(event: Mapping[str, Any], minutes: Mapping[str, int], now: datetime) -> bool:
    """By its rule, as it is now; a token of a rule that is gone died with it (R15)."""
    long = minutes.get(event["body"]["debugData"].get("rule", ""), 0)
    lived: timedelta = now - event["published"]
    return lived < timedelta(minutes=long)


def _made_since(since: datetime) -> list[Means]:
    jobs = RevocationJob.objects.filter(created__gte=since).order_by("-created")[:MOST_JOBS]
    return meant_by(jobs)
