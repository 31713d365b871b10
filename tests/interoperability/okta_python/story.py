"""From the first server to the last deletion, in chapters; each leaves what the next one needs."""

from dataclasses import dataclass, field
from typing import Any

from tests.interoperability.okta_python import making
from tests.interoperability.okta_python.sdk import Sdk
from tests.interoperability.okta_python.visitor import Visitor


@dataclass
class Story:
    """The client of the SDK, and the ids of what there is."""

    sdk: Sdk
    ids: dict[str, str] = field(default_factory=dict)
    secret: str = ""

    def __getattr__(self, name: str) -> str:
        return self.ids[name]

    @property
    def visitor(self) -> Visitor:
        return Visitor(
            self.sdk.base_url, self.server, self.client_id, self.secret, "ada@example.com"
        )

    def make_a_server(self) -> None:
        call = self.sdk.call
        made = call("create_authorization_server", making.a_server())
        self.ids["server"] = made.id
        assert made.status == "ACTIVE" and made.audiences == ["https://orders.example"]
        assert call("get_authorization_server", made.id).issuer.endswith(f"/oauth2/{made.id}")
        made.description = "changed"
        assert call("replace_authorization_server", made.id, made).description == "changed"
        found = call("list_authorization_servers", q="orders.example", limit=5)
        assert [one.id for one in found] == [made.id]

    def rotate_its_keys(self) -> None:
        import okta.models as models

        call = self.sdk.call
        before = {key.kid for key in call("list_authorization_server_keys", self.server)}
        after = call("rotate_authorization_server_keys", self.server, models.JwkUse(use="sig"))
        assert {key.kid for key in after} != before
        key = call("get_authorization_server_key", self.server, after[0].kid)
        assert key.kid == after[0].kid and key.kty == "RSA"

    def make_scopes_and_claims(self) -> None:
        call, server = self.sdk.call, self.server
        scope = call("create_o_auth2_scope", server, making.a_scope("orders", consent="IMPLICIT"))
        scope.description = "changed"
        changed = call("replace_o_auth2_scope", server, scope.id, scope)
        assert call("get_o_auth2_scope", server, scope.id).to_dict() == changed.to_dict()
        other = call("create_o_auth2_scope", server, making.a_scope("extra"))
        assert [one.name for one in call("list_o_auth2_scopes", server, q="extra")] == ["extra"]
        call("delete_o_auth2_scope", server, other.id)
        claim = call("create_o_auth2_claim", server, making.a_claim())
        claim.value = '"gold"'
        assert call("replace_o_auth2_claim", server, claim.id, claim).value == '"gold"'
        assert call("get_o_auth2_claim", server, claim.id).name == "tier"
        listed = {one.name for one in call("list_o_auth2_claims", server)}
        assert {"sub", "tier"} <= listed
        self.ids |= {"scope": scope.id, "claim": claim.id}

    def make_people(self) -> None:
        call = self.sdk.call
        group = call("add_group", making.a_group())
        user = call("create_user", making.a_user(), activate=True)
        assert user.status == "ACTIVE" and call("get_user", "ada@example.com").id == user.id
        call("assign_user_to_group", group.id, user.id)
        assert [one.id for one in call("list_group_users", group.id)] == [user.id]
        assert group.id in [one.id for one in call("list_groups", q="Buy")]
        assert user.id in [one.id for one in call("list_users", limit=10)]
        self.ids |= {"group": group.id, "user": user.id}

    def make_a_policy_and_a_rule(self) -> None:
        call, server = self.sdk.call, self.server
        policy = call("create_authorization_server_policy", server, making.a_policy())
        policy.description = "changed"
        call("replace_authorization_server_policy", server, policy.id, policy)
        found = call("get_authorization_server_policy", server, policy.id)
        assert found.description == "changed" and found.conditions.clients.include
        listed = call("list_authorization_server_policies", server)
        assert [one.id for one in listed] == [policy.id]
        rule = call(
            "create_authorization_server_policy_rule", server, policy.id, making.a_rule(self.group)
        )
        self.ids |= {"policy": policy.id, "rule": rule.id}
        rule.actions.token.access_token_lifetime_minutes = 45
        call("replace_authorization_server_policy_rule", *self.rule_ids, making.as_request(rule))
        found = call("get_authorization_server_policy_rule", *self.rule_ids)
        assert found.actions.token.access_token_lifetime_minutes == 45
        assert found.conditions.people.groups.include == [self.group]
        rules = call("list_authorization_server_policy_rules", server, policy.id)
        assert [one.id for one in rules] == [rule.id]

    @property
    def rule_ids(self) -> tuple[str, str, str]:
        return self.server, self.policy, self.rule

    def make_an_app(self) -> None:
        call = self.sdk.call
        app = call("create_application", making.an_app(), activate=True)
        client = app.credentials.oauth_client
        self.secret = client.client_secret
        self.ids |= {"app": app.id, "client_id": client.client_id}
        assert app.status == "ACTIVE" and len(self.secret) >= 14
        seen = call("get_application", app.id)
        assert seen.credentials.oauth_client.client_secret is None
        seen.label = "Shop of all"
        assert call("replace_application", app.id, seen).label == "Shop of all"
        assert app.id in [one.id for one in call("list_applications", q="Shop")]

    def assign_it(self) -> None:
        import okta.models as models

        call, app = self.sdk.call, self.app
        request = models.AppUserAssignRequest(id=self.user, scope="USER")
        call("assign_user_to_application", app, request)
        assert call("get_application_user", app, self.user).scope == "USER"
        assert [one.id for one in call("list_application_users", app)] == [self.user]
        call("unassign_user_from_application", app, self.user)
        assert call("list_application_users", app) == []
        call("assign_group_to_application", app, self.group)
        assert call("get_application_group_assignment", app, self.group).id == self.group
        listed = call("list_application_group_assignments", app)
        assert [one.id for one in listed] == [self.group]
        assert [one.scope for one in call("list_application_users", app)] == ["GROUP"]

    def rotate_its_secret(self) -> None:
        import okta.models as models

        call, app, old = self.sdk.call, self.app, self.visitor
        body: Any = models.OAuth2ClientSecretRequestBody()
        made = call("create_o_auth2_client_secret", app, body)
        self.secret = made.client_secret
        first = next(one for one in call("list_o_auth2_client_secrets", app) if one.id != made.id)
        for one in (old, self.visitor):
            one.token(grant_type="client_credentials", scope="orders")
        call("deactivate_o_auth2_client_secret", app, first.id)
        refused = old.ask("token", grant_type="client_credentials", scope="orders")
        assert refused.status_code == 401
        call("activate_o_auth2_client_secret", app, first.id)
        old.token(grant_type="client_credentials", scope="orders")
        call("deactivate_o_auth2_client_secret", app, first.id)
        assert call("get_o_auth2_client_secret", app, first.id).status == "INACTIVE"
        call("delete_o_auth2_client_secret", app, first.id)
        assert [one.id for one in call("list_o_auth2_client_secrets", app)] == [made.id]
