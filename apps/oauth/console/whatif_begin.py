"""Ways into a draft: from the page before a change is saved, and from a request that was denied."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from django.core import signing
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.oauth.console.page import may_change
from apps.oauth.simulation.again import explanation_of
from apps.policies.compile import compile_policies
from apps.policies.drafts import present_policies
from apps.policies.models import ALL_CLIENTS
from apps.policies.services import draft_edits as of
from apps.policies.services.what_if import Draft, drafts_of
from apps.servers.admin.page import tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import Part, part_url, post_action
from apps.systemlog.models import LogEvent
from authzsite.domain import trace as t
from authzsite.domain.conditions import dump
from authzsite.domain.explanation import Explanation
from authzsite.domain.fix_application import apply_fix
from authzsite.domain.policy_types import PolicyBook

OF_POLICIES: Final = (t.WIDEN_RULE, t.ACTIVATE_RULE, t.ACTIVATE_POLICY, t.ADD_CLIENT)
ASSIGNMENTS: Final = ("application.user_membership", "group.application_assignment")
SALT: Final = "console.what-if"
LASTS: Final = 86_400  # seconds that the page before saving may lie open


@dataclass(frozen=True, slots=True)
class State:
    """What a draft may change of a server: its policies, and name and default of each scope."""

    policies: list[Draft] = field(default_factory=list)
    scopes: dict[str, tuple[str, bool]] = field(default_factory=dict)


def state_now(server_id: str) -> State:
    """As the rows are in this transaction."""
    server = AuthorizationServer.objects.filter(pk=server_id).first()
    if server is None:
        return State()
    scopes = {row.pk: (row.name, row.is_default) for row in server.scopes.all()}
    return State(drafts_of(present_policies(server)), scopes)


def whole_replay(server_id: str, base: State, after: State) -> Part | None:
    """A button that makes a draft of a change that isn't saved; None for one of neither policies
    nor scopes."""
    if base == after or not after.scopes:  # a server without any is gone
        return None
    known = {one["id"] for policy in base.policies for one in (policy, *policy["rules"])}
    proposal = deepcopy(after.policies)
    for one in (row for policy in proposal for row in (policy, *policy["rules"])):
        if one["id"] not in known:  # it was made to look, and is gone again
            del one["id"]
    edits = list(_scope_edits(base.scopes, after.scopes))
    packed = signing.dumps([server_id, proposal, edits], salt=SALT, compress=True)
    return _replay(tab_url(server_id, "whatif"), packed)


def _replay(url: str, packed: str) -> Part:
    return post_action(_("Replay everything"), url, size="small", proposal=packed)


def assignment_edits(events: Sequence[LogEvent]) -> tuple[str, list[Draft]] | None:
    """The client, and the edits, of a change that the events tell; None for one that is anything
    but assignments of one client, without dates. Read in the change's transaction."""
    edits = [_assignment_edit(event) for event in events]
    found = [one for one in edits if one]
    clients = of.clients_in(found)
    if len(found) < len(edits) or len(clients) != 1 or len(found) > of.MAX_EDITS:
        return None
    made = of.assignments_of(found).values()
    if any(row.valid_from or row.valid_until for row in made):
        return None
    return clients.pop(), found


def _assignment_edit(event: LogEvent) -> Draft | None:
    family, _dot, verb = event.event_type.rpartition(".")
    verbs = {"add": of.ASSIGN, "remove": of.UNASSIGN}
    if family not in ASSIGNMENTS or verb not in verbs:
        return None
    groups = [one["id"] for one in event.body["target"] if one["type"] == "UserGroup"]
    who = {"user": event.user_id, "group": "" if event.user_id else "".join(groups[:1])}
    return {"verb": verbs[verb], "client": event.client_id, **who}


def client_replay(found: tuple[str, list[Draft]] | None) -> Part | None:
    """The same of a change of a client's assignments, at all servers."""
    if found is None:
        return None
    client_id, edits = found
    packed = signing.dumps([client_id, None, edits], salt=SALT, compress=True)
    return _replay(part_url("clients.Client", client_id, "whatif"), packed)


def _scope_edits(
    base: dict[str, tuple[str, bool]], after: dict[str, tuple[str, bool]]
) -> Iterator[Draft]:
    """What makes the scopes of the second of those of the first."""
    for pk, (name, is_default) in base.items():
        new_name, is_default_now = after.get(pk, ("", is_default))
        if pk not in after:
            yield {"verb": of.REMOVE, "scope": pk}
        elif new_name != name:
            yield {"verb": of.RENAME, "scope": pk, "name": new_name}
        if is_default_now is not is_default:
            yield {"verb": of.DEFAULT if is_default_now else of.NOT_DEFAULT, "scope": pk}
    for pk in after.keys() - base.keys():
        name, is_default = after[pk]
        yield {"verb": of.ADD, "name": name, "is_default": is_default}


def drafting(request: HttpRequest, event: LogEvent, found: Explanation) -> list[Part]:
    """A button that makes a draft in which the request would be granted, for who may change the
    server."""
    server = AuthorizationServer.objects.filter(pk=event.server_id).first()
    is_theirs = server is not None and may_change(request, AuthorizationServer, server)
    if not is_theirs or _fix(found) is None:
        return []
    label = _("Draft the change and see what else it would allow")
    url = tab_url(event.server_id, "whatif")
    return [post_action(label, url, size="small", event=str(event.pk))]


def proposal_of(
    request: HttpRequest, subject: AuthorizationServer | Client
) -> tuple[list[Draft] | None, list[Draft]]:
    """What the new draft begins with, policies (None: as they are) and edits. 404 for what isn't
    of this server or client, or is no more."""
    if packed := request.POST.get("proposal"):
        return _unpacked(packed, subject.pk)
    if (pk := request.POST.get("event")) and isinstance(subject, AuthorizationServer):
        return _mended(pk, subject), []
    return None, []


def _unpacked(packed: str, subject_id: str) -> tuple[list[Draft] | None, list[Draft]]:
    try:
        known, proposal, edits = signing.loads(packed, salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    if known != subject_id:
        raise Http404
    return proposal, edits


def _mended(pk: str, server: AuthorizationServer) -> list[Draft]:
    events = LogEvent.objects.filter(server_id=server.pk)
    event = events.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    found = explanation_of(event) if event else None
    fix = _fix(found) if isinstance(found, Explanation) else None
    if not isinstance(found, Explanation) or fix is None:
        raise Http404
    before = compile_policies(server.pk)
    asked: Any = found.request  # of no change of policies is it read
    book, _request = apply_fix(PolicyBook(before, {}), asked, fix)
    return _as_drafts(drafts_of(present_policies(server)), before, book.policies)


def _fix(found: Explanation) -> t.Fix | None:
    """The best change of policies that is enough by itself."""
    return next((fix for fix in found.fixes if fix.suffices and fix.kind in OF_POLICIES), None)


def _as_drafts(drafts: list[Draft], before: Sequence[Any], after: Sequence[Any]) -> list[Draft]:
    """The drafts with what differs between the compiled policies."""
    rows = {one["id"]: one for policy in drafts for one in (policy, *policy["rules"])}
    old = {one.id: one for policy in before for one in (policy, *policy.rules)}
    for one in (row for policy in after for row in (policy, *policy.rules)):
        was, row = old[one.id], rows[one.id]
        if one.is_active != was.is_active:
            row["status"] = "ACTIVE"
        if getattr(one, "conditions", ()) != getattr(was, "conditions", ()):
            row["conditions"] = [dump(condition) for condition in one.conditions]
        if (ids := getattr(one, "client_ids", None)) != getattr(was, "client_ids", None):
            row["clients"] = [ALL_CLIENTS] if ids is None else sorted(ids)
    return drafts
