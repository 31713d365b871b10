"""Making things as a file says: once, whole or not at all, and nothing beyond it."""

import pytest
from django.contrib.auth.hashers import check_password

from apps.clients.models import Client, ClientSecret
from apps.directory.models import Group, Status, User
from apps.management.configuration import run
from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer, Scope
from apps.systemlog.models import LogEvent
from tests.configuration.files import PASSWORD, SHOP, apply, members, problems, verbs, yaml
from tests.factories import make_client, make_group, make_user
from tests.logbook import events, everything, mark

pytestmark = pytest.mark.django_db
ORDERS = "authorizationServers: [{{id: orders, policies: [{{name: Web, rules: [{}]}}]}}]"


def test_the_second_time_nothing_changes_and_nothing_is_recorded(shop: run.Result) -> None:
    before, versions = mark(), list(AuthorizationServer.objects.values_list("pk", "version"))
    assert run.apply(SHOP.encode()).changes == []
    assert events(since=before) == []
    assert list(AuthorizationServer.objects.values_list("pk", "version")) == versions


def test_every_change_is_recorded_as_the_files(shop: run.Result) -> None:
    entry = LogEvent.objects.get(event_type="system.configuration.apply")
    assert entry.actor_type == "SystemPrincipal" and entry.actor_id == "configuration"
    assert entry.body["debugData"]["create"] == 9
    rule = LogEvent.objects.filter(event_type="policy.rule.add")[0]
    assert (rule.actor_id, rule.reference) == ("configuration", entry.reference)


def test_secrets_come_from_the_environment_and_go_nowhere_else(shop: run.Result) -> None:
    assert check_password(PASSWORD, User.objects.get(login="alice@example.com").password)
    assert shop.secrets == []
    assert PASSWORD not in everything() and "web-secret" not in everything()


def test_a_generated_secret_is_handed_out_once(db: None) -> None:
    text = "clients: [{clientId: demo-service, type: service}]"
    (secret,) = apply(text).secrets
    assert secret.text.startswith("azcs_") and secret.text not in repr(secret)
    again = apply("clients: [{clientId: demo-service, secret: {generate: true}}]")
    assert (again.changes, again.secrets) == ([], [])


def test_another_secret_in_the_variable_replaces_the_old_one(
    shop: run.Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = ClientSecret.objects.get().pk
    monkeypatch.setenv("WEB_SECRET", "another-secret-another")
    assert members(run.apply(SHOP.encode())) == {"secret": ("as it was", "a new one")}
    assert ClientSecret.objects.get().pk != old
    assert run.apply(SHOP.encode()).changes == []


def test_what_the_file_does_not_mention_is_left_alone(shop: run.Result) -> None:
    make_client(client_id="other-client")
    before = Client.objects.values().get(client_id="demo-web")
    apply("clients: [{clientId: demo-web, name: Shop}]")
    after = Client.objects.values().get(client_id="demo-web")
    changed = {name for name, value in after.items() if value != dict(before)[name]}
    assert changed == {"name", "version", "last_updated"}
    assert Client.objects.filter(client_id="other-client").exists()
    assert Client.objects.get(client_id="demo-web").group_assignments.count() == 1


def test_prune_removes_what_the_sections_of_the_file_do_not_list(shop: run.Result) -> None:
    make_group(name="Old")
    make_client(client_id="other-client")
    result = apply(
        """
        groups: [{name: Engineering}]
        authorizationServers:
          - id: orders
            scopes: [{name: "orders:read"}]
            policies:
              - {name: Web, rules: [{name: Engineers}]}
        """,
        prune=True,
    )
    assert verbs(result) == [
        ("delete", "groups[Old]"),
        ("delete", "authorizationServers[orders].scopes[orders:write]"),
        ("delete", "authorizationServers[orders].policies[Web].rules[Writers]"),
    ]
    assert Client.objects.filter(client_id="other-client").exists()  # no section of clients
    assert Scope.objects.filter(server="orders", name="openid").exists()  # built in
    assert AuthorizationServer.objects.filter(pk__in=["default", "org"]).count() == 2


def test_prune_leaves_a_new_server_what_it_begins_with(db: None) -> None:
    made = "authorizationServers: [{id: new, name: New, audience: 'api://n', scopes: [{name: a}]}]"
    apply(made, prune=True)
    names = set(Scope.objects.filter(server="new").values_list("name", flat=True))
    assert {"a", "openid", "offline_access"} <= names


def test_another_name_is_another_object(shop: run.Result) -> None:
    text = SHOP.replace("- name: Writers", "- name: Authors")
    assert verbs(run.apply(text.encode(), prune=True)) == [
        ("create", "authorizationServers[orders].policies[Web].rules[Authors]"),
        ("delete", "authorizationServers[orders].policies[Web].rules[Writers]"),
    ]


def test_the_order_in_the_file_is_the_priority(shop: run.Result) -> None:
    """R8"""
    epochs = dict(Rule.objects.values_list("name", "epoch"))
    result = apply(ORDERS.format("{name: Writers}, {name: Engineers}"))
    assert members(result) == {"order": (("Engineers", "Writers"), ("Writers", "Engineers"))}
    rules = Rule.objects.order_by("priority").values_list("name", "priority")
    assert list(rules) == [("Writers", 1), ("Engineers", 2)]
    assert dict(Rule.objects.values_list("name", "epoch")) == epochs  # R15: revokes nothing


def test_a_new_rule_takes_its_place_and_unlisted_ones_keep_theirs(shop: run.Result) -> None:
    new = "{name: First, grantTypes: [authorization_code]}"
    apply(ORDERS.format(f"{new}, {{name: Writers}}"))
    names = Rule.objects.order_by("priority").values_list("name", flat=True)
    assert list(names) == ["Engineers", "First", "Writers"]


def test_a_late_mistake_takes_everything_back(shop: run.Result) -> None:
    before, log = everything(), mark()
    lines = problems(
        yaml("""
        groups: [{name: New}]
        clients: [{clientId: demo-web, name: Changed}]
        authorizationServers:
          - id: orders
            description: Changed
            policies:
              - {name: Web, rules: [{name: Engineers, accessTokenLifetimeMinutes: 2}]}
        """)
    )
    assert [line.partition(":")[0] for line in lines] == ["8"]
    assert everything() == before and events(since=log) == []
    assert not Group.objects.filter(name="New").exists()
    assert Client.objects.get().name == "demo-web"


def test_a_policy_test_that_fails_takes_everything_back(shop: run.Result) -> None:
    lines = problems(
        yaml("""
        authorizationServers:
          - id: orders
            policies: [{name: Web, rules: [{name: Engineers, status: INACTIVE}]}]
            tests:
              - {client: demo-web, user: alice@example.com, grantType: authorization_code,
                 scopes: ["orders:read"], expect: {rule: Engineers}}
              - {client: demo-web, user: alice@example.com, grantType: authorization_code,
                 scopes: ["orders:write"], expect: denied}
        """)
    )
    who = "alice@example.com at demo-web asks for"
    assert lines == [
        f"6: authorizationServers[orders].tests[1]: {who} orders:read by authorization_code: "
        "expected rule Engineers, but: Granted orders:read by rule Writers of policy Web.",
        f"8: authorizationServers[orders].tests[2]: {who} orders:write by authorization_code: "
        "expected a denial, but: Granted orders:write by rule Writers of policy Web.",
    ]
    assert Rule.objects.get(name="Engineers").status == "ACTIVE"


def test_tests_name_what_exists(shop: run.Result) -> None:
    lines = problems(
        yaml("""
        authorizationServers:
          - id: orders
            tests: [{client: nobody, user: no@one, grantType: magic, expect: {rule: Nope}}]
        """)
    )
    path = "4: authorizationServers[orders].tests[1]"
    assert lines == [
        f"{path}.client: names no client: nobody",
        f"{path}.expect: names no rule: Nope",
        f"{path}.grantType: names no grant type: magic",
        f"{path}.user: names no user: no@one",
    ]


@pytest.mark.parametrize("status", ["ACTIVE", "STAGED", "SUSPENDED", "DEPROVISIONED"])
def test_a_new_user_gets_the_status_that_the_file_says(db: None, status: str) -> None:
    """R7: without a password nobody is ACTIVE yet, which is theirs to change, not the file's."""
    text = f"""
        users:
          - {{login: bob@example.com, email: bob@example.com, firstName: Bob, lastName: B,
             status: {status}}}
        """
    apply(text)
    real = User.objects.get().status
    assert real == (Status.PROVISIONED if status == "ACTIVE" else status)
    assert apply(text).changes == []


def test_users_come_and_go_through_the_lifecycle(db: None) -> None:
    """R7"""
    make_user(login="bob@example.com")
    log = mark()
    for status in ("SUSPENDED", "ACTIVE", "DEPROVISIONED", "ACTIVE"):
        apply(f"users: [{{login: bob@example.com, status: {status}}}]")
    kinds = [kind for kind in events(since=log) if kind.startswith("user.lifecycle")]
    prefix = "user.lifecycle."
    assert kinds == [prefix + v for v in ("suspend", "unsuspend", "deactivate", "activate")]


def test_the_last_administrator_may_hand_over_in_one_file(db: None) -> None:
    """R23"""
    make_user(login="old-admin", is_superuser=True)
    make_user(login="new-admin")
    assert problems(yaml("users: [{login: old-admin, administration: NONE}]")) == [
        "2: users[old-admin]: is_superuser is the last active superuser's"
    ]
    apply("""
        users:
          - {login: old-admin, administration: NONE}
          - {login: new-admin, administration: ALL}
        """)
    assert User.objects.get(is_superuser=True).login == "new-admin"


def test_a_clients_type_can_not_be_changed(shop: run.Result) -> None:
    (line,) = problems(yaml("clients: [{clientId: demo-web, type: browser}]"))
    assert "can't be changed from web" in line


def test_a_client_without_client_id_goes_by_its_name(db: None) -> None:
    text = """
        clients: [{name: Night job, type: service}]
        authorizationServers:
          - {id: default, resourceServers: [Night job], policies: [{name: P, clients: [Night job]}]}
        """
    apply(text)
    assert apply(text).changes == []
    client = Client.objects.get()
    assert client.client_id == client.pk
    assert Policy.objects.get().clients == [client.pk]
    assert apply(text.replace("name: Night job", f"clientId: {client.pk}", 1)).changes == []


def test_assignments_have_their_time(shop: run.Result) -> None:
    """R6"""
    text = """
        clients:
          - clientId: demo-web
            assignments:
              users: [{login: alice@example.com, validUntil: 2030-01-01T00:00:00Z}]
              groups: [EVERYONE]
        """
    apply(text)
    assert apply(text).changes == []
    row = Client.objects.get().user_assignments.get()
    assert row.valid_until and row.valid_until.year == 2030
    assert Client.objects.get().group_assignments.get().group.is_everyone
    apply(text.replace("2030", "2031"))
    row.refresh_from_db()
    assert row.valid_until and row.valid_until.year == 2031


def test_a_rule_may_not_name_a_scope_that_the_same_file_prunes(shop: run.Result) -> None:
    lines = problems(
        yaml("""
        authorizationServers:
          - id: orders
            scopes: [{name: "orders:read"}]
            policies:
              - name: Web
                rules: [{name: Writers, scopes: ["orders:read", "orders:write"]}]
        """),
        prune=True,
    )
    path = "authorizationServers[orders].policies[Web].rules[Writers].scopes"
    assert lines == [f"7: {path}: names no scope: orders:write"]


def test_whoever_is_deactivated_can_not_be_assigned_at_once(shop: run.Result) -> None:
    """R7"""
    lines = problems(
        yaml("""
        users: [{login: alice@example.com, status: DEPROVISIONED}]
        clients: [{clientId: demo-web, assignments: {users: [alice@example.com]}}]
        """)
    )
    message = "names alice@example.com, who is DEPROVISIONED"
    assert lines == [f"3: clients[demo-web].assignments.users: {message}"]
