"""R15 to R17: what dies of which change, wherever tokens are accepted, at once and for good."""

import pytest

from tests.oauth.liveness.causes import Cause
from tests.oauth.liveness.clients import CHANGES, LIFECYCLE
from tests.oauth.liveness.configuration import KEYS, SCOPES, SERVERS
from tests.oauth.liveness.explicit import EXPLICIT
from tests.oauth.liveness.people import PATHS, USERS
from tests.oauth.liveness.policies import POLICIES, RULES
from tests.oauth.liveness.scene import COLUMNS, make_scene

pytestmark = pytest.mark.django_db
CAUSES = (
    *USERS,
    *PATHS,
    *LIFECYCLE,
    *CHANGES,
    *SERVERS,
    *SCOPES,
    *KEYS,
    *POLICIES,
    *RULES,
    *EXPLICIT,
)


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.title)
def test_r15_a_change_ends_exactly_what_stands_on_it_and_r16_for_good(
    cause: Cause, token_format: str
) -> None:
    scene = make_scene(token_format, paths=cause.paths, password_counts=cause.password_counts)
    if cause.prepare:
        cause.prepare(scene)
    scene.issue()

    cause.change(scene)

    living = COLUMNS - cause.dead_in(token_format)
    assert scene.alive() == living
    if cause.undo:
        cause.undo(scene)
        # What the way back ends, too, is a line of its own.
        assert scene.alive() <= living
