"""SCIM's filter language (RFC 7644 §3.4.2.2): a text becomes a tree once, and the tree a query.

What an attribute is in the database says the list that is filtered: nothing of a text becomes the
name of a column or a piece of a statement (row 276). `eq` compares octet for octet; `co`, `sw` and
`ew` don't tell small letters from capitals. Complex filters in brackets are not known.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    IEndsWith,
    IStartsWith,
    LessThan,
    LessThanOrEqual,
)

MAX_LENGTH: Final = 4096
MAX_DEPTH: Final = 12
MAX_COMPARISONS: Final = 100
LOOKUPS: Final[dict[str, Any]] = {
    "eq": Exact,
    "co": IContains,
    "sw": IStartsWith,
    "ew": IEndsWith,
    "gt": GreaterThan,
    "ge": GreaterThanOrEqual,
    "lt": LessThan,
    "le": LessThanOrEqual,
}
OPERATORS: Final = frozenset({*LOOKUPS, "ne", "pr"})
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<sign>[()])
      | (?P<word>[A-Za-z_][A-Za-z0-9_$:.-]*)
      | (?P<number>-?[0-9]{1,18}(?:\.[0-9]{1,18})?)(?![\w.])
    )""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r'\\(["\\/])')


class BadFilter(ValueError):  # noqa: N818 - a state of the text
    """Why a text is no filter here, in our words."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`attribute operator value`; numbers and booleans as text, null as the empty one."""

    attribute: str
    operator: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Negation:
    """`not (…)`."""

    inner: "Node"


@dataclass(frozen=True, slots=True)
class Combination:
    """`and` of all, or `or`."""

    parts: tuple["Node", ...]
    is_and: bool


Node = Comparison | Negation | Combination
Compare = Callable[[Comparison], Q]


def parse(text: str) -> Node:
    """The tree of a filter. Raises BadFilter."""
    if len(text) > MAX_LENGTH:
        raise BadFilter(f"has more than {MAX_LENGTH} characters")
    reader = _Reader(_tokens(text))
    node = reader.alternatives(0)
    if reader.kind:
        raise BadFilter(f"can't be read at {reader.text[:40]}")
    return node


def query_of(node: Node, compare: Compare) -> Q:
    """The tree as a condition; `compare` knows the attributes, and raises BadFilter."""
    match node:
        case Comparison(attribute, "ne", value):
            return ~compare(Comparison(attribute, "eq", value))
        case Comparison():
            return compare(node)
        case Negation(inner):
            return ~query_of(inner, compare)
    found = query_of(node.parts[0], compare)
    for part in node.parts[1:]:
        other = query_of(part, compare)
        found = found & other if node.is_and else found | other
    return found


def compared(left: Combinable, operator: str, value: Any) -> Q:
    """One comparison of an expression that is never null; "" is what isn't there."""
    if operator == "pr":
        return ~Q(Exact(left, Value("")))
    return Q(LOOKUPS[operator](left, value))


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise BadFilter(f"can't be read at {text[at : at + 20].strip()}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Reader:
    """Recursive descent: `or` binds weaker than `and`, and `not` stands before parentheses."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.at, self.comparisons = tokens, 0, 0

    @property
    def kind(self) -> str:
        """Of the next token; empty at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    @property
    def text(self) -> str:
        return self.tokens[self.at][1] if self.kind else "its end"

    def takes(self, kind: str, *words: str) -> bool:
        """Whether the next token is this, and then it is read."""
        is_it = self.kind == kind and self.text.lower() in words
        self.at += is_it
        return is_it

    def alternatives(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise BadFilter(f"is nested deeper than {MAX_DEPTH} levels")
        parts = [self.conjunction(depth)]
        while self.takes("word", "or"):
            parts.append(self.conjunction(depth))
        return parts[0] if len(parts) == 1 else Combination(tuple(parts), is_and=False)

    def conjunction(self, depth: int) -> Node:
        parts = [self.factor(depth)]
        while self.takes("word", "and"):
            parts.append(self.factor(depth))
        return parts[0] if len(parts) == 1 else Combination(tuple(parts), is_and=True)

    def factor(self, depth: int) -> Node:
        if self.takes("word", "not"):
            return Negation(self.parenthesis(depth))
        if self.kind == "sign":
            return self.parenthesis(depth)
        return self.comparison()

    def parenthesis(self, depth: int) -> Node:
        if not self.takes("sign", "("):
            raise BadFilter(f"needs a parenthesis at {self.text[:40]}")
        node = self.alternatives(depth + 1)
        if not self.takes("sign", ")"):
            raise BadFilter(f"needs a closing parenthesis at {self.text[:40]}")
        return node

    def comparison(self) -> Comparison:
        self.comparisons += 1
        if self.comparisons > MAX_COMPARISONS:
            raise BadFilter(f"has more than {MAX_COMPARISONS} comparisons")
        attribute = self._word("an attribute")
        operator = self._word("an operator").lower()
        if operator not in OPERATORS:
            raise BadFilter(f"does not know the operator {operator[:40]}")
        if operator == "pr":
            return Comparison(attribute, operator)
        return Comparison(attribute, operator, self._value())

    def _word(self, what: str) -> str:
        if self.kind != "word":
            raise BadFilter(f"needs {what} at {self.text[:40]}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def _value(self) -> str:
        kind, text = self.kind, self.text
        is_literal = kind == "word" and text.lower() in {"true", "false", "null"}
        if kind not in {"text", "number"} and not is_literal:
            raise BadFilter(f"needs a value in double quotes at {text[:40]}")
        self.at += 1
        if kind == "text":
            return _ESCAPE.sub(r"\1", text[1:-1])
        return "" if text.lower() == "null" else text.lower()
