"""What a token inline hook may change: all of it, or nothing (row 300)."""

from typing import Any

import pytest

from authzsite.domain.token_hook import (
    ACCESS,
    IDENTITY,
    PROTECTED_IN_ACCESS,
    PROTECTED_IN_IDENTITY,
    BadPatch,
    Claims,
    HookError,
    patched,
)

MEMBERS: dict[str, Any] = {"sub": "ada", "aud": "api", "roles": ["a", "b"], "deep": {"x": {"y": 1}}}
TOKENS = {ACCESS: Claims(MEMBERS, 3600), IDENTITY: Claims({"sub": "00u", "nick": "a"}, 3600)}


def operation(op: str, path: str, value: Any = None) -> dict[str, Any]:
    return {"op": op, "path": path, "value": value}


def after(*operations: dict[str, Any], kind: str = ACCESS) -> Claims:
    """The token after these."""
    return patched({"commands": [{"type": kind, "value": list(operations)}]}, TOKENS)[kind]


@pytest.mark.parametrize(
    ("done", "member", "value"),
    [
        (operation("add", "/claims/new", {"a": [1]}), "new", {"a": [1]}),
        (operation("add", "/claims/sub", "eve"), "sub", "eve"),
        (operation("replace", "/claims/aud", "other"), "aud", "other"),
        (operation("remove", "/claims/sub"), "sub", None),
        (operation("add", "/claims/roles/-", "c"), "roles", ["a", "b", "c"]),
        (operation("add", "/claims/roles/0", "c"), "roles", ["c", "a", "b"]),
        (operation("replace", "/claims/roles/1", "c"), "roles", ["a", "c"]),
        (operation("remove", "/claims/roles/0"), "roles", ["b"]),
        (operation("replace", "/claims/deep/x/y", 2), "deep", {"x": {"y": 2}}),
        (operation("add", "/claims/https:~1~1a.example~1b", 1), "https://a.example/b", 1),
        (operation("add", "/claims/flag", False), "flag", False),
    ],
)
def test_each_operation(done: dict[str, Any], member: str, value: Any) -> None:
    assert after(done).members.get(member) == value


def test_the_claims_before_stay_as_they_were() -> None:
    after(operation("add", "/claims/roles/-", "c"), operation("remove", "/claims/deep"))
    assert MEMBERS["roles"] == ["a", "b"] and "deep" in MEMBERS


def test_lifetimes_of_both_tokens_are_set_within_limits() -> None:
    path = "/token/lifetime/expiration"
    for seconds in (300, 86_400):
        assert after(operation("replace", path, seconds)).seconds == seconds
        assert after(operation("replace", path, seconds), kind=IDENTITY).seconds == seconds


BAD: list[Any] = [
    operation("replace", "/claims/none", 1),
    operation("remove", "/claims/none"),
    operation("remove", "/claims/sub", "value"),
    operation("add", "/claims/new"),
    operation("add", "/claims/none/deeper", 1),
    operation("add", "/claims/sub/deeper", 1),
    operation("add", "/claims/roles/3", 1),
    operation("replace", "/claims/roles/2", 1),
    operation("replace", "/claims/roles/-", 1),
    operation("add", "/claims/roles/-1", 1),
    operation("add", "/claims/roles/١", 1),
    operation("add", "/claims", {}),
    operation("add", "/claims/", 1),
    operation("add", "claims/new", 1),
    operation("add", "/other/new", 1),
    operation("move", "/claims/sub", 1),
    operation("replace", "/token/lifetime/expiration", 299),
    operation("replace", "/token/lifetime/expiration", 86_401),
    operation("replace", "/token/lifetime/expiration", True),
    operation("replace", "/token/lifetime/expiration", "600"),
    operation("add", "/token/lifetime/expiration", 600),
    operation("add", "/claims/new", float("nan")),
    operation("add", "/claims/new", "\ud800"),
    operation("add", "/claims/new", "x" * 20_000),
    {"op": ["add"], "path": "/claims/new", "value": 1},
    {"op": "add", "path": ["claims"], "value": 1},
    "add",
    None,
]


@pytest.mark.parametrize("bad", BAD)
def test_row_300_one_bad_operation_spoils_all_of_them(bad: Any) -> None:
    with pytest.raises(BadPatch):
        after(operation("add", "/claims/good", 1), bad)


@pytest.mark.parametrize("name", sorted(PROTECTED_IN_ACCESS))
def test_row_300_protected_claims_of_access_tokens(name: str) -> None:
    for done in (operation("add", f"/claims/{name}", 1), operation("remove", f"/claims/{name}")):
        with pytest.raises(BadPatch, match="protected"):
            after(done)


@pytest.mark.parametrize("name", [*sorted(PROTECTED_IN_IDENTITY), "device_id", "pwd_exp_days"])
def test_row_300_protected_claims_of_id_tokens(name: str) -> None:
    with pytest.raises(BadPatch, match="protected"):
        after(operation("add", f"/claims/{name}", 1), kind=IDENTITY)


@pytest.mark.parametrize(
    "answer",
    [
        {"commands": {}},
        {"commands": ["x"]},
        {"commands": [{"type": "com.okta.assertion.patch", "value": []}]},
        {"commands": [{"type": ACCESS}]},
        {"commands": [{"type": [], "value": []}]},
    ],
)
def test_what_is_no_command_changes_nothing(answer: dict[str, Any]) -> None:
    with pytest.raises(BadPatch):
        patched(answer, TOKENS)


def test_an_id_token_that_is_not_issued_can_not_be_changed() -> None:
    with pytest.raises(BadPatch, match="no token"):
        patched({"commands": [{"type": IDENTITY, "value": []}]}, {ACCESS: TOKENS[ACCESS]})


@pytest.mark.parametrize("answer", [{}, {"commands": None}, {"commands": []}, {"error": None}])
def test_an_answer_without_commands_changes_nothing(answer: dict[str, Any]) -> None:
    assert patched(answer, TOKENS) == TOKENS


@pytest.mark.parametrize(
    ("error", "summary"),
    [
        ({"errorSummary": "No tokens today"}, "No tokens today"),
        ({"errorSummary": "x" * 999}, "x" * 255),
        ({"errorSummary": "a\r\nb"}, "The token inline hook refused the request."),
        ({}, "The token inline hook refused the request."),
        ("no", "The token inline hook refused the request."),
    ],
)
def test_an_error_refuses_in_the_hooks_words_if_they_can_be_shown(error: Any, summary: str) -> None:
    with pytest.raises(HookError) as refused:
        patched({"error": error, "commands": []}, TOKENS)
    assert refused.value.summary == summary
