"""What putting back would do, before anybody does it: by the event alone, or with all that came
after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.directory.owners import may_set_owners
from apps.oauth.putback import clients, directory, policies, servers
from apps.oauth.putback.keeper import Keeper, Put, Values
from apps.policies.past import put_in_places
from apps.policies.services import reorder_policies, reorder_rules
from apps.servers.models import AuthorizationServer
from apps.systemlog.changed import PAIRS, kind_of
from apps.systemlog.entries import Actor
from apps.systemlog.models import LogEvent
from apps.systemlog.past import changes_of, changes_to, later_than, targets_of

KEEPERS: Final[Mapping[str, Keeper]] = {
    **servers.KEEPERS,
    **policies.KEEPERS,
    **clients.KEEPERS,
    **directory.KEEPERS,
}
NEVER: Final = {
    "SigningKey": gettext_lazy("A key that has ended never signs again: rotate the keys instead."),
    "ClientSecret": gettext_lazy("Of a secret the log holds nothing: make a new one."),
    "Token": gettext_lazy("Of an API token the log holds nothing: make a new one."),
    "EventHook": gettext_lazy("Its address has to be proved anew: change the hook on its page."),
}
GONE: Final = (".deleted", ".delete", ".delete.completed")
MADE: Final = (".created", ".create", ".add")
ONLY_SUPERUSERS: Final = frozenset({"owners", "token_policy", "is_staff", "is_superuser"})
BEGUN: Final = "user.lifecycle.delete.initiated"
PASSWORDS: Final = tuple(
    f"user.account.{verb}" for verb in ("expire_password", "reset_password", "update_password")
)
PLACE: Final = "priority"
EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})
LIMIT: Final = 1000  # later changes of one object that are looked at
KIND_OF_PAIR: Final = {kind for kind, _first, _second in PAIRS.values()}


class Problem(Exception):
    """Why nothing can be put back; the message is for people."""


@dataclass(slots=True)
class Plan:
    """What will be. `before` is what is now, of the fields that will differ; `run` does it and
    returns what has to be said. `left` names fields that stay as they are."""

    kind: str
    object_id: str
    name: str
    before: Values
    after: Values
    run: Callable[[Actor], list[str]]
    is_new: bool = False
    left: list[str] = field(default_factory=list)


def subject_of(event: LogEvent) -> tuple[str, str]:
    """What the event is about: the pair, else the first target that changed, else the first."""
    named = {kind_of(one): str(one.get("id")) for one in targets_of(event)}
    for prefix, (kind, first, second) in PAIRS.items():
        if event.event_type.startswith(prefix) and {first, second} <= named.keys():
            return kind, f"{named[first]}.{named[second]}"
    about = [one for one in targets_of(event) if kind_of(one) == "ClientSecret"]
    found = about or [one for one in targets_of(event) if changes_of(one)] or targets_of(event)
    return (kind_of(found[0]), str(found[0].get("id"))) if found else ("", "")


def reason_against(event: LogEvent) -> str:
    """Why this event alone can't be put back, as far as the event says; empty if it may be."""
    kind, object_id = subject_of(event)
    if kind in KIND_OF_PAIR:
        return ""
    if kind in NEVER:
        return str(NEVER[kind])
    if event.event_type in PASSWORDS:
        return _("A password that has ended doesn't come back.")
    if event.event_type == BEGUN:
        return _("See what completed it.")
    if kind not in KEEPERS or event.outcome != "SUCCESS":
        return _("This changed nothing that could be put back.")
    changes = changes_to(event, kind, object_id)
    if event.event_type.endswith(MADE):
        return _("It was made here: to take that back, delete it on its page.")
    if event.event_type.endswith(GONE):
        if KEEPERS[kind].create is None:
            return str(KEEPERS[kind].reason)
        if not changes or not _is_whole(kind, changes):
            return _("The event doesn't hold what was there: an earlier version wrote it.")
    if not changes or all(name.startswith("signing_key") for name in changes):
        return _("The event doesn't hold what was there before.")
    return ""


def _is_whole(kind: str, changes: Mapping[str, Any]) -> bool:
    """Whether a deletion's event holds enough to make the object again."""
    needed = {
        "AuthorizationServer": "policies",
        "Policy": "rules",
        "AppInstance": "client_id",
        "User": "login",
    }
    return needed.get(kind, "name" if kind != "TokenPolicy" else "title") in changes


def plan_for(event: LogEvent, user: Any, *, whole: bool = False) -> Plan:
    """What the event undoes when it is put back; with `whole`, the state before it, whatever came
    after. Raises Problem."""
    if why := reason_against(event):
        raise Problem(why)
    kind, object_id = subject_of(event)
    if kind in KIND_OF_PAIR:
        return _pair(event, kind, object_id)
    moved = [one for one in targets_of(event) if PLACE in changes_of(one)]
    if len(moved) > 1:
        return _order(event, kind, moved)
    return _object(event, user, kind, object_id, whole=whole)


def _object(event: LogEvent, user: Any, kind: str, object_id: str, *, whole: bool) -> Plan:
    keeper = KEEPERS[kind]
    row = keeper.find(object_id)
    before = keeper.values(row) if row is not None else {}
    wanted = _state(event, kind, object_id) if whole else _former(event, kind, object_id)
    if row is None and not whole and not event.event_type.endswith(GONE):
        raise Problem(_("It is gone: put its deletion back first."))
    if row is not None and event.event_type.endswith(GONE) and not whole:
        raise Problem(_("It is there again."))
    after, left = _permitted(user, wanted)
    if row is None:
        if keeper.create is None:
            raise Problem(str(keeper.reason))
        return _made(event, keeper.create, kind, object_id, after, left)
    return _changed(event, keeper, row, before, after, left, kind, object_id)


def _former(event: LogEvent, kind: str, object_id: str) -> Values:
    return {name: before for name, (before, _) in changes_to(event, kind, object_id).items()}


def _state(event: LogEvent, kind: str, object_id: str) -> Values:
    """The values of before the event, of all that changed since."""
    state: Values = {}
    later = later_than(kind, object_id, event.pk, LIMIT)
    if len(later) > LIMIT:
        raise Problem(_("It has changed too often since."))
    for one in (*later, event):
        if one is not event and one.event_type.endswith(MADE):
            state = {}
            continue
        state |= _former(one, kind, object_id)
    return state


def _permitted(user: Any, wanted: Values) -> tuple[Values, list[str]]:
    """An owner hands nothing on (row 260)."""
    if may_set_owners(user):
        return wanted, []
    left = sorted(wanted.keys() & ONLY_SUPERUSERS)
    return {name: value for name, value in wanted.items() if name not in left}, left


def _made(
    event: LogEvent,
    create: Callable[[Put, Values], Any],
    kind: str,
    object_id: str,
    after: Values,
    left: list[str],
) -> Plan:
    def run(actor: Actor) -> list[str]:
        put = Put(actor, event, object_id)
        create(put, after)
        return put.notes

    return Plan(kind, object_id, _name(event), {}, after, run, is_new=True, left=left)


def _changed(
    event: LogEvent,
    keeper: Keeper,
    row: Any,
    before: Values,
    wanted: Values,
    left: list[str],
    kind: str,
    object_id: str,
) -> Plan:
    after = {
        name: value
        for name, value in wanted.items()
        if (name in before or name.startswith("profile.")) and not _is_same(before.get(name), value)
    }
    left = sorted({*left, *(wanted.keys() - before.keys() - after.keys())})
    if not after:
        raise Problem(_("Nothing differs: it is as it was."))

    def run(actor: Actor) -> list[str]:
        put = Put(actor, event, object_id)
        keeper.update(put, row, after)
        return put.notes

    shown = {name: before.get(name) for name in after}
    return Plan(kind, object_id, str(row), shown, after, run, left=left)


def _is_same(now: Any, then: Any) -> bool:
    return bool(now == then or (now in EMPTY and then in EMPTY))


def _pair(event: LogEvent, kind: str, object_id: str) -> Plan:
    verb = event.event_type.rsplit(".", 1)[1]
    changes = {n: pair for one in targets_of(event) for n, pair in changes_of(one).items()}
    former = {name: before for name, (before, _) in changes.items()}

    def run(actor: Actor) -> list[str]:
        put = Put(actor, event, object_id)
        if kind == "Membership":
            directory.membership(put, verb)
        else:
            directory.assignment(put, verb, former)
        return put.notes

    words = {"add": _("taken out"), "remove": _("put in again"), "update": _("former times")}
    now = {name: after for name, (_old, after) in changes.items()} if verb == "update" else {}
    after = former if verb == "update" else {kind: words[verb]}
    return Plan(kind, object_id, _name(event), now, after, run, is_new=verb == "remove")


def _order(event: LogEvent, kind: str, moved: list[dict[str, Any]]) -> Plan:
    """The places of a whole order, of those that are still there."""
    places = {str(one["id"]): changes_of(one)[PLACE][0] for one in moved}
    rows = {one: KEEPERS[kind].find(one) for one in places}
    there = [row for row in rows.values() if row is not None]
    if not there:
        raise Problem(_("Nothing of it is there any more."))
    parent = there[0].policy if kind == "PolicyRule" else there[0].server
    siblings = parent.rules if kind == "PolicyRule" else parent.policies
    names = dict(siblings.order_by(PLACE, "pk").values_list("pk", "name"))
    present = list(names)
    wanted = put_in_places(present, {pk: place for pk, place in places.items() if pk in names})
    if present == wanted:
        raise Problem(_("Nothing differs: it is as it was."))

    def run(actor: Actor) -> list[str]:
        _reorder(actor, parent, wanted)
        return []

    shown = [", ".join(names[pk] for pk in ids) for ids in (present, wanted)]
    name = str(parent)
    return Plan(kind, str(there[0].pk), name, {"order": shown[0]}, {"order": shown[1]}, run)


def _reorder(actor: Actor, parent: Any, ids: list[str]) -> None:
    if isinstance(parent, AuthorizationServer):
        reorder_policies(actor=actor, server_id=parent.pk, policy_ids=ids)
    else:
        key = {"server_id": parent.server_id, "policy_id": parent.pk}
        reorder_rules(actor=actor, **key, rule_ids=ids)


def _name(event: LogEvent) -> str:
    names = (str(one.get("displayName") or one.get("id") or "") for one in targets_of(event))
    return next(names, "")
