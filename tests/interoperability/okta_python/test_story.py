"""The SDK drives all that administrators use, from the first server to the last deletion."""

from collections.abc import Callable

import pytest

from tests.interoperability.okta_python import endings
from tests.interoperability.okta_python.methods import METHODS
from tests.interoperability.okta_python.sdk import Sdk
from tests.interoperability.okta_python.story import Story

pytestmark = [pytest.mark.django_db(transaction=True)]
CHAPTERS: tuple[Callable[[Story], None], ...] = (
    Story.make_a_server,
    Story.rotate_its_keys,
    Story.make_scopes_and_claims,
    Story.make_people,
    Story.make_a_policy_and_a_rule,
    Story.make_an_app,
    Story.assign_it,
    Story.rotate_its_secret,
    endings.use_tokens,
    endings.look_at_tokens_of_app_and_person,
    endings.read_the_log,
    endings.turn_things_off_and_on,
    endings.lead_a_life,
    endings.change_a_person,
    endings.delete_everything,
)


def test_the_sdk_goes_from_the_first_server_to_the_last_deletion(sdk: Sdk) -> None:
    story = Story(sdk)
    for chapter in CHAPTERS:
        chapter(story)
    assert METHODS - sdk.called == set()
