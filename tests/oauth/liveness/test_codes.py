"""R17: a code survives a change of policies; its tokens stand on them as they are then."""

import pytest

from apps.policies.services import (
    create_rule,
    delete_policy,
    delete_rule,
    update_rule,
)
from apps.servers.services import delete_scope, update_scope
from tests.factories import TESTER
from tests.oauth.grants_fixture import World, authorize, exchange, is_active, make_world, tokens_of

pytestmark = pytest.mark.django_db
FORMATS = pytest.mark.parametrize("token_format", ["jwt", "opaque"])


def edit_rule(world: World, minutes: int) -> None:
    update_rule(
        actor=TESTER,
        server_id=world.server.pk,
        rule_id=world.rule.pk,
        access_token_minutes=minutes,
    )


@FORMATS
def test_r17_the_flow_completes_and_the_next_change_ends_its_tokens(token_format: str) -> None:
    world = make_world(token_format=token_format)
    code = authorize(world)
    edit_rule(world, 30)

    tokens = tokens_of(exchange(world, code))

    assert tokens.answer["expires_in"] == 3600  # R11: decided before the change
    assert is_active(world, tokens.access) and is_active(world, tokens.refresh)
    edit_rule(world, 60)
    assert not is_active(world, tokens.access) and not is_active(world, tokens.refresh)


@FORMATS
def test_r17_what_is_gone_at_the_exchange_is_stood_on_no_more(token_format: str) -> None:
    world = make_world(token_format=token_format)
    code = authorize(world)
    delete_rule(actor=TESTER, server_id=world.server.pk, rule_id=world.rule.pk)
    tokens = tokens_of(exchange(world, code))

    create_rule(
        actor=TESTER,
        server_id=world.server.pk,
        policy_id=world.policy.pk,
        name=world.rule.name,
    )
    assert is_active(world, tokens.access) and is_active(world, tokens.refresh)

    delete_policy(actor=TESTER, server_id=world.server.pk, policy_id=world.policy.pk)
    assert not is_active(world, tokens.access) and not is_active(world, tokens.refresh)


@FORMATS
def test_r17_a_scope_that_was_renamed_meanwhile(token_format: str) -> None:
    """Row 120 asks for a refusal; the design lets that flow complete (R11)."""
    world = make_world(token_format=token_format)
    code = authorize(world)
    update_scope(
        actor=TESTER, server_id=world.server.pk, scope_id=world.scope.pk, name="orders:see"
    )

    tokens = tokens_of(exchange(world, code))

    assert is_active(world, tokens.access)
    delete_scope(actor=TESTER, server_id=world.server.pk, scope_id=world.scope.pk)
    assert is_active(world, tokens.access)  # it never carried the new name
