"""The console: its forms and buttons, and the actions of its lists."""

from typing import Final

from tests.oauth.liveness.doors import (
    console_clients,
    console_configuration,
    console_explicit,
    console_people,
)
from tests.oauth.liveness.doors.door import Door, by_name
from tests.oauth.liveness.test_matrix import CAUSES

PARTS = (console_people, console_clients, console_configuration, console_explicit)
FORMS: Final = Door(
    "console", by_name(*(one.LINES for one in PARTS)), by_name(*(one.WITHOUT for one in PARTS))
)
_ACTIONS = by_name(*(one.ACTIONS for one in PARTS))
ACTIONS: Final = Door(
    "action",
    _ACTIONS,
    {c.name: "no action on several rows does it" for c in CAUSES if c.name not in _ACTIONS},
)
