"""What tests of protocol endpoints share."""

import pytest

from tests.oauth.world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    """A server that grants JWTs, a service client, a web client, and its user."""
    return make_world()


@pytest.fixture
def opaque_world(db: None) -> World:
    """The same with opaque access tokens."""
    return make_world(access_token_format="opaque")
