"""The console's lines of servers, scopes, keys, policies and rules."""

from typing import Any, Final

from apps.policies.models import Policy, Rule
from apps.servers.models import Claim
from apps.systemlog.admin.parts import add_url, change_url, list_url, part_url
from tests.factories import make_client
from tests.oauth.liveness.configuration import SCOPE_FIELDS, SERVER_FIELDS
from tests.oauth.liveness.doors.door import Change, Line
from tests.oauth.liveness.policies import POLICY_FIELDS, RULE_FIELDS
from tests.oauth.liveness.scene import signing_key

SERVER, SCOPE, CLAIM = "servers.AuthorizationServer", "servers.Scope", "servers.Claim"
POLICY, RULE = "policies.Policy", "policies.Rule"
NOT_IN_THE_FORM: Final = {"issuer_mode"}
ON_A_TAB: Final = {"policy_test_mode"}


def server(part: str, **fields: Any) -> Change:
    return lambda scene: scene.console.press(
        part_url(SERVER, scene.world.server.pk, part), **fields
    )


def selected(verb: str) -> Change:
    """An action of the list of servers."""
    return lambda scene: scene.console.press(
        list_url(SERVER), action=f"{verb}_servers", _selected_action=scene.world.server.pk
    )


def form(label: str, row: str, /, **values: Any) -> Change:
    """The form of the world's row of this name, filled in."""
    return lambda scene: scene.console.submit(
        change_url(label, getattr(scene.world, row).pk), **values
    )


def back(label: str, row: str, name: str) -> Change:
    """The value that the row had."""
    return lambda scene: form(label, row, **{name: getattr(getattr(scene.world, row), name)})(scene)


def mode_of_tests(value: str) -> Change:
    """On the tab of policy tests."""
    return lambda scene: scene.console.submit(
        part_url(SERVER, scene.world.server.pk, "tests"), mode=value
    )


def server_field(name: str, value: Any) -> Change:
    other = {"access_token_format": "opaque"}.get(name)
    return form(SERVER, "server", **{name: other if value is None else value})


def delete(label: str, name: str) -> Change:
    return lambda scene: scene.console.press(
        part_url(label, getattr(scene.world, name).pk, "delete")
    )


def made_anew(scene: Any) -> None:
    """Another server under the id of the deleted one."""
    row = scene.world.server
    scene.console.submit(
        add_url(SERVER),
        id=row.pk,
        name=row.name,
        audience=row.audience,
        signing_alg="ES256",
        resource_servers=(scene.watcher.world.client.pk,),
    )


def add_server(scene: Any) -> None:
    scene.console.submit(
        add_url(SERVER), name="Another", audience="api://another", signing_alg="ES256"
    )


def watch_too(scene: Any) -> None:
    ids = (scene.watcher.world.client.pk, make_client("service").pk)
    form(SERVER, "server", resource_servers=ids)(scene)


def claims(scene: Any) -> None:
    url = add_url(CLAIM, server=scene.world.server.pk)
    scene.console.submit(url, name="kind", value="'a'", claim_type="RESOURCE")
    row = Claim.objects.get(server=scene.world.server, name="kind")
    scene.console.submit(change_url(CLAIM, row.pk), value="'b'")
    scene.console.press(part_url(CLAIM, row.pk, "delete"))


def add_scope(name: str) -> Change:
    return lambda scene: scene.console.submit(
        add_url(SCOPE, server=scene.world.server.pk), name=name
    )


def revoke_key(scene: Any) -> None:
    server("keys", verb="revoke", kid=signing_key(scene).kid)(scene)


def rotate_then_revoke(scene: Any) -> None:
    kid = signing_key(scene).kid
    server("keys", verb="rotate")(scene)
    server("keys", verb="revoke", kid=kid)(scene)


def button(label: str, name: str, part: str, **fields: str) -> Change:
    return lambda scene: scene.console.press(
        part_url(label, getattr(scene.world, name).pk, part), **fields
    )


def add_policy(scene: Any) -> None:
    url = add_url(POLICY, server=scene.world.server.pk)
    scene.console.submit(url, name="Another", all_clients=True)


def add_rule(scene: Any) -> None:
    url = add_url(RULE, policy=scene.world.policy.pk)
    scene.console.submit(
        url,
        name="Another",
        grant_types__include=("client_credentials",),
        scopes__include=("orders:read",),
    )


def move_policy(scene: Any) -> None:
    last = Policy.objects.filter(server=scene.world.server).order_by("-priority")[0]
    server("policies", move="up", policy=last.pk)(scene)


def move_rule(scene: Any) -> None:
    last = Rule.objects.filter(policy=scene.world.policy).order_by("-priority")[0]
    server("policies", move="up", rule=last.pk)(scene)


def policy_clients(scene: Any) -> None:
    """The world's client alone, which is as good for it."""
    form(POLICY, "policy", all_clients=False, chosen=(scene.world.client.pk,))(scene)


def rule_value(name: str, value: Any) -> dict[str, Any]:
    """How the rule's form takes a value."""
    if name == "conditions":
        return {"scopes__include": ("orders:read",)}
    if name.endswith("_minutes"):
        return {f"{name}_number": value, f"{name}_unit": "1"}
    return {name: value}


def rule_back(name: str) -> Change:
    def change(scene: Any) -> None:
        before = getattr(scene.world.rule, name)
        found = {"scopes__include": ("*",)} if name == "conditions" else rule_value(name, before)
        form(RULE, "rule", **found)(scene)

    return change


def status(label: str, name: str) -> Line:
    """Deactivated and activated again."""
    return Line(
        button(label, name, "deactivate"),
        button(label, name, "activate", confirmed="1"),
        (f"policies_{name}_deactivate", f"policies_{name}_activate"),
    )


SERVERS: Final[dict[str, Line]] = {
    "server deactivated": Line(
        server("deactivate"),
        server("activate", confirmed="1"),
        ("servers_authorizationserver_deactivate", "servers_authorizationserver_activate"),
    ),
    "server deleted": Line(
        server("delete"),
        made_anew,
        ("servers_authorizationserver_delete", "servers_authorizationserver_add"),
    ),
    "server's tokens revoked": Line(
        server("revoke"), None, ("servers_authorizationserver_revoke",)
    ),
    "all tokens revoked": Line(
        lambda scene: scene.console.press("/admin/servers/installation/revoke/"),
        None,
        ("servers_installation_revoke",),
    ),
    "another server made": Line(add_server),
    "resource servers named": Line(watch_too, None, ("servers_authorizationserver_change",)),
    "claims changed": Line(
        claims, None, ("servers_claim_add", "servers_claim_change", "servers_claim_delete")
    ),
    **{
        f"server's {name} changed": Line(server_field(name, value), back(SERVER, "server", name))
        for name, (value, _) in SERVER_FIELDS.items()
        if name not in NOT_IN_THE_FORM | ON_A_TAB
    },
    "server's policy_test_mode changed": Line(
        mode_of_tests("warn"), mode_of_tests("block"), ("servers_authorizationserver_tests",)
    ),
}
SCOPES: Final[dict[str, Line]] = {
    "scope deleted": Line(
        delete(SCOPE, "scope"),
        add_scope("orders:read"),
        ("servers_scope_delete", "servers_scope_add"),
    ),
    "scope added": Line(add_scope("orders:write")),
    **{
        f"scope's {name} changed": Line(
            form(SCOPE, "scope", **{name: value}),
            back(SCOPE, "scope", name),
            ("servers_scope_change",),
        )
        for name, (value, _) in SCOPE_FIELDS.items()
    },
}
KEYS: Final[dict[str, Line]] = {
    "signing key revoked": Line(revoke_key, None, ("servers_authorizationserver_keys",)),
    "retired key revoked": Line(rotate_then_revoke),
    "signing key rotated": Line(server("keys", verb="rotate")),
}
POLICIES: Final[dict[str, Line]] = {
    "policy deactivated": status(POLICY, "policy"),
    "policy deleted": Line(delete(POLICY, "policy"), None, ("policies_policy_delete",)),
    "policy added": Line(add_policy, None, ("policies_policy_add",)),
    "policies reordered": Line(move_policy, None, ("servers_authorizationserver_policies",)),
    **{
        f"policy's {name} changed": Line(
            form(POLICY, "policy", **{name: value}),
            back(POLICY, "policy", name),
            ("policies_policy_change",),
        )
        for name, (value, _) in POLICY_FIELDS.items()
        if name != "clients"
    },
    "policy's clients changed": Line(policy_clients, form(POLICY, "policy", all_clients=True)),
}
RULES: Final[dict[str, Line]] = {
    "rule deactivated": status(RULE, "rule"),
    "rule deleted": Line(delete(RULE, "rule"), None, ("policies_rule_delete",)),
    "rule added": Line(add_rule, None, ("policies_rule_add",)),
    "rules reordered": Line(move_rule),
    **{
        f"rule's {name} changed": Line(
            form(RULE, "rule", **rule_value(name, value)),
            rule_back(name),
            ("policies_rule_change",),
        )
        for name, (value, _) in RULE_FIELDS.items()
    },
}
LINES: Final = {**SERVERS, **SCOPES, **KEYS, **POLICIES, **RULES}
CUTOFF = "by a cutoff, on the page of explicit revocation: see `console_explicit`"
WITHOUT: Final = {
    "rule's hook_id changed": "attached by the management API, or by a file",
    **{
        f"server's {name} changed": "not in the form: kept for Okta's tools"
        for name in NOT_IN_THE_FORM
    },
    **dict.fromkeys(
        (
            *("scope's tokens revoked", "tokens with openid revoked"),
            *("tokens with email revoked", "policy's tokens revoked", "rule's tokens revoked"),
        ),
        CUTOFF,
    ),
}
ACTIONS: Final[dict[str, Line]] = {
    "server deactivated": Line(
        selected("deactivate"),
        selected("activate"),
        (
            "servers_authorizationserver_changelist:deactivate_servers",
            "servers_authorizationserver_changelist:activate_servers",
        ),
    ),
}
