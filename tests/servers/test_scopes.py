"""Scopes: their names, and which changes kill the tokens that carry them (R2, R15)."""

from typing import Any

import pytest

from apps.servers.models import AuthorizationServer, Scope
from apps.servers.services import create_scope, delete_scope, revoke_scope_tokens, update_scope
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_scope, make_server
from tests.servers.snapshots import changes_of, jobs, last_event, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> AuthorizationServer:
    return make_server("orders")


@pytest.fixture
def scope(server: AuthorizationServer) -> Scope:
    return make_scope(server, "orders:read")


def test_a_new_scope_carries_the_version_that_it_came_with(server: AuthorizationServer) -> None:
    scope = make_scope(server, "orders:read", is_default=True)
    seen = snapshot(server)
    assert scope.epoch == seen.version == server.version + 1
    assert seen.scopes["orders:read"].is_default
    assert seen.book.default_scopes == ("orders:read",)
    assert scope.epoch in seen.epochs


@pytest.mark.parametrize(
    "name",
    ["", "two words", 'quo"te', "back\\slash", "okta.users", "okta:x", "okta", "*", "<a>", "ä"],
)
def test_r2_names_that_no_scope_may_have(server: AuthorizationServer, name: str) -> None:
    with pytest.raises(InvalidError, match="name"):
        create_scope(actor=TESTER, server_id="orders", name=name)


@pytest.mark.parametrize("name", ["openid", "groups", "device_sso", "orders:read"])
def test_r2_names_that_are_taken(server: AuthorizationServer, scope: Scope, name: str) -> None:
    with pytest.raises(InvalidError, match="name"):
        create_scope(actor=TESTER, server_id="orders", name=name)


def test_r2_another_server_may_have_a_scope_of_the_same_name(scope: Scope) -> None:
    assert make_scope(make_server(), "orders:read").pk != scope.pk


def test_r15_a_rename_ends_the_epoch_that_tokens_carry(
    server: AuthorizationServer, scope: Scope
) -> None:
    update_scope(actor=TESTER, server_id="orders", scope_id=scope.pk, name="orders:list")
    seen = snapshot(server)
    assert scope.epoch not in seen.epochs and "orders:list" in seen.scopes
    assert jobs() == [("scope", "scope renamed")]


def test_r15_r16_a_scope_made_anew_under_the_old_name_revives_nothing(
    server: AuthorizationServer, scope: Scope
) -> None:
    delete_scope(actor=TESTER, server_id="orders", scope_id=scope.pk)
    new = make_scope(server, "orders:read")
    assert scope.epoch not in snapshot(server).epochs and new.epoch > scope.epoch
    assert jobs() == [("scope", "scope deleted")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "See your orders"),
        ("display_name", "Orders"),
        ("consent", "REQUIRED"),
        ("metadata_publish", "ALL_CLIENTS"),
        ("is_default", True),
        ("is_optional", True),
    ],
)
def test_r15_every_other_change_kills_nothing(
    server: AuthorizationServer, scope: Scope, field: str, value: Any
) -> None:
    update_scope(actor=TESTER, server_id="orders", scope_id=scope.pk, **{field: value})
    assert scope.epoch in snapshot(server).epochs and jobs() == []
    assert changes_of(last_event("oauth2.scope.updated")).keys() == {field}


def test_system_scopes_keep_their_name_and_stay(server: AuthorizationServer) -> None:
    openid = Scope.objects.get(server=server, name="openid")
    update_scope(actor=TESTER, server_id="orders", scope_id=openid.pk, consent="REQUIRED")
    with pytest.raises(InvalidError, match="name"):
        update_scope(actor=TESTER, server_id="orders", scope_id=openid.pk, name="open")
    with pytest.raises(InvalidError, match="can't be deleted"):
        delete_scope(actor=TESTER, server_id="orders", scope_id=openid.pk)


def test_r10_an_openid_scope_is_never_a_default(server: AuthorizationServer) -> None:
    email = Scope.objects.get(server=server, name="email")
    with pytest.raises(InvalidError, match="is_default"):
        update_scope(actor=TESTER, server_id="orders", scope_id=email.pk, is_default=True)


def test_a_scope_of_another_server_is_not_found(scope: Scope) -> None:
    with pytest.raises(Scope.DoesNotExist):
        delete_scope(actor=TESTER, server_id=make_server().pk, scope_id=scope.pk)


def test_r18_ending_the_tokens_that_carry_a_scope(
    server: AuthorizationServer, scope: Scope
) -> None:
    revoke_scope_tokens(actor=TESTER, server_id="orders", scope_id=scope.pk)
    assert scope.epoch not in snapshot(server).epochs and jobs() == [("scope", "revoked")]
