"""Client secrets as texts and digests: ours are random and hashed fast, chosen ones slowly (R5)."""

from dataclasses import dataclass, field
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from apps.clients.models import ClientSecret
from authzsite.domain import limits
from authzsite.domain.tokens import Kind, digest, mint
from authzsite.domain.validation import Invalid

# OWASP's first choice: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Slow checks may not take all processors from those that come with good, fast secrets.
_SLOW = BoundedSemaphore(2)
LAST_FOUR = 4


@dataclass(frozen=True, slots=True)
class SecretText:
    """A new secret: what its owner sees once, and what the database keeps."""

    text: str = field(repr=False)
    digest: str = field(repr=False)
    kind: str

    @property
    def last_four(self) -> str:
        return self.text[-LAST_FOUR:]


def new_secret() -> SecretText:
    """A generated secret: 256 random bits, so that a fast digest is enough."""
    text = mint(Kind.SECRET)
    return SecretText(text, digest(Kind.SECRET, text), ClientSecret.Kind.SHA256)


def chosen_secret(text: str) -> SecretText:
    """An imported or chosen secret: its entropy is unknown, so it is hashed with argon2id."""
    return SecretText(text, _HASHER.hash(text), ClientSecret.Kind.ARGON2ID)


def secret_problems(text: str) -> list[Invalid]:
    """Why a chosen secret is refused."""
    smallest, largest = limits.SECRET_LENGTH
    if not smallest <= len(text) <= largest:
        message = f"must have {smallest} to {largest} characters"
        return [Invalid("client_secret", message, limits.SECRET_LENGTH)]
    if not (text.isascii() and text.isprintable()) or " " in text:
        return [Invalid("client_secret", "must be printable ASCII without spaces")]
    return []


def verify_slow(stored: str, presented: str) -> bool:
    """Does the text match an argon2id digest? At most two run at once in a process."""
    with _SLOW:
        try:
            return _HASHER.verify(stored, presented)
        except (Argon2Error, InvalidHashError):
            return False
