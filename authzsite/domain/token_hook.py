"""What a token inline hook may change of tokens that are about to be signed.

All of its commands are carried out, or none: the first that may not be, or can't, spoils the whole.
What says who got the token, by whom, for what and how long it stands is protected; `aud` and `sub`
of an access token, and the lifetimes within limits, may be changed.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authzsite.domain import limits

ACCESS: Final = "com.okta.access.patch"
IDENTITY: Final = "com.okta.identity.patch"
LIFETIME: Final = ["token", "lifetime", "expiration"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The last line is ours: RFC 9068's members that repeat `cid` and `scp`, and who acts for whom.
PROTECTED_IN_ACCESS: Final = _names(
    """
    acr as_uri auth_time authorization_details cid cnf exp groups iat iss jti rpt rsi scp sid
    token_type uid username ver
    act client_id may_act nbf scope
    """
)
PROTECTED_IN_IDENTITY: Final = PROTECTED_IN_ACCESS | _names(
    """
    active aid amr app_id app_type at_hash aud c_hash client_ip client_type dst did group idp
    idp_iss mac_key nonce oid orig permissions purpose rid role scopes sub term user_ip
    azp s_hash
    """
)
PROTECTED_BEGINNINGS: Final = ("device_", "pwd_exp_")
PROTECTED: Final = {ACCESS: PROTECTED_IN_ACCESS, IDENTITY: PROTECTED_IN_IDENTITY}
OPERATIONS: Final = frozenset({"add", "replace", "remove"})


class BadPatch(ValueError):  # noqa: N818 - a state of an answer
    """Why nothing of an answer is carried out."""


class HookError(Exception):
    """The hook refuses the request; `summary` is for the client."""

    def __init__(self, summary: str) -> None:
        super().__init__(summary)
        self.summary = summary


@dataclass(frozen=True, slots=True)
class Claims:
    """One token's claims and its lifetime in seconds."""

    members: Mapping[str, Any]
    seconds: int


def patched(answer: Mapping[str, Any], tokens: Mapping[str, Claims]) -> dict[str, Claims]:
    """The tokens, by the type of the commands that change them, as the answer wants them. Raises
    BadPatch, and HookError for an answer that refuses."""
    if answer.get("error") is not None:
        raise HookError(_summary(answer["error"]))
    commands = answer.get("commands")
    if commands is None:
        return dict(tokens)
    _expect(isinstance(commands, list), "commands is no list")
    found: dict[str, list[Any]] = {
        kind: [copy.deepcopy(dict(one.members)), one.seconds] for kind, one in tokens.items()
    }
    for command in commands:
        _expect(isinstance(command, dict), "a command is no object")
        kind, operations = command.get("type"), command.get("value")
        _expect(isinstance(kind, str) and kind in found, "a command is for no token that is issued")
        _expect(isinstance(operations, list), "a command's value is no list")
        for operation in operations:
            _apply(found[kind], kind, operation)
    result = {kind: Claims(members, seconds) for kind, (members, seconds) in found.items()}
    _expect(all(map(_is_storable, result.values())), "the claims are too many, or no JSON")
    return result


def _is_storable(token: Claims) -> bool:
    """Finite numbers, whole characters, and not too much of them."""
    try:
        text = json.dumps(token.members, ensure_ascii=False, allow_nan=False)
        return len(text.encode()) <= limits.MAX_HOOK_CLAIMS
    except (ValueError, RecursionError):
        return False


def _summary(error: Any) -> str:
    text = error.get("errorSummary") if isinstance(error, dict) else None
    if not isinstance(text, str) or not text.isprintable():
        return "The token inline hook refused the request."
    return text[: limits.MAX_HOOK_SUMMARY]


def _apply(token: list[Any], kind: str, operation: Any) -> None:
    _expect(isinstance(operation, dict), "an operation is no object")
    op, path, value = operation.get("op"), operation.get("path"), operation.get("value")
    _expect(isinstance(op, str) and op in OPERATIONS, "an operation is not known")
    _expect(isinstance(path, str) and path.startswith("/"), "a path doesn't begin with /")
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]
    if steps == LIFETIME:
        token[1] = _seconds(op, value)
        return
    _expect(steps[0] == "claims" and len(steps) > 1 and steps[1] != "", "a path names no claim")
    _expect(not _is_protected(kind, steps[1]), f"{steps[1][:60]} is protected")
    _expect(op == "remove" or value is not None, "a value is missing")
    _expect(op != "remove" or value is None, "a removal has a value")
    _change(token[0], steps[1:], op, value)


def _is_protected(kind: str, name: str) -> bool:
    return name in PROTECTED[kind] or (kind == IDENTITY and name.startswith(PROTECTED_BEGINNINGS))


def _seconds(op: str, value: Any) -> int:
    least, most = limits.HOOK_LIFETIME_SECONDS
    is_number = isinstance(value, int) and not isinstance(value, bool)
    _expect(op == "replace" and is_number and least <= value <= most, "the lifetime is not allowed")
    return int(value)


def _change(members: dict[str, Any], steps: list[str], op: str, value: Any) -> None:
    """Follow the path and change its end; what it leads through has to be there."""
    parent: Any = members
    for step in steps[:-1]:
        parent = _child(parent, step)
    last = steps[-1]
    if isinstance(parent, dict):
        _expect(op == "add" or last in parent, "what a path names is not there")
        if op == "remove":
            del parent[last]
        else:
            parent[last] = value
        return
    _expect(isinstance(parent, list), "a path leads through a plain value")
    if op == "add":
        parent.insert(len(parent) if last == "-" else _index(last, len(parent)), value)
    elif op == "remove":
        del parent[_index(last, len(parent) - 1)]
    else:
        parent[_index(last, len(parent) - 1)] = value


def _child(parent: Any, step: str) -> Any:
    if isinstance(parent, dict):
        _expect(step in parent, "what a path leads through is not there")
        return parent[step]
    _expect(isinstance(parent, list), "a path leads through a plain value")
    return parent[_index(step, len(parent) - 1)]


def _index(step: str, most: int) -> int:
    is_number = step.isascii() and step.isdecimal() and len(step) <= 6
    _expect(is_number and int(step) <= most, "an index is not there")
    return int(step)


def _expect(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise BadPatch(otherwise)
