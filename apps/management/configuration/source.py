"""YAML or JSON text as nodes that know their line.

Read as a stream of events, so that depth, size, tags, aliases and repeated keys are judged before
anything is built from them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from apps.management.configuration.problems import ConfigurationError, Problem
from apps.servers.services.rows import is_text

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_DEPTH: Final = 20  # the deepest member of the format is at 9; the rest is for profiles
PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT: Final = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"})


@dataclass(frozen=True, slots=True)
class Node:
    """A value: a scalar, a list of nodes, or a dict of text → node."""

    line: int
    value: Any

    def plain(self) -> Any:
        """The value without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value


@dataclass(slots=True)
class _Open:
    """A list or mapping that is still being read."""

    line: int
    value: list[Node] | dict[str, Node]
    key: str | None = None


def read_source(data: bytes) -> Node:
    """The document's root. Raises ConfigurationError."""
    if len(data) > MAX_BYTES:
        raise ConfigurationError([Problem(1, "", f"is over {MAX_BYTES // 2**20} MB")])
    try:
        return _Builder().build(yaml.parse(data, Loader=PARSER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigurationError(
            [Problem(mark.line + 1 if mark else 1, "", f"can't be read: {error.problem}")]
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        text = str(error).splitlines()[0]
        raise ConfigurationError([Problem(1, "", f"can't be read: {text}")]) from None


class _Builder:
    """From events to nodes, without recursion."""

    def __init__(self) -> None:
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.scalars = yaml.SafeLoader("")

    def build(self, events: Iterator[Any]) -> Node:
        """The one document's root; every complaint about the text at once."""
        for event in events:
            self._take(event, event.start_mark.line + 1)
        if self.root is None:
            self.root = Node(1, None)
        if self.problems:
            raise ConfigurationError(self.problems)
        return self.root

    def _take(self, event: Any, line: int) -> None:
        if getattr(event, "tag", None) is not None:
            self._complain(line, f"has the tag {event.tag}; tags aren't supported")
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                raise ConfigurationError([Problem(line, "", "holds a second document")])
            case yaml.AliasEvent():
                self._complain(line, f"has the alias *{event.anchor}; write the value out")
                self._add(Node(line, None), line)
            case yaml.ScalarEvent():
                self._add(Node(line, self._scalar(event)), line)
            case yaml.MappingStartEvent():
                self._open(line, {})
            case yaml.SequenceStartEvent():
                self._open(line, [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                done = self.stack.pop()
                self._add(Node(done.line, done.value), done.line)

    def _open(self, line: int, value: list[Node] | dict[str, Node]) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise ConfigurationError([Problem(line, "", f"is nested deeper than {MAX_DEPTH}")])
        self.stack.append(_Open(line, value))

    def _add(self, node: Node, line: int) -> None:
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if isinstance(parent.value, list):
            parent.value.append(node)
        elif parent.key is None:
            parent.key = self._key(node, parent.value, line)
        else:
            parent.value[parent.key] = node
            parent.key = None

    def _key(self, node: Node, siblings: dict[str, Node], line: int) -> str:
        if not isinstance(node.value, str):
            self._complain(line, "has a key that isn't text; put it into quotes")
        elif node.value in siblings:
            self._complain(line, f"has the key {node.value!r} twice")
        else:
            return node.value
        return f"\0{len(siblings)}"  # a place for its value; the complaint stops the rest

    def _scalar(self, event: Any) -> Any:
        """As YAML's safe types; a moment stays text, its member knows how to read it."""
        if not is_text(event.value):
            self._complain(event.start_mark.line + 1, "holds a character that can't be stored")
            return ""
        if not event.implicit[0]:
            return event.value
        tag = self.scalars.resolve(yaml.ScalarNode, event.value, (True, False))
        construct = self.scalars.yaml_constructors.get(tag)
        if tag in _TEXT or construct is None:
            return event.value
        try:
            return construct(self.scalars, yaml.ScalarNode(tag, event.value))
        except (ValueError, yaml.YAMLError):
            return event.value

    def _complain(self, line: int, message: str) -> None:
        self.problems.append(Problem(line, "", message))
