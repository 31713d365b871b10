"""Authorization servers: what they are, and which of their changes kill tokens (R1, R15, R16)."""

from typing import Any

import pytest
from django.db import connection

from apps.servers.models import AuthorizationServer, Installation
from apps.servers.services import (
    activate_server,
    deactivate_server,
    delete_server,
    ensure_installation,
    revoke_all_tokens,
    revoke_server_tokens,
    set_resource_servers,
    update_server,
)
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_server
from tests.servers.snapshots import changes_of, jobs, last_event, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> AuthorizationServer:
    return make_server("orders", name="Orders", audience="api://orders")


def test_r1_a_new_server_is_active_and_has_keys_scopes_and_claims(
    server: AuthorizationServer,
) -> None:
    seen = snapshot(server)
    assert seen.is_active and seen.audience == "api://orders"
    assert set(seen.published_scopes) == {
        *("openid", "profile", "email", "address", "phone", "offline_access")
    }
    assert len(seen.claims) == 19 and len(seen.keys.public) == 2
    assert seen.keys.current.kid in seen.keys.public


def test_r1_an_id_is_made_where_none_is_chosen() -> None:
    assert make_server().pk.startswith("aus") and len(make_server().pk) == 20


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("server_id", "a/b"),
        ("server_id", "x" * 65),
        ("name", ""),
        ("name", "Orders"),
        ("audience", "orders"),
        ("audience", "https://orders.example/#fragment"),
        ("scope_mode", "lenient"),
        ("signing_alg", "HS256"),
        ("signing_alg", "none"),
        ("access_token_format", "paseto"),
        ("rotation_mode", "NEVER"),
        ("revoke_on_password_change", "yes"),
    ],
)
def test_r1_it_refuses_what_no_server_may_be(
    server: AuthorizationServer, field: str, value: Any
) -> None:
    with pytest.raises(InvalidError) as refusal:
        make_server(**{field: value})
    assert refusal.value.problems[0].field == ("id" if field == "server_id" else field)


def test_an_id_that_is_taken_is_refused(server: AuthorizationServer) -> None:
    with pytest.raises(InvalidError, match="id: is already in use"):
        make_server("orders")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("audience", "api://orders2"),
        ("scope_mode", "narrow"),
        ("access_token_format", "opaque"),
    ],
)
def test_r15_a_revoking_change_raises_the_epoch(
    server: AuthorizationServer, field: str, value: Any
) -> None:
    update_server(actor=TESTER, server_id="orders", **{field: value})
    assert snapshot(server).epoch == server.epoch + 1
    assert jobs() == [("as", "server changed")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Purchases"),
        ("description", "All about orders"),
        ("rotation_mode", "MANUAL"),
        ("revoke_on_password_change", False),
        ("signing_alg", "EdDSA"),
    ],
)
def test_r15_a_harmless_change_raises_only_the_version(
    server: AuthorizationServer, field: str, value: Any
) -> None:
    update_server(actor=TESTER, server_id="orders", **{field: value})
    seen = snapshot(server)
    assert seen.epoch == server.epoch and seen.version == server.version + 1
    assert jobs() == []


def test_r24_a_change_is_logged_field_by_field(server: AuthorizationServer) -> None:
    update_server(actor=TESTER, server_id="orders", name="Purchases", audience="api://orders")
    event = last_event("oauth2.as.updated")
    assert changes_of(event) == {"name": ("Orders", "Purchases")}
    assert event.actor_id == TESTER.id and event.server_id == "orders"


def test_a_change_of_nothing_leaves_no_trace(server: AuthorizationServer) -> None:
    update_server(actor=TESTER, server_id="orders", name="Orders")
    assert snapshot(server).version == server.version


def test_a_refused_change_changes_nothing(server: AuthorizationServer) -> None:
    with pytest.raises(InvalidError):
        update_server(actor=TESTER, server_id="orders", name="New", audience="nonsense")
    assert snapshot(server).name == "Orders"


def test_r15_r16_deactivating_revokes_and_activating_revives_nothing(
    server: AuthorizationServer,
) -> None:
    deactivate_server(actor=TESTER, server_id="orders")
    assert not snapshot(server).is_active
    activate_server(actor=TESTER, server_id="orders")
    seen = snapshot(server)
    assert seen.is_active and seen.epoch == server.epoch + 1
    assert jobs() == [("as", "server deactivated")]


def test_r16_a_server_made_anew_under_an_old_id_starts_above_everything_old(
    server: AuthorizationServer,
) -> None:
    for name in ("A", "B", "C"):
        update_server(actor=TESTER, server_id="orders", name=name, audience=f"api://{name}")
    old = snapshot(server)
    delete_server(actor=TESTER, server_id="orders")
    new = snapshot(make_server("orders"))
    assert new.epoch > old.version and new.version > old.version
    assert min(new.epochs) > max(old.epochs)
    assert jobs()[-1] == ("as", "server deleted")


@pytest.mark.parametrize("server_id", ["default", "org"])
def test_the_built_in_servers_cannot_be_deleted(server_id: str) -> None:
    ensure_installation()
    with pytest.raises(InvalidError, match="built in"):
        delete_server(actor=TESTER, server_id=server_id)


def test_r19_the_organisations_server_is_narrow_and_opaque_and_stays_so() -> None:
    ensure_installation()
    org = AuthorizationServer.objects.get(pk="org")
    assert (org.scope_mode, org.access_token_format, org.is_organization) == (
        *("narrow", "opaque", True),
    )
    assert org.audience == "http://localhost:8000/org/config" and org.name == "Configuration API"
    with pytest.raises(InvalidError, match="is fixed"):
        update_server(actor=TESTER, server_id="org", scope_mode="reject")


def test_setting_up_twice_makes_everything_once() -> None:
    assert ensure_installation() == ensure_installation()
    assert set(AuthorizationServer.objects.values_list("pk", flat=True)) == {"default", "org"}


def test_r4a_resource_servers_are_clients_that_exist(server: AuthorizationServer) -> None:
    with pytest.raises(InvalidError, match="names no client"):
        set_resource_servers(actor=TESTER, server_id="orders", client_ids=["0oaNobody"])


def test_r18_ending_a_servers_tokens_touches_only_its_epoch(server: AuthorizationServer) -> None:
    revoke_server_tokens(actor=TESTER, server_id="orders")
    assert snapshot(server).epoch == server.epoch + 1
    assert jobs() == [("as", "revoked")]


def test_the_emergency_lever_raises_the_installations_epoch() -> None:
    before = ensure_installation().epoch
    revoke_all_tokens(actor=TESTER)
    after = Installation.objects.get(pk=1).epoch
    assert after > before
    restore_epoch(before)  # that number was in use already
    revoke_all_tokens(actor=TESTER)
    assert Installation.objects.get(pk=1).epoch not in (before, after)


def restore_epoch(epoch: int) -> None:
    """As a restored backup has it; what refuses a lower number sees no restore either."""
    is_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if is_postgres:
            cursor.execute("SET LOCAL session_replication_role = replica")
        Installation.objects.update(epoch=epoch)
        if is_postgres:
            cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize(
    "fields",
    [{"name": 7}, {"name": None}, {"audience": ["api://x"]}, {"revoke_on_password_change": 1}],
)
def test_a_value_of_another_type_is_refused(server: AuthorizationServer, fields: Any) -> None:
    with pytest.raises(InvalidError, match="must be"):
        update_server(actor=TESTER, server_id="orders", **fields)
