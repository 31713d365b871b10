"""Row 162: a consent that is withdrawn takes with it what came of it."""

from dataclasses import replace

import pytest

from apps.clients.services import assign_user
from apps.systemlog.models import LogEvent
from apps.tokens.cascade import advance, open_jobs
from apps.tokens.clock import now
from apps.tokens.consents import remembered_scopes, withdraw_consent
from apps.tokens.models import Consent, Grant
from tests.factories import TESTER, make_user
from tests.oauth.grants_fixture import (
    REFUSED,
    World,
    authorize,
    beside,
    client_credentials,
    exchange,
    is_active,
    make_world,
    outcome,
    refresh,
    sign_in,
    userinfo,
)

pytestmark = pytest.mark.django_db


def allow(world: World, *scopes: str) -> None:
    """What the consent page remembers."""
    ids = {"user_id": world.user.pk, "client_id": world.client.pk, "server_id": world.server.pk}
    Consent.objects.bulk_create(Consent(scope=scope, **ids) for scope in scopes)


def mark() -> None:
    """What a worker does afterwards."""
    for job_id in open_jobs():
        while advance(job_id, now()):
            pass


def remembered(world: World) -> frozenset[str]:
    return remembered_scopes(
        user_id=world.user.pk, client_id=world.client.pk, server_id=world.server.pk
    )


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_162_all_of_the_users_tokens_of_the_client_die_at_once_and_for_good(
    token_format: str,
) -> None:
    world = make_world(token_format=token_format)
    tokens, code = sign_in(world), authorize(world)
    allow(world, "orders:read", "openid")

    assert withdraw_consent(actor=TESTER, user=world.user, client=world.client) == 2

    assert remembered(world) == frozenset()
    assert not is_active(world, tokens.access) and not is_active(world, tokens.refresh)
    assert userinfo(world, tokens.access).status_code == 401
    assert outcome(refresh(world, tokens.refresh)) == REFUSED
    assert outcome(exchange(world, code)) == REFUSED
    again = sign_in(world)  # who is asked anew may allow it anew
    mark()
    assert is_active(world, again.access) and not is_active(world, tokens.access)
    assert Grant.objects.exclude(revoked_at=None).count() == 2


def test_162_nobody_elses_and_nothing_of_another_client_dies() -> None:
    world = make_world()
    other_client = replace(beside(world), user=world.user)
    assign_user(actor=TESTER, client=other_client.client, user=world.user)
    other_user = replace(world, user=make_user())
    assign_user(actor=TESTER, client=world.client, user=other_user.user)
    mine = client_credentials(world)
    kept = [(one, sign_in(one, "openid")) for one in (other_client, other_user)]
    for one in (world, other_client, other_user):
        allow(one, "openid")

    withdraw_consent(actor=TESTER, user=world.user, client=world.client)

    assert all(is_active(one, tokens.access) for one, tokens in kept)
    assert is_active(world, mine.access)
    assert remembered(other_client) == remembered(other_user) == {"openid"}


def test_162_it_is_an_event_and_a_refused_token_says_why() -> None:
    world = make_world()
    tokens = sign_in(world)
    allow(world, "openid")
    withdraw_consent(actor=TESTER, user=world.user, client=world.client)

    event = LogEvent.objects.get(event_type="app.oauth2.as.consent.revoke")

    assert (event.user_id, event.client_id) == (world.user.pk, world.client.pk)
    assert [target["id"] for target in event.body["target"]] == [world.user.pk, world.client.pk]
    assert event.body["debugData"]["scopes"] == [f"{world.server.pk} openid"]
    mark()
    refresh(world, tokens.refresh)
    newest = LogEvent.objects.filter(event_type="app.oauth2.as.token.grant").order_by("-pk")[0]
    assert newest.reason == "revoked:app.oauth2.as.consent.revoke"
