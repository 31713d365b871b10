"""Client secrets as texts and digests: ours are random and hashed fast, chosen ones slowly (R5)."""

from dataclasses import dataclass, field
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BasePasswordHasher,
    PBKDF2PasswordHasher,
    PBKDF2SHA1PasswordHasher,
    ScryptPasswordHasher,
)

from apps.clients.models import ClientSecret
from authzsite.domain import limits
from authzsite.domain.tokens import Kind, digest, mint
from authzsite.domain.validation import Invalid

# OWASP's first choice: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Slow checks may not take all processors from those that come with good, fast secrets.
_SLOW = BoundedSemaphore(2)
LAST_FOUR = 4
MAX_DIGEST_LENGTH = 255  # as wide as the column
# What other Django projects hash with; ours have no name before the first "$".
_IMPORTED: dict[str, BasePasswordHasher] = {
    str(hasher.algorithm): hasher
    for hasher in (
        PBKDF2PasswordHasher(),
        PBKDF2SHA1PasswordHasher(),
        Argon2PasswordHasher(),
        ScryptPasswordHasher(),
    )
}


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


def imported_secret(encoded: str) -> SecretText | None:
    """A secret that Django's hashers have hashed elsewhere, kept as it is; None for a hash that
    nobody here can check. Its text and its last characters are not known."""
    if _hasher_of(encoded) is None or len(encoded) > MAX_DIGEST_LENGTH:
        return None
    return SecretText("", encoded, ClientSecret.Kind.ARGON2ID)


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
    """Does the text match an argon2id digest, or one of Django's hashers? At most two run at once
    in a process."""
    with _SLOW:
        try:
            if (hasher := _hasher_of(stored)) is not None:
                return hasher.verify(presented, stored)
            return _HASHER.verify(stored, presented)
        except (Argon2Error, InvalidHashError, ValueError):
            return False


def _hasher_of(encoded: str) -> BasePasswordHasher | None:
    return _IMPORTED.get(encoded.partition("$")[0])
