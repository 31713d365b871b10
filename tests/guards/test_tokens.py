"""R16: what is revoked stays revoked and what is spent stays spent, whoever writes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from apps.servers.models import Installation
from apps.tokens.administration import revoke_access_token, revoke_grant
from apps.tokens.models import AccessToken, Grant, RevokedToken, TokenCutoff
from tests.factories import TESTER
from tests.guards.bypass import WRITES, Row, by_sql, by_update
from tests.oauth.grants_fixture import (
    World,
    client_credentials,
    is_active,
    make_world,
    revoke,
    sign_in,
)

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("committed")]
OTHERS = ("server_id", "client_id", "user_id", "vector")


def refuses(row: Row, column: str, value: Any) -> None:
    """No way of writing can."""
    for write in WRITES:
        with pytest.raises(IntegrityError):
            write(row, column, value)


def revoked_grant(world: World) -> Grant:
    sign_in(world)
    row = Grant.objects.get()
    revoke_grant(actor=TESTER, grant_id=row.pk)
    return Grant.objects.get()


def test_a_revoked_grant_can_not_be_revived_or_moved_in_time() -> None:
    row = revoked_grant(make_world())
    refuses(row, "revoked_at", None)
    refuses(row, "revoked_at", timezone.now() + timedelta(hours=1))


def test_a_spent_code_can_not_be_spent_again() -> None:
    sign_in(make_world())
    row = Grant.objects.get()
    refuses(row, "code_consumed_at", None)
    refuses(row, "code_consumed_at", timezone.now() + timedelta(hours=1))


@pytest.mark.parametrize("column", OTHERS)
def test_a_grant_stands_on_what_it_was_given_for(column: str) -> None:
    sign_in(make_world())
    refuses(Grant.objects.get(), column, "another")


def test_a_revoked_access_token_can_not_be_revived() -> None:
    world = make_world(token_format="opaque")
    tokens = client_credentials(world)
    row = AccessToken.objects.get()
    revoke_access_token(actor=TESTER, digest=row.pk)

    refuses(row, "revoked_at", None)

    assert not is_active(world, tokens.access)


@pytest.mark.parametrize("column", (*OTHERS, "grant_id"))
def test_an_access_token_stands_on_what_it_was_given_for(column: str) -> None:
    client_credentials(make_world(token_format="opaque"))
    refuses(AccessToken.objects.get(), column, "another")


def test_the_tombstone_of_a_living_jwt_can_neither_change_nor_go() -> None:
    world = make_world()
    tokens = client_credentials(world)
    revoke(world, tokens.access)
    row = RevokedToken.objects.get()

    refuses(row, "expires_at", timezone.now() - timedelta(days=1))
    with pytest.raises(IntegrityError):
        RevokedToken.objects.all().delete()

    assert not is_active(world, tokens.access)


def test_a_tombstone_goes_when_its_token_is_over() -> None:
    over = timezone.now() - timedelta(seconds=1)
    RevokedToken.objects.create(jti_digest="d", revoked_by="x", revoked_at=over, expires_at=over)
    assert RevokedToken.objects.all().delete()[0] == 1


def cutoff(client_id: str = "", **more: Any) -> TokenCutoff:
    now = timezone.now()
    fields = {"reason": "x", "created": now, "expires_at": now + timedelta(days=1), **more}
    return TokenCutoff.objects.create(client_id=client_id, **fields)


@pytest.mark.parametrize("column", ["server_id", "client_id", "user_id"])
def test_a_cutoff_keeps_its_reach(column: str) -> None:
    row = cutoff("0oa1")
    refuses(row, column, "another")
    by_update(row, "is_closing", True)


def test_a_cutoff_goes_only_when_nothing_needs_it() -> None:
    row = cutoff("0oa1")
    Installation.objects.update(has_cutoffs=True)
    with pytest.raises(IntegrityError):
        TokenCutoff.objects.all().delete()
    with pytest.raises(IntegrityError):
        Installation.objects.update(has_cutoffs=False)

    cutoff()  # of everybody: it covers the other
    row.delete()

    by_update(TokenCutoff.objects.get(), "is_closing", True)
    TokenCutoff.objects.all().delete()
    Installation.objects.update(has_cutoffs=False)


def test_living_rows_are_marked_and_used_as_ever() -> None:
    sign_in(make_world(token_format="opaque"))
    for row in (Grant.objects.get(), AccessToken.objects.get()):
        by_sql(row, "revoked_at", timezone.now())
