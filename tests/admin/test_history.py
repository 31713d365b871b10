"""Every object's history: who, when, by which way, field by field, and what it revoked (R24)."""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.clients.models import Client
from apps.clients.services import delete_client, unassign_group, update_client
from apps.directory.services import remove_member, update_user
from apps.policies.services import delete_rule, update_policy, update_rule
from apps.servers.services import delete_scope, update_scope, update_server
from apps.systemlog.context import RequestContext, use
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.models import ChangedObject, LogEvent, RevocationJob
from apps.systemlog.record import record
from apps.tokens.tasks import run_revocation_job
from tests.admin.conftest import World, ask_for_token
from tests.factories import TESTER, make_token_policy


def history(browser: Browser, kind: str, ident: object) -> str:
    """The page of an object's history."""
    response = browser.get(f"/admin/history/{kind}/{ident}/", follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_scopes_history_tells_each_field_before_and_after(world: World, root: Browser) -> None:
    update_scope(
        actor=TESTER, server_id="orders", scope_id=world.scope.pk, description="Read all orders"
    )
    body = history(root, "OAuth2Scope", world.scope.pk)
    assert "Create scope" in body and "Update scope" in body
    assert "Description" in body and "<ins>Read all orders</ins>" in body


def test_what_a_change_revoked_is_told_with_the_number_of_tokens(
    world: World, root: Browser
) -> None:
    ask_for_token(world, "orders:read")
    with use(RequestContext(reference="AAAA-BBBB-CCCC-DDDD")):
        update_rule(
            actor=TESTER, server_id="orders", rule_id=world.rule.pk, access_token_minutes=10
        )
    body = history(root, "PolicyRule", world.rule.pk)
    assert "being counted" in body
    run_revocation_job(RevocationJob.objects.get(kind="rule").pk)
    assert "0 tokens ended" in history(root, "PolicyRule", world.rule.pk)


def test_a_job_stands_at_its_own_change_alone_of_a_reference(world: World, root: Browser) -> None:
    with use(RequestContext(reference="AAAA-BBBB-CCCC-DDDD")):
        update_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk, name="Other")
        update_policy(
            actor=TESTER, server_id="orders", policy_id=world.policy.pk, clients=[world.web.pk]
        )
    assert "being counted" not in history(root, "PolicyRule", world.rule.pk)
    assert history(root, "Policy", world.policy.pk).count("being counted") == 1


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("/admin/servers/scope/1/change/", "console"),
        ("/api/v1/authorizationServers/orders", "API"),
        ("/org/config/clients/x", "configuration API"),
        ("", "command"),
    ],
)
def test_the_way_by_which_a_change_came_is_told(
    world: World, root: Browser, path: str, way: str
) -> None:
    with use(RequestContext(path=path)):
        update_server(actor=TESTER, server_id="orders", description="Other")
    assert f"· {way}" in history(root, "AuthorizationServer", "orders")


def test_a_deleted_object_keeps_its_history(world: World, root: Browser) -> None:
    delete_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk)
    delete_scope(actor=TESTER, server_id="orders", scope_id=world.scope.pk)
    delete_client(actor=TESTER, client=world.web)
    for kind, ident, name in (
        ("PolicyRule", world.rule.pk, "Read"),
        ("OAuth2Scope", world.scope.pk, "orders:read"),
        ("AppInstance", world.web.pk, "Shop"),
    ):
        body = history(root, kind, ident)
        assert "is gone" in body and f"History of {name}" in body


def test_memberships_and_assignments_have_histories_by_both_ids(
    world: World, root: Browser
) -> None:
    remove_member(actor=TESTER, group=world.group, user=world.user)
    unassign_group(actor=TESTER, client=world.web, group=world.group)
    body = history(root, "Membership", f"{world.group.pk}.{world.user.pk}")
    assert "Add user to group" in body and "Remove user from group" in body
    body = history(root, "Assignment", f"{world.web.pk}.{world.group.pk}")
    assert "Remove application assignment of a group" in body


def test_every_kind_that_the_console_changes_is_in_the_index(world: World) -> None:
    make_token_policy()
    kinds = set(ChangedObject.objects.values_list("kind", flat=True))
    assert kinds >= {
        *("AuthorizationServer", "OAuth2Scope", "Policy", "PolicyRule", "AppInstance"),
        *("ClientSecret", "User", "UserGroup", "Membership", "Assignment", "TokenPolicy"),
    }


def test_what_is_no_change_is_not_in_the_index(world: World) -> None:
    before = ChangedObject.objects.count()
    ask_for_token(world, "orders:read")
    ask_for_token(world, "orders:write")
    assert ChangedObject.objects.count() == before


def test_a_history_is_paged_by_key_in_a_fixed_number_of_statements(
    world: World, root: Browser
) -> None:
    for number in range(60):
        update_user(actor=TESTER, user=world.user, first_name=f"A{number}")
    with CaptureQueriesContext(connection) as few:
        body = history(root, "User", world.user.pk)
    assert "<ins>A59</ins>" in body and "<ins>A3</ins>" not in body
    assert [q for q in few if "OFFSET" in q["sql"] or "COUNT(*) FROM systemlog" in q["sql"]] == []
    [older] = re.findall(r'href="(\?before=\d+)"', body)
    with CaptureQueriesContext(connection) as more:
        body = root.get(f"/admin/directory/user/{world.user.pk}/history/{older}").content.decode()
    assert "<ins>A3</ins>" in body and "<ins>A59</ins>" not in body
    assert len(more) <= len(few)


def test_a_secrets_history_holds_nothing_of_it(world: World, root: Browser) -> None:
    secret = world.service.secrets.get()
    body = history(root, "ClientSecret", secret.pk)
    assert "Create client credential" in body
    assert world.secret not in body


def test_an_auditor_reads_histories_and_others_do_not(world: World, auditor: Browser) -> None:
    assert "Create scope" in history(auditor, "OAuth2Scope", world.scope.pk)
    response = Browser().get(f"/admin/history/OAuth2Scope/{world.scope.pk}/")
    assert response.status_code == 302


def test_what_nobody_knows_has_no_history(root: Browser) -> None:
    for url in ("OAuth2Scope/nothing", "Nonsense/1"):
        assert root.get(f"/admin/history/{url}/").status_code == 404


def test_the_index_is_filled_from_a_log_that_was_there_before(world: World) -> None:
    update_client(actor=TESTER, client=Client.objects.get(pk=world.web.pk), name="Other")
    columns = ("kind", "object_id", "event_id")
    before = sorted(ChangedObject.objects.values_list(*columns))
    ChangedObject.objects.all().delete()
    import_module("apps.systemlog.migrations.0007_changed_objects").fill(apps, None)
    assert sorted(ChangedObject.objects.values_list(*columns)) == before
    assert LogEvent.objects.exists()


def test_a_request_that_was_tried_is_no_change_of_anything(world: World, root: Browser) -> None:
    before = ChangedObject.objects.count()
    root.get("/admin/servers/authorizationserver/orders/try/?client=web&user=ada@example.com")
    root.get(
        f"/admin/servers/authorizationserver/orders/try/?client={world.service.pk}&grant_type=client_credentials"
    )
    assert LogEvent.objects.filter(event_type="policy.simulation").exists()
    assert ChangedObject.objects.count() == before


def test_a_configuration_file_is_told_once(world: World, root: Browser) -> None:
    file = Actor("f", "SystemPrincipal", "configuration@authzsite", "Configuration file")
    with use(RequestContext(reference="AAAA-BBBB-CCCC-DDDD")):
        update_scope(actor=file, server_id="orders", scope_id=world.scope.pk, description="Other")
        record(Entry("system.configuration.apply", file))
    body = history(root, "OAuth2Scope", world.scope.pk)
    assert "Configuration file" in body
    assert "configuration file" not in body
