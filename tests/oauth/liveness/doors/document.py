"""What is, as a configuration file, with one thing changed: the tools of `files`."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

import yaml
from django.core.management import call_command

from apps.management.configuration.export import export
from tests.oauth.liveness.doors.door import Change, Line
from tests.oauth.liveness.people import PASSWORD

Document = dict[str, Any]
Edit = Callable[[Any, Document], object]
SECRET: Final = "another-secret-another-secret"
VARIABLES: Final = {"OTHER_PASSWORD": PASSWORD, "OTHER_SECRET": SECRET}


class Plain(yaml.SafeDumper):
    """Writes a value out each time, as files have to."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(document: Document) -> str:
    return yaml.dump(document, Dumper=Plain, sort_keys=False)


def apply(text: str, *, prune: bool = True) -> None:
    """The command, on a file."""
    with TemporaryDirectory() as folder, patch.dict(os.environ, VARIABLES):
        file = Path(folder) / "everything.yaml"
        file.write_text(text)
        with open(os.devnull, "w") as nowhere:
            call_command("apply", str(file), prune=prune, stdout=nowhere)


def edited(edit: Edit) -> Change:
    """What is, with one thing changed."""

    def change(scene: Any) -> None:
        scene.notes["file"] = text = export()
        document = yaml.safe_load(text)
        edit(scene, document)
        apply(dump(document))

    return change


def as_before(scene: Any) -> None:
    apply(scene.notes["file"])


def line(edit: Edit) -> Line:
    return Line(edited(edit), as_before)


def one_of(rows: list[Document], **key: str) -> Document:
    """The object of this name."""
    ((name, value),) = key.items()
    return next(row for row in rows if row[name] == value)


def user(scene: Any, document: Document) -> Document:
    return one_of(document["users"], login=scene.world.user.login)


def client(scene: Any, document: Document) -> Document:
    return one_of(document["clients"], name=scene.world.client.name)


def server(scene: Any, document: Document) -> Document:
    return one_of(document["authorizationServers"], id=scene.world.server.pk)


def scope(scene: Any, document: Document) -> Document:
    return one_of(server(scene, document)["scopes"], name=scene.world.scope.name)


def policy(scene: Any, document: Document) -> Document:
    return one_of(server(scene, document)["policies"], name=scene.world.policy.name)


def rule(scene: Any, document: Document) -> Document:
    return one_of(policy(scene, document)["rules"], name=scene.world.rule.name)


Find = Callable[[Any, Document], Document]


def setting(find: Find, **values: Any) -> Line:
    return line(lambda scene, document: find(scene, document).update(values))


def without(rows: Callable[[Any, Document], list[Document]], find: Find) -> Line:
    """One object less."""
    return line(lambda scene, document: rows(scene, document).remove(find(scene, document)))


def adding(rows: Callable[[Any, Document], list[Document]], **row: Any) -> Line:
    return line(lambda scene, document: rows(scene, document).append(row))


CAMEL: Final = {
    "rotation_type": ("refreshToken", "rotationType"),
    "leeway": ("refreshToken", "leeway"),
    "is_default": ("default",),
    "is_optional": ("optional",),
    "refresh_window_minutes": ("refreshTokenWindowMinutes",),
    "access_token_minutes": ("accessTokenLifetimeMinutes",),
    "refresh_token_minutes": ("refreshTokenLifetimeMinutes",),
    "jwks_uri": ("jwksUri",),
}


def member(name: str) -> tuple[str, ...]:
    """The path of a row's field in the file."""
    first, *rest = name.split("_")
    return CAMEL.get(name, (first + "".join(map(str.capitalize, rest)),))


def field(find: Find, name: str, value: Any) -> Line:
    def edit(scene: Any, document: Document) -> None:
        row = find(scene, document)
        *outer, last = member(name)
        for part in outer:
            row = row.setdefault(part, {})
        row[last] = value

    return line(edit)


def fields(what: str, find: Find, table: Any, *, besides: tuple[str, ...] = ()) -> dict[str, Line]:
    return {
        f"{what}'s {name} changed": field(find, name, value)
        for name, (value, _) in table.items()
        if name not in besides
    }
