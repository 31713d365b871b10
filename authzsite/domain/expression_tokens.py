"""The tokens of Okta's expression language, and the error that every step of it speaks.

A string literal is one token whatever it contains, so nothing in it is ever code (row 280).
"""

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"[ \t\n\r\f\v]*(?:(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<sign>\?:|&&|\|\||[=!<>]=|[-+*/%<>!?:(){}\[\],])|(?P<end>\Z)|(?P<stray>.))",
    re.DOTALL | re.ASCII,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|([\\\"'nrt]))")
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final = {"and": "&&", "or": "||", "not": "!"}


class ExpressionError(Exception):
    """An expression that can't be read or evaluated; the text says what, and where.

    `position` is the character, counted from 1, of a syntax error; None for evaluation.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} at character {position}")
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    position: int


def tokenize(text: str) -> list[Token]:
    """The tokens, the last one of kind `end`. Raises `ExpressionError` at a stray character."""
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text):
        tokens.append(_token(found, found.lastgroup or "stray"))
        if tokens[-1].kind == "end":
            break
    return tokens


def _token(found: re.Match[str], kind: str) -> Token:
    text, position = found[kind], found.start(kind) + 1
    if kind == "stray":
        raise ExpressionError(f"unexpected {text!r}", position)
    word = _WORDS.get(text.lower()) if kind == "name" else None
    return Token("sign", word, position) if word else Token(kind, text, position)


def unescaped(text: str) -> str:
    """Backslash escapes only where they are known, so that regular expressions stay readable."""
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPED.get(m[2], m[2]), text)
