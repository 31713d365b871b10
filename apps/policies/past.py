"""A server's configuration as it was at an event: the present rows, with every later change undone
by what the log says of it (R24).

Places need no events of their own: what was made, removed or moved says where, and the others
follow, as they did when it happened (`services.ordering`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from apps.policies.selectors import policies_of
from apps.servers.models import AuthorizationServer
from apps.servers.selectors import claims_of, scopes_of
from apps.servers.services.rows import content, settings_of
from apps.systemlog.changed import SERVER, kind_of
from apps.systemlog.models import ChangedObject, LogEvent
from apps.systemlog.past import changes_of, later_than, targets_of

LIMIT: Final = 10_000  # changes that are undone at most
BYPASS: Final = "system.guard.bypass"
Values = dict[str, Any]
Parts = dict[str, Values]

SETTINGS, SCOPE, CLAIM, POLICY, RULE = (
    *(SERVER, "OAuth2Scope", "OAuth2Claim"),
    *("Policy", "PolicyRule"),
)
MADE: Final = (".created", ".create", ".add")
GONE: Final = (".deleted", ".delete")
PLACE: Final = "priority"


@dataclass(slots=True)
class Configuration:
    """Plain values: `settings` of the server, its scopes and claims by id, its policies in order,
    each with its rules in order (`rules`)."""

    settings: Values = field(default_factory=dict)
    scopes: Parts = field(default_factory=dict)
    claims: Parts = field(default_factory=dict)
    policies: list[Values] = field(default_factory=list)


@dataclass(slots=True)
class Moment:
    """What is known of a moment. `configuration` is None when there was no server then.

    `too_old`: the log begins later, at `begins`; what it shows is that moment. `unknown` names
    changes whose events don't hold what was there before; `is_bypassed`: rows were written past
    the services since. `undone` counts the changes taken back.
    """

    configuration: Configuration | None
    undone: int = 0
    too_old: bool = False
    begins: datetime | None = None
    is_bypassed: bool = False
    is_cut: bool = False
    unknown: list[LogEvent] = field(default_factory=list)

    @property
    def is_sure(self) -> bool:
        """Whether nothing speaks against it."""
        return not (self.too_old or self.is_bypassed or self.is_cut or self.unknown)


def present(server_id: str) -> Configuration | None:
    """The configuration as the rows are now."""
    server = AuthorizationServer.objects.filter(pk=server_id).first()
    if server is None:
        return None
    return Configuration(
        settings=settings_of(server),
        scopes={one.pk: content(one) for one in scopes_of(server_id)},
        claims={one.pk: content(one) for one in claims_of(server_id)},
        policies=[
            content(one) | {"rules": [content(rule) for rule in one.rules.all()]}
            for one in policies_of(server_id)
        ],
    )


def at_event(server_id: str, event_id: int) -> Moment:
    """The configuration just after the event `event_id`."""
    later = later_than(SERVER, server_id, event_id, LIMIT)
    moment = Moment(present(server_id), is_cut=len(later) > LIMIT)
    for event in later[:LIMIT]:
        moment.undone += 1
        moment.configuration = _before(event, moment)
    first = LogEvent.objects.order_by("pk").first()
    if first is not None and first.pk > event_id:
        moment.too_old, moment.begins = True, first.published
    moment.is_bypassed = LogEvent.objects.filter(event_type=BYPASS, pk__gt=event_id).exists()
    return moment


def event_at(server_id: str, time: datetime) -> int:
    """The server's last change at or before a time; before the first one, the number below it."""
    changes = ChangedObject.objects.filter(kind=SERVER, object_id=server_id)
    last = changes.filter(published__lte=time).order_by("-event_id").first()
    if last is not None:
        return last.event_id
    if (oldest := changes.order_by("event_id").first()) is not None:
        return oldest.event_id - 1
    before = LogEvent.objects.filter(published__lte=time).order_by("-published").first()
    return before.pk if before else 0


def _before(event: LogEvent, moment: Moment) -> Configuration | None:
    """The configuration before the event."""
    now = moment.configuration
    if event.event_type == "oauth2.as.created":
        return None
    if event.event_type == "oauth2.as.deleted":
        return _restored(event, moment)
    if now is None:
        moment.unknown.append(event)
        return None
    changed = {kind: _targets(event, kind) for kind in (SETTINGS, SCOPE, CLAIM, POLICY, RULE)}
    for changes in changed[SETTINGS].values():
        known = {name: old for name, (old, _) in changes.items() if name in now.settings}
        now.settings |= known
    for kind, parts in ((SCOPE, now.scopes), (CLAIM, now.claims)):
        for ident, changes in changed[kind].items():
            _undo_part(event, parts, ident, changes, moment)
    if changed[POLICY] and event.event_type.startswith("policy.lifecycle."):
        _undo_places(event, now.policies, changed[POLICY], moment)
    if changed[RULE]:
        _undo_rules(event, now, changed[RULE], moment)
    return now


def _targets(event: LogEvent, kind: str) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Id → what changed, of each target of one kind that changed."""
    found = {str(one["id"]): changes_of(one) for one in targets_of(event) if kind_of(one) == kind}
    return {ident: changes for ident, changes in found.items() if changes}


def _restored(event: LogEvent, moment: Moment) -> Configuration | None:
    """The server that a deletion took, if its event holds all of it."""
    values = {
        n: before
        for found in _targets(event, SETTINGS).values()
        for n, (before, _) in found.items()
    }
    if "policies" not in values:
        moment.unknown.append(event)
        return None
    policies = values.pop("policies")
    scopes, claims = ({one["id"]: one for one in values.pop(name)} for name in ("scopes", "claims"))
    return Configuration(values, scopes, claims, policies)


def _undo_part(
    event: LogEvent,
    parts: Parts,
    ident: str,
    changes: dict[str, tuple[Any, Any]],
    moment: Moment,
) -> None:
    before = {name: old for name, (old, _) in changes.items()}
    if event.event_type.endswith(MADE):
        parts.pop(ident, None)
    elif event.event_type.endswith(GONE):
        parts[ident] = {"id": ident, **before}
    elif ident in parts:
        parts[ident] |= before
    else:
        moment.unknown.append(event)


def _undo_rules(
    event: LogEvent,
    now: Configuration,
    changed: dict[str, dict[str, tuple[Any, Any]]],
    moment: Moment,
) -> None:
    named = str((event.body.get("debugData") or {}).get("policy") or "")
    for policy in now.policies:
        mine = {rule["id"] for rule in policy["rules"]} & changed.keys()
        if policy["id"] == named or mine:
            _undo_places(event, policy["rules"], changed, moment)
            return
    moment.unknown.append(event)


def _undo_places(
    event: LogEvent,
    rows: list[Values],
    changed: dict[str, dict[str, tuple[Any, Any]]],
    moment: Moment,
) -> None:
    """Undo what happened to one or several rows of an ordered list."""
    places: dict[str, int] = {}
    is_policy = event.event_type.startswith("policy.lifecycle.")
    for ident, changes in changed.items():
        before = {name: old for name, (old, _) in changes.items()}
        index = next((n for n, row in enumerate(rows) if row["id"] == ident), None)
        if event.event_type.endswith(GONE):
            if is_policy and "rules" not in before:
                moment.unknown.append(event)
            more: Values = {"rules": []} if is_policy else {}
            rows.insert(before[PLACE] - 1, {"id": ident, **more, **before})
        elif index is None:
            moment.unknown.append(event)
        elif event.event_type.endswith(MADE):
            del rows[index]
        else:
            places |= {ident: before.pop(PLACE)} if PLACE in before else {}
            rows[index] |= before
    _move(rows, places)


def _move(rows: list[Values], places: dict[str, int]) -> None:
    """Put rows back at their places."""
    by_id = {row["id"]: row for row in rows}
    rows[:] = [by_id[ident] for ident in put_in_places(list(by_id), places)]
    _number(rows)


def put_in_places(ids: list[str], places: dict[str, int]) -> list[str]:
    """The order in which some have the places given. One that moved alone shifted the others; of
    several that moved at once the others stayed where they were."""
    found = [ident for ident in ids if ident not in places]
    for ident, place in sorted(places.items(), key=lambda one: one[1]):
        if ident in ids:
            found.insert(place - 1, ident)
    return found


def _number(rows: Iterable[Values]) -> None:
    for place, row in enumerate(rows, 1):
        row[PLACE] = place
