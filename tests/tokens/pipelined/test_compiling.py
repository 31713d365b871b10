"""What is compiled for the loop, in threads with connections of their own."""

import pytest

from authzsite.postgresql.base import outage
from tests.oauth.grants_fixture import make_world
from tests.tokens.pipelined.calls import Answer, opened, own_token, running

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_a_server_that_has_just_been_read_from_is_no_longer_kept_off_from() -> None:
    """Who was told of an outage rests for a second; the first to compile needn't."""
    world = make_world()

    async def scenario() -> Answer:
        async with opened() as edge:
            outage.tell(is_over=False)
            return await own_token(edge, world)

    try:
        assert running(scenario).status == 200
    finally:
        outage.tell(is_over=True)
