"""From nodes to items: unknown keys, wrong kinds and repeated names, all of them at once."""

from collections.abc import Sequence
from difflib import get_close_matches
from hashlib import sha256

from apps.management.configuration import values as v
from apps.management.configuration.items import Document, Item
from apps.management.configuration.problems import Problem
from apps.management.configuration.schema import ABSENT, API_VERSION, CLIENTS, KINDS, TESTS, Kind
from apps.management.configuration.source import Node
from authzsite.domain import limits


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
        """A list of objects; of a single kind, the one mapping."""
        if node.value is None:
            return ()
        if kind.is_single:
            one = self.item(kind, node, path, 0)
            return (one,) if one else ()
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
        by_place = path if kind.is_single else f"{path}[{place}]"
        if not isinstance(node.value, dict):
            self.complain(node, by_place, "must be a mapping")
            return None
        key = self._key(kind, node, by_place)
        if key is None:
            return None
        is_named = all(part in node.value for part in kind.key[:1])
        named = f"{path}[{' '.join(key)}]" if is_named or kind is not TESTS else by_place
        item = Item(kind, key, line=node.line, path=by_place if kind.is_single else named)
        self._members(item, node, "")
        if not is_named and kind is TESTS:
            item.values["name"] = key[0]
        for child in kind.children if self.is_complete else ():
            item.sections.setdefault(child.section, ())
        if self.is_complete:
            item.values = {**kind.defaults(item.values), **item.values}
            for name in item.broken:
                item.values.pop(name, None)
        return item

    def _key(self, kind: Kind, node: Node, path: str) -> tuple[str, ...] | None:
        parts = kind.key
        if kind is TESTS and "name" not in node.value:
            return (_unnamed_test(node),)
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


def _unnamed_test(node: Node) -> str:
    """What a policy test asks, as its name."""
    given = {name: part.plain() for name, part in node.value.items()}
    scopes = given.get("scopes") or ["no scope"]
    asked = " ".join(map(str, scopes)) if isinstance(scopes, list) else str(scopes)
    who = f"{given['user']} at {given.get('client')}" if given.get("user") else given.get("client")
    text = f"{who} asks for {asked} by {given.get('grantType')}"
    if len(text) <= limits.POLICY_NAME_LENGTH[1]:
        return text
    mark = sha256(text.encode()).hexdigest()[:8]  # others may begin alike
    return f"{text[: limits.POLICY_NAME_LENGTH[1] - len(mark) - 2]}… {mark}"


def _known(kind: Kind, prefix: str) -> tuple[str, ...]:
    """The keys that may stand here."""
    names = [m.name[len(prefix) :] for m in kind.members if m.name.startswith(prefix)]
    inside = [] if prefix else [child.section for child in kind.children]
    return tuple(dict.fromkeys([*(name.partition(".")[0] for name in names), *inside]))
