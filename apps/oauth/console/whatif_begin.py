"""Ways into a draft: from the page before a change is saved, and from a request that was denied."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Final

from django.core import signing
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from apps.oauth.console.page import may_change
from apps.oauth.simulation.again import explanation_of
from apps.policies.compile import compile_policies
from apps.policies.drafts import present_policies
from apps.policies.models import ALL_CLIENTS
from apps.policies.services.what_if import Draft, drafts_of
from apps.servers.admin.page import tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import Part, post_action
from apps.systemlog.models import LogEvent
from authzsite.domain import trace as t
from authzsite.domain.conditions import dump
from authzsite.domain.explanation import Explanation
from authzsite.domain.fix_application import apply_fix
from authzsite.domain.policy_types import PolicyBook

OF_POLICIES: Final = (t.WIDEN_RULE, t.ACTIVATE_RULE, t.ACTIVATE_POLICY, t.ADD_CLIENT)
SALT: Final = "console.what-if"
LASTS: Final = 86_400  # seconds that the page before saving may lie open


def drafts_now(server_id: str) -> list[Draft]:
    """The server's policies as they are in this transaction, as a draft holds them."""
    server = AuthorizationServer.objects.filter(pk=server_id).first()
    return drafts_of(present_policies(server)) if server else []


def whole_replay(server_id: str, base: list[Draft], after: list[Draft]) -> Part | None:
    """A button that makes a draft of a change that isn't saved; None for one of no policy."""
    if base == after:
        return None
    known = {one["id"] for policy in base for one in (policy, *policy["rules"])}
    proposal = deepcopy(after)
    for one in (row for policy in proposal for row in (policy, *policy["rules"])):
        if one["id"] not in known:  # it was made to look, and is gone again
            del one["id"]
    packed = signing.dumps([server_id, proposal], salt=SALT, compress=True)
    url = tab_url(server_id, "whatif")
    return post_action(_("Replay everything"), url, size="small", proposal=packed)


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


def proposal_of(request: HttpRequest, server: AuthorizationServer) -> list[Draft] | None:
    """What the new draft begins with; None for the policies as they are. 404 for what isn't of
    this server or is no more."""
    if packed := request.POST.get("proposal"):
        return _unpacked(packed, server)
    if pk := request.POST.get("event"):
        return _mended(pk, server)
    return None


def _unpacked(packed: str, server: AuthorizationServer) -> list[Draft]:
    try:
        server_id, proposal = signing.loads(packed, salt=SALT, max_age=LASTS)
    except signing.BadSignature as error:
        raise Http404 from error
    if server_id != server.pk:
        raise Http404
    found: list[Draft] = proposal
    return found


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
