"""R15, the line of token policies, through every door: introspection and the management layer."""

import pytest

from apps.servers.services import ensure_installation
from tests.oauth.liveness.doors.configuration_tokens import (
    DOORS,
    ENDS_ALL,
    LIVES_ON,
    WITHOUT,
    Office,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LINES = [(door, name) for door, ways in DOORS.items() for name in ways]


@pytest.mark.parametrize(("door", "name"), LINES)
def test_r15_a_configuration_token_dies_of_what_it_stands_on_and_r16_for_good(
    door: str, name: str
) -> None:
    ensure_installation()
    office, way = Office(), DOORS[door][name]
    assert office.alive() == [True, True, True]

    way.change(office)

    living = [name in LIVES_ON, name in LIVES_ON, name not in ENDS_ALL]
    assert office.alive() == living
    if way.undo:
        way.undo(office)
        assert office.alive() == living


@pytest.mark.parametrize("door", DOORS)
def test_every_cause_has_a_line_or_a_reason_at_every_door(door: str) -> None:
    causes = {name for ways in DOORS.values() for name in ways}
    assert DOORS[door].keys() | WITHOUT[door].keys() == causes
    assert not DOORS[door].keys() & WITHOUT[door].keys()
