"""The management API in Okta's dialect: servers, scopes, policies and rules."""

from typing import Any, Final

from apps.policies.models import Policy, Rule
from apps.policies.services.inline_hooks import create_inline_hook
from tests.factories import TESTER
from tests.oauth.liveness.configuration import SCOPE_FIELDS, SERVER_FIELDS
from tests.oauth.liveness.doors.door import Change, Door, Line, by_name
from tests.oauth.liveness.doors.rest_calls import call, edited, put_back, with_member
from tests.oauth.liveness.doors.rest_people import LINES as PEOPLE
from tests.oauth.liveness.doors.rest_people import WITHOUT as NOT_OF_PEOPLE
from tests.oauth.liveness.policies import POLICY_FIELDS, RULE_FIELDS
from tests.oauth.liveness.test_matrix import CAUSES

SERVER: Final = "authorizationServers/{world.server.pk}"
SCOPE: Final = SERVER + "/scopes/{world.scope.pk}"
POLICY: Final = SERVER + "/policies/{world.policy.pk}"
RULE: Final = POLICY + "/rules/{world.rule.pk}"
OF_SERVER: Final = {
    "name": ("name",),
    "description": ("description",),
    "audience": ("audiences",),
    "scope_mode": ("scopeMode",),
    "access_token_format": ("accessTokenFormat",),
    "signing_alg": ("signingAlgorithm",),
    "rotation_mode": ("credentials", "signing", "rotationMode"),
    "issuer_mode": ("issuerMode",),
    "revoke_on_password_change": ("revokeOnPasswordChange",),
    "policy_test_mode": ("policyTestMode",),
    "second_person": ("secondPerson",),
}
OF_SCOPE: Final = {
    "name": "name",
    "display_name": "displayName",
    "description": "description",
    "consent": "consent",
    "is_default": "default",
    "metadata_publish": "metadataPublish",
    "is_optional": "optional",
}
OF_RULE: Final = {
    "name": ("name",),
    "conditions": ("conditions",),
    "access_token_minutes": ("actions", "token", "accessTokenLifetimeMinutes"),
    "refresh_token_minutes": ("actions", "token", "refreshTokenLifetimeMinutes"),
    "refresh_window_minutes": ("actions", "token", "refreshTokenWindowMinutes"),
}
CONDITIONS: Final = {
    "grantTypes": {"include": ["authorization_code", "client_credentials"]},
    "people": {"groups": {"include": ["EVERYONE"]}},
    "scopes": {"include": ["orders:read"]},
}


def status(address: str) -> Line:
    """Deactivated and activated again."""
    return Line(
        call("POST", f"{address}/lifecycle/deactivate"),
        call("POST", f"{address}/lifecycle/activate"),
    )


def server_value(name: str, value: Any) -> Any:
    """How the wire has it; None stands for the other format."""
    if name == "audience":
        return [value]
    return "opaque" if value is None else value


def claims(scene: Any) -> None:
    """A claim made, changed and deleted."""
    body = {"name": "kind", "claimType": "RESOURCE", "value": "'a'"}
    made = call("POST", f"{SERVER}/claims", body)(scene)
    at = f"{SERVER}/claims/{made['id']}"
    call("PUT", at, body | {"value": "'b'"})(scene)
    call("DELETE", at)(scene)


def turned_round(address: str, rows: Any) -> Change:
    """The whole order, the last one first."""

    def change(scene: Any) -> None:
        ids = list(rows(scene).order_by("-priority").values_list("pk", flat=True))
        call("PUT", f"{address}/order", {"ids": ids})(scene)

    return change


def attach_hook(scene: Any) -> None:
    """Attached here; it was made elsewhere, since its address isn't one of the internet's."""
    hook = create_inline_hook(actor=TESTER, name="claims", url="https://hooks.example.com/claims")
    edited(RULE, with_member("actions", "token", "inlineHook", value={"id": hook.pk}))(scene)


def policy_clients(scene: Any) -> None:
    """The world's client alone, which is as good for it."""
    named = [scene.world.client.client_id]
    edited(POLICY, with_member("conditions", "clients", "include", value=named))(scene)


SERVERS: Final[dict[str, Line]] = {
    "server deactivated": status(SERVER),
    "server deleted": Line(call("DELETE", SERVER)),
    "another server made": Line(
        call("POST", "authorizationServers", {"name": "Another", "audiences": ["api://another"]})
    ),
    "claims changed": Line(claims),
    "signing key rotated": Line(
        call("POST", f"{SERVER}/credentials/lifecycle/keyRotate", {"use": "sig"})
    ),
    **{
        f"server's {name} changed": Line(
            edited(SERVER, with_member(*OF_SERVER[name], value=server_value(name, value))),
            put_back(SERVER),
        )
        for name, (value, _) in SERVER_FIELDS.items()
    },
    "scope deleted": Line(
        call("DELETE", SCOPE), call("POST", f"{SERVER}/scopes", {"name": "orders:read"})
    ),
    "scope added": Line(call("POST", f"{SERVER}/scopes", {"name": "orders:write"})),
    **{
        f"scope's {name} changed": Line(
            edited(SCOPE, with_member(OF_SCOPE[name], value=value)), put_back(SCOPE)
        )
        for name, (value, _) in SCOPE_FIELDS.items()
    },
}
POLICIES: Final[dict[str, Line]] = {
    "policy deactivated": status(POLICY),
    "policy deleted": Line(call("DELETE", POLICY)),
    "policy added": Line(
        call(
            "POST",
            f"{SERVER}/policies",
            {"name": "Another", "conditions": {"clients": {"include": ["ALL_CLIENTS"]}}},
        )
    ),
    "policies reordered": Line(
        turned_round(
            f"{SERVER}/policies", lambda scene: Policy.objects.filter(server=scene.world.server)
        )
    ),
    **{
        f"policy's {name} changed": Line(
            edited(POLICY, with_member(name, value=value)), put_back(POLICY)
        )
        for name, (value, _) in POLICY_FIELDS.items()
        if name != "clients"
    },
    "policy's clients changed": Line(policy_clients, put_back(POLICY)),
    "rule deactivated": status(RULE),
    "rule deleted": Line(call("DELETE", RULE)),
    "rule added": Line(
        call("POST", f"{POLICY}/rules", {"name": "Another", "conditions": CONDITIONS})
    ),
    "rules reordered": Line(
        turned_round(
            f"{POLICY}/rules", lambda scene: Rule.objects.filter(policy=scene.world.policy)
        )
    ),
    "rule's hook_id changed": Line(attach_hook, put_back(RULE)),
    **{
        f"rule's {name} changed": Line(
            edited(
                RULE,
                with_member(*OF_RULE[name], value=CONDITIONS if name == "conditions" else value),
            ),
            put_back(RULE),
        )
        for name, (value, _) in RULE_FIELDS.items()
    },
}
BY_CUTOFF: Final = "Okta's dialect has no such call: the console's page of explicit revocation"
WITHOUT: Final = {
    "resource servers named": "the dialect doesn't know who may introspect",
    **dict.fromkeys(("signing key revoked", "retired key revoked"), "keys are only rotated here"),
    **{
        cause.name: BY_CUTOFF
        for cause in CAUSES
        if cause.name.startswith("explicitly by ") or cause.name.endswith(" revoked")
        if "key" not in cause.name and "secret" not in cause.name
    },
}
LINES: Final = by_name(PEOPLE, SERVERS, POLICIES)
REST_API: Final = Door("REST API", LINES, by_name(NOT_OF_PEOPLE, WITHOUT))
