"""What a token records of the things it stands on, and the encodings of that record.

JSON for the grant's row; a packed form for the `jti` of tokens that have no row. Both decoders are
total: whatever the encoder did not make is None, and None is dead.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

MAX_EPOCH: Final = 2**63 - 1  # a signed bigint column
_MAX_ITEMS: Final = 4096  # a vector that names more things than this is no vector of ours
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Vector:
    """Epochs read by the decision; `user` is None for a token without a user.

    `config` holds the epochs of policy, rule, granted custom scopes and token policy; within one
    server no two states of any two of them ever share one. `paths` are the ids of the assignment
    paths in force, never reused. `password` is the epoch of the user's password where the server,
    at the time of the decision, ends tokens with a changed password (R15); None elsewhere.
    """

    installation: int
    server: int
    client: int
    user: int | None = None
    config: tuple[int, ...] = ()
    paths: tuple[str, ...] = ()
    password: int | None = None


def rebase(vector: Vector, live_epochs: Iterable[int | None]) -> Vector:
    """R17: at the exchange of a code the configuration part becomes the epochs as they are now.

    `live_epochs`: of the policy, the rule and the scopes of the decision; None or absent when gone,
    and then nothing of theirs is recorded. `rebase(vector, ())` is what the gate of the exchange
    itself judges: user, client, server and assignment, not the policy (R11).
    """
    return replace(vector, config=tuple(sorted({e for e in live_epochs if e is not None})))


def to_json(vector: Vector) -> dict[str, Any]:
    """The vector for the grant's row."""
    return {
        "i": vector.installation,
        "s": vector.server,
        "c": vector.client,
        "u": vector.user,
        "g": list(vector.config),
        "p": list(vector.paths),
        "w": vector.password,
    }


def from_json(value: object) -> Vector | None:
    """The vector of a row; None for anything that `to_json` did not make."""
    if not isinstance(value, dict) or value.keys() != {"i", "s", "c", "u", "g", "p", "w"}:
        return None
    config, paths = value["g"], value["p"]
    if not isinstance(config, list) or not isinstance(paths, list):
        return None
    optional = [value[name] for name in "uw" if value[name] is not None]
    epochs = [value["i"], value["s"], value["c"], *config, *optional]
    if not all(map(_is_epoch, epochs)) or not all(isinstance(path, str) for path in paths):
        return None
    return Vector(
        value["i"], value["s"], value["c"], value["u"], tuple(config), tuple(paths), value["w"]
    )


def _is_epoch(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_EPOCH


def pack(vector: Vector) -> bytes:
    """The vector in few bytes, for a `jti`: a format number, then varints; strings with length.

    Epochs are never negative; a negative one is a programmer's error and raises ValueError.
    """
    numbers = [vector.installation, vector.server, vector.client]
    numbers += [*_optional(vector.user), *_optional(vector.password)]
    numbers += [len(vector.config), *vector.config, len(vector.paths)]
    return bytes([_FORMAT]) + b"".join(map(_varint, numbers)) + b"".join(map(_text, vector.paths))


def _optional(number: int | None) -> tuple[int, ...]:
    """A count of 0 or 1, then the number."""
    return (0,) if number is None else (1, number)


def unpack(raw: bytes) -> Vector | None:
    """The packed vector; None for anything that `pack` did not make."""
    if raw[:1] != bytes([_FORMAT]):
        return None
    try:
        vector = _Reader(raw, 1).vector()
    except (ValueError, IndexError):
        return None
    return vector if pack(vector) == raw else None  # one spelling per vector, nothing trailing


def _varint(number: int) -> bytes:
    """LEB128: seven bits a byte, lowest first, the high bit says that more follow."""
    if not 0 <= number <= MAX_EPOCH:
        raise ValueError("epoch out of range")
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _text(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return _varint(len(raw)) + raw


class _Reader:
    """Reads what `pack` writes; raises ValueError or IndexError on anything else."""

    def __init__(self, raw: bytes, offset: int) -> None:
        self.raw, self.offset = raw, offset

    def vector(self) -> Vector:
        installation, server, client = self.number(), self.number(), self.number()
        user = self.number() if self.count(1) else None
        password = self.number() if self.count(1) else None
        config = tuple(self.number() for _ in range(self.count(_MAX_ITEMS)))
        paths = tuple(self.text() for _ in range(self.count(_MAX_ITEMS)))
        return Vector(installation, server, client, user, config, paths, password)

    def number(self) -> int:
        number = 0
        for shift in range(0, 63, 7):
            byte = self.raw[self.offset]
            self.offset += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
        raise ValueError("number too long")

    def count(self, largest: int) -> int:
        number = self.number()
        if number > largest:
            raise ValueError("too many items")
        return number

    def text(self) -> str:
        length = self.number()
        start = self.offset
        self.offset += length
        return self.raw[start : self.offset].decode("utf-8", "surrogatepass")
