"""Object ids in the house form: a three-character type prefix and 17 random base-62 characters.

Random, so never reused: a new object can't inherit what stood on an old one.
"""

import secrets
import string

ALPHABET = string.digits + string.ascii_letters
RANDOM_LENGTH = 17
REFERENCE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PAIRS = tuple(a + b for a in REFERENCE_ALPHABET for b in REFERENCE_ALPHABET)  # of ten bits


def new_id(prefix: str) -> str:
    """Return a fresh 20-character id such as `0oa…` (about 101 random bits)."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))


def new_reference() -> str:
    """Return a request's reference (R25): 16 easily read characters, `7K2F-9QXM-…` (80 bits)."""
    bits = secrets.randbits(80)
    a, b, c, d, e, f, g, h = [PAIRS[bits >> shift & 0x3FF] for shift in range(0, 80, 10)]
    return f"{a}{b}-{c}{d}-{e}{f}-{g}{h}"


class IdDefault:
    """A model-field default that mints ids of one prefix; a class so that migrations can name
    it."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def __call__(self) -> str:
        return new_id(self.prefix)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdDefault) and other.prefix == self.prefix

    def __hash__(self) -> int:
        return hash(self.prefix)

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        return ("apps.systemlog.ids.IdDefault", [self.prefix], {})
