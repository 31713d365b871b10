"""The frozen document, read once, and what the console's page tells of it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from apps.management.description.hooks import operations

FROZEN: Final = Path(__file__).resolve().parents[1] / "openapi.yaml"
DEPTH: Final = 5
BRANCHES: Final = ("anyOf", "oneOf", "allOf")
READ_ONLY: Final = "read-only"
LABELS: Final = re.compile(r"^\* `[^\n]*$", re.M)  # of choices, whose values are told by the type
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast
JSON: Final = "application/json"
Schema = dict[str, Any]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a body or one parameter; `name` is dotted where it is nested."""

    name: str
    kind: str
    text: str
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come back."""

    status: str
    text: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call."""

    id: str
    method: str
    path: str
    summary: str
    scope: str
    parameters: tuple[Member, ...]
    body: tuple[Member, ...]
    answers: tuple[Answer, ...]
    refusals: tuple[Answer, ...]


@lru_cache(maxsize=1)
def groups() -> dict[str, list[Operation]]:
    """The operations by their tag, in the order of the document."""
    document: Document = yaml.load(FROZEN.read_text(), Loader=LOADER)  # noqa: S506 - a safe one
    found: dict[str, list[Operation]] = defaultdict(list)
    for path, method, one in operations(document):
        found[one["tags"][0]].append(_operation(document, path, method, one))
    return dict(sorted(found.items()))


def _operation(document: Document, path: str, method: str, one: Schema) -> Operation:
    answers = [_answer(document, *told) for told in sorted(one["responses"].items())]
    body = one.get("requestBody", {}).get("content", {})
    scopes = [s for way in one.get("security", []) for names in way.values() for s in names]
    return Operation(
        id=one["operationId"],
        method=method.upper(),
        path=path,
        summary=one["summary"],
        scope=scopes[0] if scopes else "",
        parameters=tuple(_parameter(given) for given in one.get("parameters", ())),
        body=tuple(
            member
            for media in body.values()
            for member in members(document, media["schema"])
            if READ_ONLY not in member.kind
        ),
        answers=tuple(a for a in answers if a.status < "400"),
        refusals=tuple(a for a in answers if a.status >= "400"),
    )


def _parameter(given: Schema) -> Member:
    text = given.get("description", "")
    where = f"{given['in']}: {kind_of(given['schema'])}"
    return Member(given["name"], where, text, given.get("required", False))


def _answer(document: Document, status: str, told: Schema) -> Answer:
    told = _resolved(document, told)
    schema = told.get("content", {}).get(JSON, {}).get("schema", {})
    found = tuple(members(document, schema)) if status < "400" else ()
    return Answer(status, told.get("description", ""), found)


def members(document: Document, schema: Schema, name: str = "", depth: int = 0) -> Iterator[Member]:
    """The members of a schema, flat."""
    schema = _resolved(document, schema)
    for branch in _branches(schema):
        yield from members(document, branch, name, depth)
    if "items" in schema:
        yield from members(document, schema["items"], f"{name}[]", depth)
    required = schema.get("required", ())
    for key, inner in schema.get("properties", {}).items() if depth < DEPTH else ():
        at = f"{name}.{key}" if name else key
        shown = _resolved(document, inner)
        told = inner.get("description") or shown.get("description", "")
        yield Member(at, kind_of(shown), LABELS.sub("", told).strip(), key in required)
        yield from members(document, inner, at, depth + 1)


def kind_of(schema: Schema) -> str:
    """The type in words, with what it may be."""
    kind = schema.get("type", "object" if {"properties", *BRANCHES} & schema.keys() else "any")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if schema.get("readOnly"):
        words = f"{words}, {READ_ONLY}"
    limits = [
        f"{name} {schema[name]}" for name in LIMITS if schema.get(name) not in (None, "", [], {})
    ]
    if "enum" in schema:
        limits.append("one of " + ", ".join(str(one) for one in schema["enum"] if one is not None))
    return "; ".join([words, *limits])


LIMITS: Final = (
    *("format", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "default"),
)


def _branches(schema: Schema) -> list[Schema]:
    return [one for name in BRANCHES for one in schema.get(name, ())]


def _resolved(document: Document, schema: Schema) -> Schema:
    while "$ref" in schema:
        place: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        schema = place
    return schema
