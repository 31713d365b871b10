"""A blast radius as the console shows it: totals, by user, by client, and a sample."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from apps.policies.models import Rule
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import Part, change_url, chip, link, minutes, moment, table, text
from apps.systemlog.admin.reach import Radius, register_measure
from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens import clock
from apps.tokens.admin.reach import cards_of
from apps.tokens.administration import EVENT
from apps.tokens.blast import Count, Sample, Share, measure
from apps.tokens.models import AccessToken
from apps.tokens.reach_of import reaches_of

GRANT: Final = "tokens.Grant"
SAMPLE: Final = 6
ROWLESS: Final = frozenset({"key"})  # kinds of jobs whose tokens have no rows
REFRESH, ACCESS = "refresh_token", "access_token"
LIFETIME: Final = "access_token_minutes"
JWT: Final = AuthorizationServer.TokenFormat.JWT


@register_measure
def radius(jobs: Sequence[RevocationJob], events: Sequence[LogEvent]) -> Radius:
    """What the outbox rows and the events end. Call it in the transaction of their change."""
    reaches = [reach for job in jobs for reach in reaches_of(job)]
    return radius_of(
        _with_explicit(measure(reaches, clock.now()), events),
        has_rowless=any(job.kind in ROWLESS for job in jobs),
        offline=_longest(jobs, events),
    )


def radius_of(found: Count, *, has_rowless: bool = False, offline: int = 0) -> Radius:
    """The count as the page shows it; JWTs that are checked offline live for up to `offline`
    minutes."""
    cards = cards_of(found, {})
    if offline:
        cards[1]["hint"] = _("JWTs checked offline live up to %s") % minutes(offline)
    return Radius(
        totals=(found.grants, found.tokens, found.users, found.clients),
        is_partial=found.is_partial,
        has_rowless=has_rowless,
        cards=cards,
        users=by_user(found),
        clients=by_client(found),
        sample=sample_of(found),
    )


def _with_explicit(found: Count, events: Sequence[LogEvent]) -> Count:
    """With the grants and tokens that were revoked one by one, which needs no outbox."""
    ended = [one for one in events if one.event_type == EVENT and _kind(one)]
    if not ended:
        return found
    grants = {_target(one)["id"] for one in ended if _kind(one) == REFRESH}
    left = AccessToken.objects.filter(grant_id__in=grants, revoked_at=None)
    opaque = left.filter(expires_at__gt=clock.now()).count()
    return replace(
        found,
        grants=found.grants + len(grants),
        tokens=found.tokens + opaque + len(ended) - len(grants),
        users=max(found.users, len({one.user_id for one in ended} - {""})),
        clients=max(found.clients, len({one.client_id for one in ended})),
    )


def _target(event: LogEvent) -> dict[str, Any]:
    return next(iter(event.body.get("target") or ()), {})


def _kind(event: LogEvent) -> str:
    kind = str(_target(event).get("type", ""))
    return kind if kind in (REFRESH, ACCESS) else ""


def _longest(jobs: Sequence[RevocationJob], events: Sequence[LogEvent]) -> int:
    """How long a JWT of the servers may live, in minutes: by the rules that there are, and by
    those that the change takes back. 0 where all tokens are opaque."""
    ids = {str(job.scope["server"]) for job in jobs if job.scope.get("server")}
    servers = AuthorizationServer.objects.filter(Q(pk__in=ids) if ids else Q())
    jwt = set(servers.filter(access_token_format=JWT).values_list("pk", flat=True))
    rules = Rule.objects.filter(policy__server__in=jwt)
    now = rules.aggregate(longest=Max(LIFETIME))["longest"] or 0
    return max([now, *(_before(one) for one in events if one.server_id in jwt)])


def _before(event: LogEvent) -> int:
    details = [one.get("changeDetails") or {} for one in event.body.get("target") or ()]
    return max((one.get("from", {}).get(LIFETIME) or 0 for one in details), default=0)


def by_user(count: Count) -> dict[str, Any] | None:
    """Those that lose most."""
    return _shares(_("User"), "directory.User", count.by_user, count.users)


def by_client(count: Count) -> dict[str, Any] | None:
    """Those that lose most."""
    return _shares(_("Client"), "clients.Client", count.by_client, count.clients)


def _shares(noun: str, label: str, shares: Iterable[Share], total: int) -> dict[str, Any] | None:
    shown = list(shares)
    if not shown:
        return None
    rows: list[list[Part]] = [
        [
            link(one.name, change_url(label, one.id)),
            {"text": f"{one.grants:,}", "kind": "num"},
            {"text": f"{one.tokens:,}", "kind": "num"},
        ]
        for one in shown
    ]
    rest = total - len(shown)
    caption = (
        _("The %(shown)s that lose most; %(rest)s more lose some.")
        % {"shown": len(shown), "rest": f"{rest:,}"}
        if rest > 0
        else ""
    )
    return table((noun, _("Grants#"), _("Opaque tokens#")), rows, caption=caption)


def sample_of(count: Count) -> dict[str, Any] | None:
    """The newest few."""
    rows = [_row(one) for one in count.sample[:SAMPLE]]
    heads = (_("Issued"), _("What"), _("User"), _("Client"), _("Scopes"))
    return table(heads, rows) if rows else None


def _row(one: Sample) -> list[Part]:
    end = f"…{one.id[-4:]}"
    what = link(end, change_url(GRANT, one.id)) if one.is_grant else chip(end)
    user = link(one.user, change_url("directory.User", one.user_id)) if one.user_id else text("")
    scopes = [part for name in one.scopes for part in (chip(name), text(" "))]
    return [
        {"text": moment(one.issued), "kind": "nowrap"},
        {"parts": [text("grant " if one.is_grant else "token "), what], "kind": "nowrap"},
        user,
        {**link(one.client, change_url("clients.Client", one.client_id)), "kind": "nowrap"},
        {"parts": scopes or [text(_("none"))], "kind": "wide"},
    ]
