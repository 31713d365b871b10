"""A blast radius as the console shows it: totals, by user, by client, and a sample."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.policies.models import Rule
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import Part, change_url, chip, link, minutes, moment, table, text
from apps.systemlog.admin.reach import Radius, register_measure
from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens import clock
from apps.tokens.administration import EVENT, WITH_SESSION
from apps.tokens.blast import Count, Sample, Share, measure
from apps.tokens.models import AccessToken
from apps.tokens.reach_of import reaches_of_all
from apps.tokens.rowless import count_rowless, meant_by

GRANT: Final = "tokens.Grant"
SAMPLE: Final = 6
UNSEEN: Final = frozenset({"key"})  # kinds of jobs whose tokens nobody can count
REFRESH, ACCESS = "refresh_token", "access_token"
LIFETIME: Final = "access_token_minutes"
JWT: Final = AuthorizationServer.TokenFormat.JWT


@register_measure
def radius(
    jobs: Sequence[RevocationJob], events: Sequence[LogEvent]
) -> Callable[[], Radius] | None:
    """What the outbox rows and the events would end. See `reach.Measure`."""
    explicit = [one for one in events if one.event_type == EVENT and _kind(one)]
    explicit += [one for one in events if one.event_type == WITH_SESSION]
    if not jobs and not explicit:
        return None
    reaches, meant = reaches_of_all(jobs), meant_by(jobs)
    is_personal = bool(reaches) and all(one.users or one.paths for one in reaches)

    def count() -> Radius:
        now = clock.now()
        return radius_of(
            _with_explicit(measure(reaches, now), explicit),
            ends_unseen=any(job.kind in UNSEEN for job in jobs),
            rowless=count_rowless(meant, now),
            offline=_longest(jobs),
            is_personal=is_personal or not reaches,
        )

    return count


def radius_of(
    found: Count,
    *,
    ends_unseen: bool = False,
    rowless: tuple[int, bool] = (0, False),
    offline: int = 0,
    is_personal: bool = False,
) -> Radius:
    """The count as the page shows it; JWTs that are checked offline live for up to `offline`
    minutes, and those that clients got for themselves end too unless it `is_personal`: so many
    (`rowless`, and whether there may be more) as the log knows."""
    return Radius(
        totals=(found.grants, found.tokens, found.users, found.clients),
        is_partial=found.is_partial,
        ends_unseen=ends_unseen or bool(rowless[0]),
        has_rowless=not is_personal,
        cards=[*_cards(found, offline), *_rowless_card(*rowless)],
        users=by_user(found),
        clients=by_client(found),
        sample=sample_of(found),
    )


def _cards(found: Count, offline: int) -> list[dict[str, Any]]:
    more = "+" if found.is_partial else ""
    hint = _("JWTs checked offline live up to %s") % minutes(offline) if offline else ""
    shown: tuple[tuple[int, str, str], ...] = (
        (
            found.grants,
            ngettext(
                "grant dies at once, with its refresh token",
                "grants die at once, with their refresh tokens",
                found.grants,
            ),
            "",
        ),
        (
            found.tokens,
            ngettext(
                "opaque access token goes inactive",
                "opaque access tokens go inactive",
                found.tokens,
            ),
            hint,
        ),
        (found.users, ngettext("person signs in again", "people sign in again", found.users), ""),
        (found.clients, ngettext("client affected", "clients affected", found.clients), ""),
    )
    return [{"value": f"{n:,}{more}", "label": label, "hint": hint} for n, label, hint in shown]


def _rowless_card(number: int, is_partial: bool) -> list[dict[str, Any]]:
    if not number:
        return []
    label = ngettext(
        "JWT that a client got for itself dies",
        "JWTs that clients got for themselves die",
        number,
    )
    hint = _("By the log: they have no rows")
    return [{"value": f"{number:,}{'+' if is_partial else ''}", "label": label, "hint": hint}]


def _with_explicit(found: Count, ended: Sequence[LogEvent]) -> Count:
    """With the grants and tokens that were revoked one by one, or with their sessions, which needs
    no outbox."""
    if not ended:
        return found
    online = sum(_target(one)["detailEntry"]["TokenCount"] for one in ended if not _kind(one))
    grants = {_target(one)["id"] for one in ended if _kind(one) == REFRESH}
    left = AccessToken.objects.filter(grant_id__in=grants, revoked_at=None)
    opaque = left.filter(expires_at__gt=clock.now()).count()
    return replace(
        found,
        grants=found.grants + len(grants) + online,
        tokens=found.tokens + opaque + sum(_kind(one) == ACCESS for one in ended),
        users=max(found.users, len({one.user_id for one in ended} - {""})),
        clients=max(found.clients, len({one.client_id for one in ended})),
    )


def _target(event: LogEvent) -> dict[str, Any]:
    return next(iter(event.body.get("target") or ()), {})


def _kind(event: LogEvent) -> str:
    kind = str(_target(event).get("type", ""))
    return kind if kind in (REFRESH, ACCESS) else ""


def _longest(jobs: Sequence[RevocationJob]) -> int:
    """How long a JWT of the servers may live, in minutes, by their rules; 0 where all tokens are
    opaque."""
    ids = {str(job.scope["server"]) for job in jobs if job.scope.get("server")}
    of_jwt = Rule.objects.filter(policy__server__access_token_format=JWT)
    rules = of_jwt.filter(policy__server__in=ids) if ids else of_jwt
    return int(rules.aggregate(longest=Max(LIFETIME))["longest"] or 0)


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
        {"parts": [text(_("grant ") if one.is_grant else _("token ")), what], "kind": "nowrap"},
        user,
        {**link(one.client, change_url("clients.Client", one.client_id)), "kind": "nowrap"},
        {"parts": scopes or [text(_("none"))], "kind": "wide"},
    ]
