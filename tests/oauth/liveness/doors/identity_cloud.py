"""Identity Cloud's config API: what it can say of a client that other tokens stand on."""

from dataclasses import replace
from typing import Any, Final

from tests.oauth.liveness.clients import FIELDS
from tests.oauth.liveness.doors.door import Change, Door, Line
from tests.oauth.liveness.test_matrix import CAUSES

WORDS: Final = {"name": "name", "redirect_uris": "redirectURIs"}


def path(scene: Any) -> str:
    return f"clients/{scene.world.client.client_id}"


def put(**values: Any) -> Change:
    """The whole client, with one member changed."""

    def change(scene: Any) -> None:
        body = scene.caller.get(path(scene)).json()
        scene.notes.setdefault("body", body)
        response = scene.caller.put(path(scene), {**body, **values})
        assert response.status_code == 200, response.content

    return change


def put_back(scene: Any) -> None:
    response = scene.caller.put(path(scene), scene.notes["body"])
    assert response.status_code == 200, response.content


def delete(scene: Any) -> None:
    assert scene.caller.delete(path(scene)).status_code == 204


def rotate(scene: Any) -> None:
    response = scene.caller.post(f"{path(scene)}/secret")
    assert response.status_code == 201, response.content
    scene.world = replace(scene.world, secret=response.json()["secret"])


LINES: Final = {
    "client deleted": Line(delete),
    "secret rotated": Line(rotate),
    **{
        f"client's {name} changed": Line(put(**{word: FIELDS[name][0]}), put_back)
        for name, word in WORDS.items()
    },
}
CONFIG_API: Final = Door(
    "config API",
    LINES,
    {c.name: "the API has no such resource or member" for c in CAUSES if c.name not in LINES},
)
