"""R15 and R16 through every door: what dies of a change, wherever tokens are accepted, at once and
for good, whoever makes it."""

import pytest

from tests.oauth.liveness.causes import Cause
from tests.oauth.liveness.doors.console import ACTIONS, FORMS
from tests.oauth.liveness.doors.door import Door
from tests.oauth.liveness.doors.files import FILES
from tests.oauth.liveness.doors.identity_cloud import CONFIG_API
from tests.oauth.liveness.doors.rest_api import REST_API
from tests.oauth.liveness.doors.scene import living_after, open_scene
from tests.oauth.liveness.test_matrix import CAUSES

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DOORS = (FORMS, ACTIONS, FILES, CONFIG_API, REST_API)
LINES = [(door, cause) for door in DOORS for cause in CAUSES if cause.name in door.lines]


def name(value: object) -> str:
    return value.name if isinstance(value, Door | Cause) else str(value)


@pytest.mark.parametrize(("door", "cause"), LINES, ids=name)
def test_r15_a_change_through_this_door_ends_exactly_what_stands_on_it_and_r16_for_good(
    door: Door, cause: Cause
) -> None:
    line, scene, living = door.lines[cause.name], open_scene(cause), living_after(cause)

    line.change(scene)
    scene.refresh_rows()

    assert scene.alive() == living
    if line.undo:
        line.undo(scene)
        scene.refresh_rows()
        assert scene.alive() <= living
    assert scene.console.places >= set(line.places)
