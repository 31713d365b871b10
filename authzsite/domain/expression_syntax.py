"""Okta's expression language as text, read into CEL (the kept evaluator's language).

What differs is rewritten: attribute paths become variables whose missing values are null,
`{1, 2}` is a list, `?:` and `AND` exist, `+` joins text, functions have dotted names. String
literals are tokens: nothing in them is ever code. Everything emitted is a name from a closed
table or a literal, so no CEL macro, method or type can be reached from an expression.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from authzsite.domain import limits
from authzsite.domain.expression_tokens import ExpressionError, Token, unescaped

ROOTS: Final = frozenset({"user", "appuser", "app", "org"})
# What `user.getInternalProperty("id")` may name; the caller puts them beside the profile.
INTERNAL_PROPERTIES: Final = frozenset(
    {"id", "status", "created", "activated", "statusChanged", "lastLogin", "lastUpdated"}
    | {"passwordChanged"}
)

_CONSTANTS: Final = ("true", "false", "null")

# Binding strength, and what to emit; {} are the operands.
_BINARY: Final = {
    "||": (1, "({} || {})"),
    "&&": (2, "({} && {})"),
    "==": (3, "({} == {})"),
    "!=": (3, "({} != {})"),
    "<": (4, 'compare_("<", {}, {})'),
    "<=": (4, 'compare_("<=", {}, {})'),
    ">": (4, 'compare_(">", {}, {})'),
    ">=": (4, 'compare_(">=", {}, {})'),
    "+": (5, "plus_({}, {})"),
    "-": (5, "({} - {})"),
    "*": (6, "({} * {})"),
    "/": (6, "({} / {})"),
    "%": (6, "({} % {})"),
}
_CHAINED: Final = {"||": " || ", "&&": " && ", "+": ", "}  # n-ary, so long sums stay shallow
_ARITHMETIC: Final = 5


@dataclass(frozen=True, slots=True)
class Arity:
    """How many arguments a function takes; `most` None is any number."""

    least: int
    most: int | None

    def allows(self, count: int) -> bool:
        return self.least <= count and (self.most is None or count <= self.most)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of CEL, and whether it can only be true or false."""

    cel: str
    is_bool: bool = False

    @property
    def condition(self) -> str:
        return self.cel if self.is_bool else f"truth_({self.cel})"


@dataclass(slots=True)
class Reader:
    """One pass over the tokens by binding strength (Pratt's method)."""

    tokens: list[Token]
    functions: Mapping[str, Arity]
    paths: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Attribute paths and the CEL variables that stand for them."""
    called: dict[str, str] = field(default_factory=dict)
    """CEL function names and the functions they stand for."""
    at: int = 0
    depth: int = 0

    def read(self) -> str:
        """The whole text as CEL."""
        piece = self._ternary()
        if self._token.kind != "end":
            raise self._unexpected()
        return piece.cel

    @property
    def _token(self) -> Token:
        return self.tokens[self.at]

    def _next(self) -> Token:
        token = self._token
        self.at += token.kind != "end"
        return token

    def _accept(self, sign: str) -> bool:
        is_next = self._token.kind == "sign" and self._token.text == sign
        self.at += is_next
        return is_next

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise self._unexpected(f"expected '{sign}', found")

    def _unexpected(self, what: str = "unexpected") -> ExpressionError:
        shown = "the end" if self._token.kind == "end" else repr(self._token.text[:40])
        return ExpressionError(f"{what} {shown}", self._token.position)

    def _ternary(self) -> Piece:
        self.depth += 1
        if self.depth > limits.MAX_EXPRESSION_NESTING:
            raise ExpressionError("nested too deeply", self._token.position)
        piece = self._choice(self._binary(1))
        self.depth -= 1
        return piece

    def _choice(self, left: Piece) -> Piece:
        if self._accept("?:"):
            return Piece(f"elvis_({left.cel}, {self._ternary().cel})")
        if not self._accept("?"):
            return left
        yes = self._ternary()
        self._expect(":")
        no = self._ternary()
        return Piece(f"({left.condition} ? {yes.cel} : {no.cel})", yes.is_bool and no.is_bool)

    def _binary(self, weakest: int) -> Piece:
        left = self._unary()
        while self._strength() >= weakest:
            sign = self._next().text
            operands = [left, self._binary(_BINARY[sign][0] + 1)]
            while sign in _CHAINED and self._accept(sign):
                operands.append(self._binary(_BINARY[sign][0] + 1))
            left = _joined(sign, operands)
        return left

    def _strength(self) -> int:
        found = _BINARY.get(self._token.text) if self._token.kind == "sign" else None
        return found[0] if found else 0

    def _unary(self) -> Piece:
        signs = []
        while self._token.kind == "sign" and self._token.text in {"!", "-"}:
            signs.append(self._next().text)
        piece = self._primary()
        for sign in reversed(signs):
            piece = Piece(f"(!{piece.condition})", True) if sign == "!" else _negated(piece)
        return piece

    def _primary(self) -> Piece:
        token = self._next()
        if token.kind == "string":
            return Piece(json.dumps(unescaped(token.text[1:-1]), ensure_ascii=False))
        if token.kind == "number":
            return _number(token)
        if token.kind == "name":
            return self._name(token)
        if token.kind == "sign" and token.text == "(":
            piece = self._ternary()
            self._expect(")")
            return piece
        if token.kind == "sign" and token.text in {"{", "["}:
            return self._list("}" if token.text == "{" else "]")
        self.at -= token.kind != "end"
        raise self._unexpected()

    def _list(self, end: str) -> Piece:
        if self._token.text in {"{", "["} and self._token.kind == "sign":
            raise ExpressionError("a list inside a list", self._token.position)
        return Piece(f"[{', '.join(self._arguments(end))}]")

    def _arguments(self, end: str) -> list[str]:
        arguments: list[str] = []
        while not self._accept(end):
            if arguments:
                self._expect(",")
            arguments.append(self._ternary().cel)
        return arguments

    def _name(self, token: Token) -> Piece:
        if token.text.lower() in _CONSTANTS:
            return Piece(token.text.lower(), token.text.lower() != "null")
        if self._accept("("):
            return self._call(token)
        path = tuple(token.text.split("."))
        if path[0] not in ROOTS:
            raise ExpressionError(f"unknown name {token.text[:40]!r}", token.position)
        return self._path(path)

    def _path(self, path: tuple[str, ...]) -> Piece:
        return Piece(self.paths.setdefault(path, f"v{len(self.paths)}"))

    def _call(self, token: Token) -> Piece:
        if token.text == "user.getInternalProperty":
            return self._internal_property()
        arity = self.functions.get(token.text)
        if arity is None:
            raise ExpressionError(_unknown(token.text, self.functions), token.position)
        arguments = self._arguments(")")
        if not arity.allows(len(arguments)):
            raise ExpressionError(f"wrong number of arguments for {token.text}", token.position)
        name = token.text.replace(".", "_")
        self.called[name] = token.text
        return Piece(f"{name}({', '.join(arguments)})")

    def _internal_property(self) -> Piece:
        token = self._next()
        name = unescaped(token.text[1:-1]) if token.kind == "string" else ""
        if name not in INTERNAL_PROPERTIES:
            raise ExpressionError("unknown internal property", token.position)
        self._expect(")")
        return self._path(("user", name))


def _joined(sign: str, operands: list[Piece]) -> Piece:
    strength, form = _BINARY[sign]
    texts = [p.condition if sign in {"&&", "||"} else p.cel for p in operands]
    if len(texts) > 2:
        texts = [texts[0], _CHAINED[sign].join(texts[1:])]
    return Piece(form.format(*texts), strength < _ARITHMETIC)


def _number(token: Token) -> Piece:
    if len(token.text) > 18:  # what fits in 64 bits whatever the digits
        raise ExpressionError("number too long", token.position)
    return Piece(token.text.lstrip("0").rjust(1, "0") if token.text.isdigit() else token.text)


def _negated(piece: Piece) -> Piece:
    return Piece(f"(-{piece.cel})")


def _unknown(name: str, functions: Mapping[str, Arity]) -> str:
    close = get_close_matches(name, functions, n=1)
    return f"unknown function {name[:60]!r}" + (f" (did you mean {close[0]}?)" if close else "")
