"""Where a fix is made: the page, and the very field on it, known by its address alone."""

from typing import Final

from apps.servers.models import Scope
from apps.systemlog.admin.parts import add_url, change_url, part_url
from authzsite.domain import trace as t
from authzsite.domain.conditions import GrantTypes, People, Scopes
from authzsite.domain.explanation import Explanation

RULE, POLICY, SCOPE = "policies.Rule", "policies.Policy", "servers.Scope"
OF_SCOPE: Final = {t.MAKE_DEFAULT: "is_default", t.RELAX_CONSENT: "consent"}


def at_field(url: str, name: str) -> str:
    """The address of a form's field; of the form where no field is named."""
    return f"{url}#id_{name}" if name else url


def fix_url(found: Explanation, fix: t.Fix) -> str:
    """Where the fix is made; empty when it is a change of the request."""
    server_id, client_id = found.request.server_id, fix.client_id or found.request.client_id
    match fix.kind:
        case t.ACTIVATE_USER:
            return change_url("directory.User", fix.user_id)
        case t.ASSIGN_USER:
            return f"{part_url('clients.Client', client_id, 'assignments')}?user={fix.user_id}"
        case t.JOIN_GROUP:
            return part_url("directory.Group", fix.group_id, "members")
        case t.DEFINE_SCOPES:
            return add_url(SCOPE, server=server_id, name=fix.scopes[0])
        case t.MAKE_DEFAULT | t.RELAX_CONSENT:
            return _scope_url(server_id, fix)
        case t.WIDEN_TOKEN_POLICY if fix.policy_id:
            return at_field(change_url("clients.TokenPolicy", fix.policy_id), "allowed_scopes")
        case t.ADD_CLIENT if fix.policy_id:
            return at_field(change_url(POLICY, fix.policy_id), "chosen")
        case t.ACTIVATE_POLICY if fix.policy_id:
            return change_url(POLICY, fix.policy_id)
        case t.WIDEN_RULE | t.REPAIR_RULE | t.ACTIVATE_RULE if fix.rule_id:
            return at_field(change_url(RULE, fix.rule_id), _narrow_field(fix))
    return ""


def _narrow_field(fix: t.Fix) -> str:
    """The first field of a rule that the fix widens; empty where it widens none."""
    widened = (
        (Scopes, "include", fix.scopes),
        (GrantTypes, "include", fix.grant_type),
        (People, "include_users", fix.user_id),
    )
    return next((f"{part.name}__{name}" for part, name, value in widened if value), "")


def _scope_url(server_id: str, fix: t.Fix) -> str:
    """The first scope's field; the server's scopes where it is gone."""
    named = Scope.objects.filter(server=server_id, name__in=fix.scopes).order_by("name")
    pk = named.values_list("pk", flat=True).first()
    if pk is None:
        return part_url("servers.AuthorizationServer", server_id, "scopes")
    return at_field(change_url(SCOPE, pk), OF_SCOPE[fix.kind])
