"""How a line of the management API is made: one call, or a body read, edited and written back."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.oauth.liveness.doors.door import Change

Edit = Callable[[Any], object]


def call(method: str, address: str, body: Any = None) -> Callable[[Any], Any]:
    """One call, whose answer is what it returns; the address may name things of the scene, as
    `{world.user.pk}`."""

    def change(scene: Any) -> Any:
        at = address.format(world=scene.world, group=scene.group)
        answer = scene.program.call(method, at, body)
        assert answer.status_code < 300, (method, at, answer.content)
        return answer.json() if answer.content else None

    return change


def with_member(*path: str, value: Any) -> Edit:
    """Another value of the member at the end of the path."""

    def edit(body: Any) -> None:
        for step in path[:-1]:
            body = body.setdefault(step, {})
        body[path[-1]] = value

    return edit


def edited(address: str, edit: Edit) -> Change:
    """The whole object as it was read, with one thing changed: as SDKs and Terraform write."""

    def change(scene: Any) -> None:
        body = call("GET", address)(scene)
        scene.notes.setdefault("body", deepcopy(body))
        edit(body)
        call("PUT", address, body)(scene)

    return change


def put_back(address: str) -> Change:
    """The object as it was."""
    return lambda scene: call("PUT", address, scene.notes["body"])(scene)
