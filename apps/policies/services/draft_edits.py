"""What a draft changes beside policies: scopes of its server, and who is assigned to a client.

An edit says what is to be done, not how everything will be, so a draft of one assignment holds one
line, however many people a client has. `check_edits` refuses what could not be saved today.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from apps.clients.models import Client, GroupAssignment, UserAssignment
from apps.clients.services import assign_group, assign_user, unassign_group, unassign_user
from apps.clients.services.assignments import BARRED
from apps.directory.models import Group, User
from apps.servers.models import AuthorizationServer, Scope
from apps.servers.services import create_scope, delete_scope, update_scope
from apps.systemlog.entries import Actor
from authzsite.domain.scopes import RESERVED_SCOPES
from authzsite.domain.validation import Invalid, InvalidError, raise_if, validate_scope_name

Edit = Mapping[str, Any]
"""`verb`, and by it `scope` (a row id), `name`, `is_default`; or `client` and `user` or `group`."""

Assignment = UserAssignment | GroupAssignment

ADD: Final = "add_scope"
REMOVE: Final = "remove_scope"
RENAME: Final = "rename_scope"
DEFAULT: Final = "default_scope"
NOT_DEFAULT: Final = "no_default_scope"
ASSIGN: Final = "assign"
UNASSIGN: Final = "unassign"
OF_SCOPES: Final = (ADD, REMOVE, RENAME, DEFAULT, NOT_DEFAULT)
OF_PEOPLE: Final = (ASSIGN, UNASSIGN)
MAX_EDITS: Final = 100


def of_scopes(edits: Iterable[Edit]) -> list[Edit]:
    """Those of the server's scopes."""
    return [one for one in edits if one["verb"] in OF_SCOPES]


def of_people(edits: Iterable[Edit]) -> list[Edit]:
    """Those of assignments."""
    return [one for one in edits if one["verb"] in OF_PEOPLE]


def clients_in(edits: Iterable[Edit]) -> set[str]:
    """Row ids of the clients whose assignments they change."""
    return {one["client"] for one in of_people(edits)}


def check_edits(
    server: AuthorizationServer | None, edits: Sequence[Edit], client_id: str | None = None
) -> None:
    """InvalidError for what the services would refuse, or what would change nothing; its fields
    tell the place. Without a server they are of the assignments of one client."""
    if len(edits) > MAX_EDITS:
        raise InvalidError(Invalid("edits", "are too many", MAX_EDITS))
    for place, edit in enumerate(edits):
        if server is None and edit.get("client") != client_id:
            _raise(place, [Invalid("client", "is another one than the draft's")])
    rows = {row.pk: row for row in server.scopes.all()} if server else {}
    names = {row.name for row in rows.values()}
    for place, edit in enumerate(edits):
        if edit["verb"] not in OF_SCOPES:
            continue
        _raise(place, _scope_problems(edit, rows, names))
        names = _names_after(edit, rows, names)
        if edit["verb"] == REMOVE:
            del rows[edit["scope"]]
    _check_assignments(edits)
    about = [_about(edit) for edit in edits]
    if len(set(about)) < len(about):
        raise InvalidError(Invalid("edits", "hold two changes of the same thing"))


def _about(edit: Edit) -> tuple[str, ...]:
    if edit["verb"] in OF_PEOPLE:
        return ("assignment", edit["client"], edit["user"] or edit["group"])
    what = "default" if edit["verb"] in (DEFAULT, NOT_DEFAULT) else "name"
    return (what, edit.get("scope") or edit["name"])


def _scope_problems(edit: Edit, rows: Mapping[str, Scope], names: set[str]) -> list[Invalid]:
    verb, problems = edit["verb"], list[Invalid]()
    row = rows.get(edit.get("scope", ""))
    if verb != ADD and row is None:
        return [Invalid("scope", "is none of the server's")]
    if verb in (ADD, RENAME):
        problems += validate_scope_name(edit["name"])
        if edit["name"] in names:
            problems.append(Invalid("name", "is already in use"))
    if row is not None and row.is_system and verb in (REMOVE, RENAME):
        problems.append(Invalid("scope", "belongs to OpenID Connect and stays as it is"))
    if row is not None and row.name in RESERVED_SCOPES and verb == DEFAULT:
        problems.append(Invalid("scope", "belongs to OpenID Connect and can't be a default"))
    if row is not None and row.is_default is (verb == DEFAULT) and verb in (DEFAULT, NOT_DEFAULT):
        problems.append(Invalid("scope", "is so already"))
    return problems


def _names_after(edit: Edit, rows: Mapping[str, Scope], names: set[str]) -> set[str]:
    gone = {rows[edit["scope"]].name} if edit["verb"] in (REMOVE, RENAME) else set()
    come = {edit["name"]} if edit["verb"] in (ADD, RENAME) else set()
    return names - gone | come


def assignments_of(edits: Sequence[Edit]) -> dict[tuple[str, str], Assignment]:
    """The assignments that edits of assignments name, as far as there are any, by the row ids of
    the client and of the user or group. Two statements, however many edits."""
    users, groups = named(edits, "user"), named(edits, "group")
    direct = UserAssignment.objects.filter(client__in=clients_in(edits), user__in=users)
    by_group = GroupAssignment.objects.filter(client__in=clients_in(edits), group__in=groups)
    return {
        **{(row.client_id, row.user_id): row for row in direct},
        **{(row.client_id, row.group_id): row for row in by_group.select_related("group")},
    }


def named(edits: Iterable[Edit], member: str) -> set[str]:
    """Row ids of the users, or of the groups, whose assignments they change."""
    return {one[member] for one in of_people(edits) if one[member]}


def _check_assignments(edits: Sequence[Edit]) -> None:
    """Those of assignments: whether there is a row has to differ from what each makes. Five
    statements."""
    clients = set(Client.objects.filter(pk__in=clients_in(edits)).values_list("pk", flat=True))
    known = dict(User.objects.filter(pk__in=named(edits, "user")).values_list("pk", "status"))
    groups = Group.objects.filter(pk__in=named(edits, "group"))
    known |= dict.fromkeys(groups.values_list("pk", flat=True), "")
    present = assignments_of(edits)
    for place, edit in enumerate(edits):
        if edit["verb"] in OF_PEOPLE:
            _raise(place, _assignment_problems(edit, clients, known, present))


def _assignment_problems(
    edit: Edit, clients: set[str], known: Mapping[str, str], present: Container[tuple[str, str]]
) -> list[Invalid]:
    """By the ids of clients, what users (by status) and groups there are, and who is assigned."""
    who, is_new = "user" if edit["user"] else "group", edit["verb"] == ASSIGN
    is_assigned = (edit["client"], edit[who]) in present
    if edit["client"] not in clients:
        return [Invalid("client", "doesn't exist")]
    if edit[who] not in known:
        return [Invalid(who, "doesn't exist")]
    if is_assigned is is_new:
        return [Invalid(who, "is assigned already" if is_assigned else "isn't assigned")]
    if is_new and known[edit[who]] in BARRED:
        return [Invalid("user", "must not be suspended or deactivated")]
    return []


def _raise(place: int, problems: Iterable[Invalid]) -> None:
    raise_if(replace(one, field=f"edits[{place}].{one.field}") for one in problems)


def apply_edits(
    *,
    actor: Actor,
    server: AuthorizationServer | None,
    edits: Sequence[Edit],
    client_id: str | None = None,
) -> None:
    """Through the services, inside the transaction of the whole draft. InvalidError when something
    has changed since, so that a draft never undoes what others did."""
    check_edits(server, edits, client_id)
    for edit in edits:
        _APPLY[edit["verb"]](actor, server.pk if server else "", edit)


def _scope(actor: Actor, server_id: str, edit: Edit) -> None:
    about: Any = {"actor": actor, "server_id": server_id}
    verb = edit["verb"]
    if verb == ADD:
        create_scope(**about, name=edit["name"], is_default=edit["is_default"])
        return
    about["scope_id"] = edit["scope"]
    if verb == REMOVE:
        delete_scope(**about)
    elif verb == RENAME:
        update_scope(**about, name=edit["name"])
    else:
        update_scope(**about, is_default=verb == DEFAULT)


def _assignment(actor: Actor, server_id: str, edit: Edit) -> None:
    is_new = edit["verb"] == ASSIGN
    client = Client.objects.get(pk=edit["client"])
    change: Callable[..., object]
    if edit["user"]:
        change = assign_user if is_new else unassign_user
        change(actor=actor, client=client, user=User.objects.get(pk=edit["user"]))
    else:
        change = assign_group if is_new else unassign_group
        change(actor=actor, client=client, group=Group.objects.get(pk=edit["group"]))


_APPLY: Final[dict[str, Callable[[Actor, str, Edit], None]]] = {
    **dict.fromkeys(OF_SCOPES, _scope),
    **dict.fromkeys(OF_PEOPLE, _assignment),
}
