"""Sentences in parts: words, and references that a console turns into links and chips.

The core knows ids, the console knows names; so a sentence is a tuple of fragments, and `plain`
writes it as text with whatever names the caller has.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

TEXT: Final = "text"
GROUP: Final = "group"
USER: Final = "user"
CLIENT: Final = "client"
SCOPE: Final = "scope"
GRANT_TYPE: Final = "grant_type"
INSTANT: Final = "instant"

NO_NAMES: Final[Mapping[str, str]] = {}


class Fragment(NamedTuple):
    """One part of a sentence."""

    kind: str
    """One of the constants above; `text` is literal, everything else names a thing."""
    text: str
    """The words to show; for a thing its machine word (scope, short grant type) or, lacking a name,
    its id.
    """
    ref: str = ""
    """The id of the thing (group, user) or its full wire name (grant type, scope); empty for text.
    """


def words(text: str) -> Fragment:
    """A literal part."""
    return Fragment(TEXT, text)


def listing(kind: str, refs: Iterable[str], conjunction: str) -> tuple[Fragment, ...]:
    """References joined as a person writes them: `a`, `a or b`, `a, b or c`. Sorted, so that equal
    conditions read equally.
    """
    names = sorted(refs)
    parts: list[Fragment] = []
    for index, name in enumerate(names):
        if index:
            parts.append(words(f" {conjunction} " if index == len(names) - 1 else ", "))
        parts.append(Fragment(kind, name, name))
    return tuple(parts)


def plain(fragments: Iterable[Fragment], names: Mapping[str, str] = NO_NAMES) -> str:
    """The sentence as text; a reference shows its name if known, else its own words."""
    return "".join(names.get(part.ref, part.text) if part.ref else part.text for part in fragments)
