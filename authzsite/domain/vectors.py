"""What a token records of the things it stands on, and the encodings of that record.

JSON for the grant's row; a packed form for the `jti` of tokens that have no row. Both decoders are
total: whatever the encoder did not make is None, and None is dead. A vector without cutoffs, which
is the usual one, is written as before there were any: two versions may serve side by side (F34).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from authzsite.domain.cutoffs import Cutoff, read_ids

MAX_EPOCH: Final = 2**63 - 1  # a signed bigint column
_MAX_ITEMS: Final = 4096  # a vector that names more things than this is no vector of ours
_FORMAT: Final = 1
_FORMAT_WITH_CUTOFFS: Final = 2
_KEPT: Final = 4096  # encodings with what they say: all tokens of one decision share one
_KEYS: Final = frozenset("iscugpw")


@dataclass(frozen=True, slots=True)
class Vector:
    """Epochs read by the decision; `user` is None for a token without a user.

    `config` holds the epochs of policy, rule, granted custom scopes and token policy; within one
    server no two states of any two of them ever share one. `paths` are the ids of the assignment
    paths in force, never reused. `password` is the epoch of the user's password where the server,
    at the time of the decision, ends tokens with a changed password (R15); None elsewhere.
    `cutoffs` are the ids of the open explicit revocations that the decision read (R18): those
    don't mean this token.
    """

    installation: int
    server: int
    client: int
    user: int | None = None
    config: tuple[int, ...] = ()
    paths: tuple[str, ...] = ()
    password: int | None = None
    cutoffs: tuple[int, ...] = ()


def rebase(
    vector: Vector, live_epochs: Iterable[int | None], cutoffs: Iterable[Cutoff] = ()
) -> Vector:
    """R17: at the exchange of a code the configuration part becomes the epochs as they are now.

    `live_epochs`: of the policy, the rule and the scopes of the decision; None or absent when gone,
    and then nothing of theirs is recorded. `rebase(vector, ())` is what the gate of the exchange
    itself judges: user, client, server and assignment, not the policy (R11).

    Explicit revocations (R18) follow the same line. One of users, clients, servers or ages that was
    made since the decision ends the code. One that names a policy, rule or scope doesn't, no more
    than their change would: of `cutoffs`, those open now, the tokens of this exchange count as
    having read those that name what they now stand on.
    """
    config = tuple(sorted({epoch for epoch in live_epochs if epoch is not None}))
    named = read_ids((cutoff for cutoff in cutoffs if cutoff.epochs), config)
    return replace(vector, config=config, cutoffs=tuple(sorted({*vector.cutoffs, *named})))


def to_json(vector: Vector) -> dict[str, Any]:
    """The vector for the grant's row."""
    value = {
        "i": vector.installation,
        "s": vector.server,
        "c": vector.client,
        "u": vector.user,
        "g": list(vector.config),
        "p": list(vector.paths),
        "w": vector.password,
    }
    return value | {"k": list(vector.cutoffs)} if vector.cutoffs else value


def from_json(value: object) -> Vector | None:
    """The vector of a row; None for anything that `to_json` did not make."""
    if not isinstance(value, dict) or value.keys() - {"k"} != _KEYS:
        return None
    config, paths, cutoffs = value["g"], value["p"], value.get("k", [])
    if not all(isinstance(items, list) for items in (config, paths, cutoffs)):
        return None
    optional = [value[name] for name in "uw" if value[name] is not None]
    numbers = [value["i"], value["s"], value["c"], *config, *cutoffs, *optional]
    if not all(map(_is_epoch, numbers)) or not all(isinstance(path, str) for path in paths):
        return None
    owners = (value["i"], value["s"], value["c"], value["u"])
    vector = Vector(*owners, tuple(config), tuple(paths), value["w"], tuple(cutoffs))
    return vector if bool(cutoffs) is ("k" in value) else None


def _is_epoch(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_EPOCH


@lru_cache(_KEPT)
def pack(vector: Vector) -> bytes:
    """The vector in few bytes, for a `jti`: a format number, then varints; strings with length.

    Epochs are never negative; a negative one is a programmer's error and raises ValueError.
    """
    numbers = [vector.installation, vector.server, vector.client]
    numbers += [*_optional(vector.user), *_optional(vector.password)]
    numbers += [len(vector.config), *vector.config]
    numbers += [len(vector.cutoffs), *vector.cutoffs] if vector.cutoffs else []
    numbers.append(len(vector.paths))
    head = bytes([_FORMAT_WITH_CUTOFFS if vector.cutoffs else _FORMAT])
    return head + b"".join(map(_varint, numbers)) + b"".join(map(_text, vector.paths))


def _optional(number: int | None) -> tuple[int, ...]:
    """A count of 0 or 1, then the number."""
    return (0,) if number is None else (1, number)


@lru_cache(_KEPT)
def unpack(raw: bytes) -> Vector | None:
    """The packed vector; None for anything that `pack` did not make."""
    if not raw or raw[0] not in (_FORMAT, _FORMAT_WITH_CUTOFFS):
        return None
    try:
        vector = _Reader(raw, 1).vector(with_cutoffs=raw[0] == _FORMAT_WITH_CUTOFFS)
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

    def vector(self, *, with_cutoffs: bool) -> Vector:
        installation, server, client = self.number(), self.number(), self.number()
        user = self.number() if self.count(1) else None
        password = self.number() if self.count(1) else None
        config = self.numbers()
        cutoffs = self.numbers() if with_cutoffs else ()
        paths = tuple(self.text() for _ in range(self.count(_MAX_ITEMS)))
        return Vector(installation, server, client, user, config, paths, password, cutoffs)

    def numbers(self) -> tuple[int, ...]:
        return tuple(self.number() for _ in range(self.count(_MAX_ITEMS)))

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
