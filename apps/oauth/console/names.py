"""Names in place of ids: the core's sentences know ids, people know names."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from apps.clients.models import Client
from apps.directory.models import Group, User
from apps.systemlog.admin.parts import moment
from authzsite.domain.fragments import CLIENT, GROUP, INSTANT, USER, Fragment

GONE = " (gone)"


def names_of(fragments: Iterable[Fragment]) -> dict[str, str]:
    """Id → name of every group, user and client that is mentioned, in three statements."""
    wanted: dict[str, set[str]] = {GROUP: set(), USER: set(), CLIENT: set()}
    for part in fragments:
        if part.kind in wanted and part.ref:
            wanted[part.kind].add(part.ref)
    return {
        **dict(_pairs(Group, "name", wanted[GROUP])),
        **dict(_pairs(User, "login", wanted[USER])),
        **dict(_pairs(Client, "name", wanted[CLIENT])),
    }


def _pairs(model: Any, field: str, ids: set[str]) -> Iterable[tuple[str, str]]:
    return model.objects.filter(pk__in=ids).values_list("pk", field) if ids else ()


def named(fragments: Iterable[Fragment], names: Mapping[str, str]) -> list[Fragment]:
    """The fragments with names where they are known; templates make links of them."""
    return [_named(part, names) for part in fragments]


def _named(part: Fragment, names: Mapping[str, str]) -> Fragment:
    if part.kind == INSTANT:
        return Fragment("text", _when(part.text))
    if part.kind not in (GROUP, USER, CLIENT):
        return part
    if part.ref in names:
        return part._replace(text=names[part.ref])
    return Fragment("text", part.text + ("" if part.text == "EVERYONE" else GONE))


def _when(text: str) -> str:
    """An instant of a rule as people read it."""
    try:
        return f"{moment(datetime.fromisoformat(text))} UTC"
    except ValueError:
        return text
