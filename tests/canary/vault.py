"""Every secret that a test run makes or sends, and the search for them where none may be (P10).

A secret is known by a needle: the first characters of its random part, so that a truncated one is
found, too. Needles of random texts have one length, and those of octets begin where no text would,
which makes the search linear in the text, whatever the number of secrets: a run has ten thousands.
Passwords and the like are few, and searched one by one.
"""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from authzsite.domain.tokens import PREFIXES, Kind

NEEDLE = 16  # base64url characters, 96 bits: no two texts share them by chance
RUN = re.compile(rf"[A-Za-z0-9_-]{{{NEEDLE},}}")
UNPRINTABLE = re.compile(r"[^\n -~]")
OCTETS = 8  # from the first unprintable one of a binary secret: what it is looked up by
SHORTEST = 12  # a chosen text below this is no secret that anybody would keep
FEWEST = 6  # different characters, or it is a test's filler such as "v" * 43
GRANT_ID = 20  # in front of a refresh token's random part


@dataclass(frozen=True)
class Leak:
    """A secret where it has no business."""

    kind: str
    where: str
    around: str

    def __str__(self) -> str:
        return f"a {self.kind} in {self.where}: …{self.around}…"


@dataclass
class Vault:
    """The needles of all secrets so far, by kind."""

    random: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    octets: dict[str, tuple[str, str]] = field(default_factory=dict)  # beginning: needle and kind

    def __len__(self) -> int:
        return len(self.random) + len(self.chosen) + len(self.octets)

    def keep_token(self, text: str) -> None:
        """A text of `authzsite.domain.tokens`, by its prefix."""
        kind = next((kind for kind, prefix in PREFIXES.items() if text.startswith(prefix)), None)
        if kind is not None:
            start = len(PREFIXES[kind]) + (GRANT_ID if kind is Kind.REFRESH else 0)
            self.keep_random(text[start : start + NEEDLE], kind.value)

    def keep_jwt(self, text: str, kind: str) -> None:
        """A signed token: without its signature it is worth nothing."""
        signature = text.rpartition(".")[2]
        if is_secretive(signature):
            self.random[signature[:NEEDLE]] = kind

    def keep_random(self, text: str, kind: str) -> None:
        """A random text of the base64url alphabet, such as a session's key."""
        if RUN.fullmatch(text) and is_secretive(text):
            self.random[text[:NEEDLE]] = kind

    def keep_chosen(self, text: str, kind: str) -> None:
        """A text that somebody chose, in all the ways in which it may be written."""
        if is_secretive(text):
            forms = {text, quote(text), quote_plus(text), json.dumps(text)[1:-1]}
            self.chosen |= dict.fromkeys(forms, kind)

    def keep_octets(self, octets: bytes, kind: str) -> None:
        """Binary secrets: as they are, and in hexadecimal."""
        end = octets[-24:]
        self.random[end.hex()[:NEEDLE]] = kind
        needle = end.decode("latin-1")
        first = UNPRINTABLE.search(needle)
        if first and len(needle) - first.start() >= OCTETS:
            self.octets[beginning(needle, first)] = needle, kind
        else:
            self.chosen[needle] = kind

    def keep_basic(self, header: str) -> None:
        """The secret of an Authorization header, and the header."""
        scheme, _, value = header.partition(" ")
        if scheme.lower() != "basic" or not is_secretive(value):
            return
        secret = base64.b64decode(value + "==").decode("latin-1").partition(":")[2]
        if secret.startswith(PREFIXES[Kind.SECRET]):  # kept when it was made
            self._keep_end(value, "basic header")
        else:
            self.chosen[value] = "basic header"
            self.keep_chosen(secret, Kind.SECRET.value)

    def _keep_end(self, value: str, kind: str) -> None:
        """By a needle of its last characters, which are the secret's."""
        runs = [run[0] for run in RUN.finditer(value)]
        if runs:
            self.random[runs[-1][-NEEDLE:]] = kind
        else:
            self.chosen[value] = kind

    def forget(self, text: str) -> None:
        """A text that was only made to be found."""
        for place in range(len(text) - NEEDLE + 1):
            self.random.pop(text[place : place + NEEDLE], None)

    def search(self, where: str, text: str, allowed: Iterable[str] = ()) -> list[Leak]:
        """Every secret in the text that isn't of an allowed kind."""
        ignored = frozenset(allowed)
        found = self._random_in(text) + self._octets_in(text)
        found += [(kind, needle) for needle, kind in self.chosen.items() if needle in text]
        return [
            Leak(kind, where, text[max(0, place - 60) : place + 40])
            for kind, needle in found
            if kind not in ignored and (place := text.index(needle)) >= 0
        ]

    def _random_in(self, text: str) -> list[tuple[str, str]]:
        """Kinds and needles of the random texts in it; what is there often is looked at once."""
        return [
            (self.random[needle], needle)
            for run in set(RUN.findall(text))
            for place in range(len(run) - NEEDLE + 1)
            if (needle := run[place : place + NEEDLE]) in self.random
        ]

    def _octets_in(self, text: str) -> list[tuple[str, str]]:
        """Kinds and needles of the binary secrets in it."""
        begun = {beginning(text, first) for first in UNPRINTABLE.finditer(text)}
        known = [self.octets[start] for start in begun & self.octets.keys()]
        return [(kind, needle) for needle, kind in known if needle in text]


def beginning(text: str, first: re.Match[str]) -> str:
    """What a binary secret is looked up by, from its first unprintable character."""
    return text[first.start() : first.start() + OCTETS]


def is_secretive(text: str) -> bool:
    """Whether a text could be a secret: neither short nor a filler."""
    return len(text) >= SHORTEST and len(set(text)) >= FEWEST
