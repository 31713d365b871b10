"""The console's page of explicit revocation (R18): shown first, then ended by a tick."""

from typing import Any, Final
from urllib.parse import urlencode

from apps.servers.models import Scope
from apps.systemlog.admin.parts import list_url
from tests.oauth.liveness.causes import Cause
from tests.oauth.liveness.doors.door import Change, Line
from tests.oauth.liveness.explicit import EXPLICIT

PAGE: Final = "/admin/tokens/grant/revoke/"
PREFIX: Final = "explicitly by "


def selected(label: str, noun: str) -> Change:
    """An action of the list of users or clients."""
    kind = noun.removesuffix("s")
    return lambda scene: scene.console.press(
        list_url(label),
        action=f"revoke_tokens_of_{noun}",
        _selected_action=getattr(scene.world, kind).pk,
    )


ACTIONS: Final[dict[str, Line]] = {
    f"{PREFIX}{noun.removesuffix('s')}": Line(
        selected(label, noun),
        None,
        (f"{label.lower().replace('.', '_')}_changelist:revoke_tokens_of_{noun}",),
    )
    for label, noun in (("directory.User", "users"), ("clients.Client", "clients"))
}


def words_of(cause: Cause) -> list[str]:
    """What the cause chooses by: `user`, `scope openid`, `age 0:00:00`."""
    return cause.name.removeprefix(PREFIX).split(", ")


def choose(words: list[str]) -> Change:
    """The page with these things chosen, and its box ticked."""

    def change(scene: Any) -> None:
        chosen = {}
        for word in words:
            kind, _, name = word.partition(" ")
            world = scene.world
            row = Scope.objects.get(server=world.server, name=name) if name else None
            chosen[kind] = (row or getattr(world, kind)).pk
        scene.console.submit(f"{PAGE}?{urlencode(chosen)}", confirmed=True)

    return change


CHOSEN: Final = [one for one in EXPLICIT if one.name.startswith(PREFIX)]
TO_THE_MINUTE: Final = [one for one in CHOSEN if "age" in one.name]
LINES: Final = {
    one.name: Line(choose(words_of(one)), None, ("tokens_revoke",))
    for one in CHOSEN
    if one not in TO_THE_MINUTE
}
WITHOUT: Final = {
    **{
        one.name: "the page counts minutes: tests/admin/test_revocation.py" for one in TO_THE_MINUTE
    },
    **{one.name: "manage.py bump_epoch" for one in EXPLICIT if one not in CHOSEN},
}
