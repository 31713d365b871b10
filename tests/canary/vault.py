"""Every secret that a test run makes or sends, and the search for them where none may be (P10).

A secret is known by a needle: the first characters of its random part, so that a truncated one is
found, too. Needles of random texts have one length, which makes the search linear in the text,
whatever the number of secrets; passwords and the like are searched one by one.
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

    def __len__(self) -> int:
        return len(self.random) + len(self.chosen)

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
        self.chosen |= {end.decode("latin-1"): kind, end.hex(): kind}

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
        found = [
            (kind, run.start() + place)
            for run in RUN.finditer(text)
            for place in range(len(run[0]) - NEEDLE + 1)
            if (kind := self.random.get(run[0][place : place + NEEDLE]))
        ]
        found += [
            (kind, text.index(needle)) for needle, kind in self.chosen.items() if needle in text
        ]
        return [
            Leak(kind, where, text[max(0, place - 60) : place + 40])
            for kind, place in found
            if kind not in ignored
        ]


def is_secretive(text: str) -> bool:
    """Whether a text could be a secret: neither short nor a filler."""
    return len(text) >= SHORTEST and len(set(text)) >= FEWEST
