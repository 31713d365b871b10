"""From nodes to items: unknown keys, wrong kinds and repeated names, all of them at once."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from apps.management.configuration import values as v
from apps.management.configuration.items import Document, Item, PolicyTest
from apps.management.configuration.problems import Problem
from apps.management.configuration.schema import ABSENT, API_VERSION, CLIENTS, KINDS, SERVERS, Kind
from apps.management.configuration.source import Node

TESTS = "tests"
TEST_MEMBERS = ("client", "user", "grantType", "scopes", "expect")


def read_document(root: Node) -> tuple[Document, list[Problem]]:
    """The document as far as it can be read, and everything that is wrong with it."""
    reader = _Reader()
    return reader.document(root), reader.problems


class _Reader:
    """Collects problems on its way through the nodes."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.is_complete = False

    def complain(self, node: Node, path: str, message: str) -> None:
        """One more mistake."""
        self.problems.append(Problem(node.line, path, message))

    def document(self, root: Node) -> Document:
        """The top level."""
        if not isinstance(root.value, dict):
            self.complain(root, "", "must be a mapping with apiVersion and sections")
            return Document()
        kinds = {kind.section: kind for kind in KINDS}
        known = ("apiVersion", "complete", *kinds)
        self._version(root)
        flag = root.value.get("complete", Node(root.line, False))
        if isinstance(flag.value, bool):
            self.is_complete = flag.value
        else:
            self.complain(flag, "complete", "must be true or false")
        sections = {
            key: self.section(kinds[key], node, key)
            for key, node in root.value.items()
            if key in kinds
        }
        for key in root.value.keys() - set(known):
            self._unknown(root.value[key], key, key, known)
        return Document(sections, self.is_complete)

    def _version(self, root: Node) -> None:
        node = root.value.get("apiVersion")
        if node is None or node.value != API_VERSION:
            self.complain(node or root, "apiVersion", f"must be {API_VERSION}")

    def section(self, kind: Kind, node: Node, path: str) -> tuple[Item, ...]:
        """A list of objects."""
        if node.value is None:
            return ()
        if not isinstance(node.value, list):
            self.complain(node, path, "must be a list")
            return ()
        items: dict[tuple[str, ...], Item] = {}
        for place, one in enumerate(node.value, 1):
            item = self.item(kind, one, path, place)
            if item is None:
                continue
            if item.key in items:
                self.complain(
                    one, item.path, f"is listed twice, first in line {items[item.key].line}"
                )
            items.setdefault(item.key, item)
        return tuple(items.values())

    def item(self, kind: Kind, node: Node, path: str, place: int) -> Item | None:
        """One object; None when it can't be told which."""
        if not isinstance(node.value, dict):
            self.complain(node, f"{path}[{place}]", "must be a mapping")
            return None
        key = self._key(kind, node, f"{path}[{place}]")
        if key is None:
            return None
        item = Item(kind, key, line=node.line, path=f"{path}[{' '.join(key)}]")
        self._members(item, node, "")
        for child in kind.children if self.is_complete else ():
            item.sections.setdefault(child.section, ())
        if self.is_complete:
            item.values = {**kind.defaults(item.values), **item.values}
            for name in item.broken:
                item.values.pop(name, None)
        return item

    def _key(self, kind: Kind, node: Node, path: str) -> tuple[str, ...] | None:
        parts = kind.key
        if kind is CLIENTS and "clientId" not in node.value:
            parts = ("name",)
        found = [node.value[part].value if part in node.value else None for part in parts]
        if all(isinstance(part, str) and part for part in found):
            return tuple(map(str, found))
        wanted = "clientId or name" if kind is CLIENTS else " and ".join(parts)
        self.complain(node, path, f"must have {wanted}, as text")
        return None

    def _members(self, item: Item, node: Node, prefix: str) -> None:
        kinds = {kind.section: kind for kind in item.kind.children} if not prefix else {}
        for key, child in node.value.items():
            name, path = prefix + key, f"{item.path}.{prefix}{key}"
            if item.kind.member(name):
                self._value(item, name, child, path)
            elif any(member.name.startswith(f"{name}.") for member in item.kind.members):
                self._inside(item, name, child, path)
            elif key in kinds:
                item.sections[key] = self.section(kinds[key], child, path)
            elif key == TESTS and item.kind is SERVERS:
                item.tests = self._tests(child, path)
            else:
                self._unknown(child, path, key, _known(item.kind, prefix))

    def _inside(self, item: Item, name: str, node: Node, path: str) -> None:
        if isinstance(node.value, dict):
            self._members(item, node, f"{name}.")
        elif node.value is not None:
            self.complain(node, path, "must be a mapping")
            item.broken |= {m.name for m in item.kind.members if m.name.startswith(f"{name}.")}

    def _value(self, item: Item, name: str, node: Node, path: str) -> None:
        member = item.kind.member(name)
        assert member is not None  # noqa: S101 - the caller has looked
        item.lines[name] = node.line
        if node.value is None:
            if member.default is not ABSENT:
                item.values[name] = member.default
            return
        try:
            item.values[name] = member.read(node)
        except v.Unreadable as error:
            item.broken.add(name)
            self.complain(node, path, str(error))

    def _unknown(self, node: Node, path: str, key: str, known: Sequence[str]) -> None:
        close = get_close_matches(key, known, 1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
        self.complain(node, path, f"is unknown{hint}")

    def _tests(self, node: Node, path: str) -> tuple[PolicyTest, ...]:
        if not isinstance(node.value, list):
            self.complain(node, path, "must be a list")
            return ()
        found = [self._test(one, f"{path}[{place}]") for place, one in enumerate(node.value, 1)]
        return tuple(test for test in found if test is not None)

    def _test(self, node: Node, path: str) -> PolicyTest | None:
        before = len(self.problems)
        if not isinstance(node.value, dict):
            self.complain(node, path, "must be a mapping")
            return None
        for key in node.value.keys() - set(TEST_MEMBERS):
            self._unknown(node.value[key], f"{path}.{key}", key, TEST_MEMBERS)
        given = {name: self._part(node, name, path) for name in TEST_MEMBERS}
        if len(self.problems) > before:
            return None
        names = {"grantType": "grant_type", "expect": "expected_rule"}
        kept = {names.get(name, name): value for name, value in given.items() if value is not None}
        return PolicyTest(line=node.line, path=path, **kept)

    def _part(self, node: Node, name: str, path: str) -> Any:
        part = node.value.get(name)
        if part is None or part.value is None:
            if name in ("client", "grantType", "expect"):
                self.complain(node, f"{path}.{name}", "must be given")
            return None
        try:
            return {"scopes": v.texts, "expect": _expectation}.get(name, v.text)(part)
        except v.Unreadable as error:
            self.complain(part, f"{path}.{name}", str(error))
            return None


def _expectation(node: Node) -> str:
    """`denied`, or {rule: name}."""
    value = node.plain()
    if value == "denied":
        return ""
    if isinstance(value, dict) and set(value) == {"rule"} and isinstance(value["rule"], str):
        return str(value["rule"])
    raise v.Unreadable("must be denied or {rule: name}")


def _known(kind: Kind, prefix: str) -> tuple[str, ...]:
    """The keys that may stand here."""
    names = [m.name[len(prefix) :] for m in kind.members if m.name.startswith(prefix)]
    inside = [] if prefix else [child.section for child in kind.children]
    return tuple(dict.fromkeys([*(name.partition(".")[0] for name in names), *inside]))
