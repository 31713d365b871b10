"""Claim expressions: Okta's language over a kept CEL engine."""

import contextlib
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain import limits
from authzsite.domain.expressions import (
    FUNCTION_NAMES,
    Expression,
    ExpressionError,
    compile_expression,
)
from tests.domain.expression_world import CONTEXT, compiled, evaluate

SEEDED = "(appuser != null) ? appuser.userName : app.clientId"


@pytest.mark.parametrize(
    ("appuser", "subject"), [({"userName": "ada"}, "ada"), (None, "cid"), ({}, None)]
)
def test_the_seeded_subject_is_the_user_name_or_the_client_id_r12(
    appuser: object, subject: object
) -> None:
    assert evaluate(SEEDED, {"appuser": appuser, "app": {"clientId": "cid"}}) == subject


def test_the_seeded_expression_costs_microseconds_and_compiles_once() -> None:
    expression = compiled(SEEDED)
    assert compile_expression(SEEDED) is expression
    start = time.perf_counter()
    for _ in range(500):
        expression.evaluate(CONTEXT)
    assert time.perf_counter() - start < 0.25


@pytest.mark.parametrize(
    "text",
    [
        *("user.nick", "user.none", "user.a.b.c", "user.firstName.length", "org.name", "org"),
        *("user.nick ?: appuser.nick", "String.toUpperCase(user.nick)", "Convert.toInt(user.nick)"),
        *("user.__class__", "user.keys", "app.__init__.__globals__", "Arrays.get(user.nick, 0)"),
        *("String.replace(user.nick, 'a', 'b')", "String.substringAfter(user.nick, '@')"),
        "String.substring(user.nick, 0, 1)",
    ],
)
def test_a_missing_attribute_is_null_and_never_an_error(text: str) -> None:
    assert evaluate(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("user.nick > 5", False),
        ("user.nick <= 5", False),  # R9: a missing fact satisfies nothing
        ('user.nick ? "yes" : "no"', "no"),
        ("user.nick && true", False),
        ("user.nick == null", True),
        ('String.stringContains(user.nick, "")', False),
        ("String.len(user.nick)", 0),
        ('isMemberOfGroupName("Admins")', False),
        ('Groups.contains("OKTA", "", 9)', None),
    ],
)
def test_missing_facts_satisfy_no_condition_r9(text: str, value: object) -> None:
    assert evaluate(text, {}) == value


@pytest.mark.parametrize(
    ("text", "what", "position"),
    [
        ("", "must have 1 to 4096 characters", None),
        ("a" * 4097, "must have 1 to 4096 characters", None),
        ("   ", "unexpected the end", 4),
        ("1 +", "unexpected the end", 4),
        ("user.", "unexpected '.'", 5),
        ('"x', "unexpected '\"'", 1),
        ("(1", "expected ')', found the end", 3),
        ("1 2", "unexpected '2'", 3),
        ("a = 1", "unexpected '='", 3),
        ("true ? 1", "expected ':', found the end", 9),
        ("foo.bar", "unknown name 'foo.bar'", 1),
        ("String.toUppercase('a')", "did you mean String.toUpperCase?", 1),
        ("1 + String.len()", "wrong number of arguments for String.len", 5),
        ("Time.now(1)", "wrong number of arguments", 1),
        ("{{7*7}}", "a list inside a list", 2),
        ("user.getInternalProperty('password')", "unknown internal property", 26),
        ("9" * 30, "number too long", 1),
        ("(" * 30 + "1" + ")" * 30, "nested too deeply", 25),
        ("!" * 4000 + "true", "too complex", None),
        ("-".join("1" * 1500), "too complex", None),
        ('"\\ud83d"', "not well-formed", None),
    ],
)
def test_syntax_errors_say_what_and_where(text: str, what: str, position: int | None) -> None:
    error = compile_expression(text)
    assert isinstance(error, ExpressionError)
    assert what in str(error)
    assert error.position == position


@pytest.mark.parametrize(
    "text",
    [
        *("[1].map(x, x)", "[1].all(x, true)", "size('a')", "has(user.x)", "'a'.size()", "type(1)"),
        *(
            "user['firstName']",
            "user.tags[0]",
            "cel.bind(x, 1, x)",
            "timestamp('x')",
            "b'x'",
            "r'x'",
        ),
        *(
            "__import__('os')",
            "user.firstName.__class__()",
            "eval('1')",
            "lambda: 1",
            "plus_(1, 2)",
        ),
        *(
            "#{7*7}",
            "${7*7}",
            "T(java.lang.Runtime)",
            "user; app",
            "`id`",
            "'''a'''",
            "f'{x}'",
            "1u",
        ),
    ],
)
def test_neither_cel_nor_python_nor_java_can_be_reached_row_280(text: str) -> None:
    assert isinstance(compile_expression(text), ExpressionError)


@pytest.mark.parametrize(
    "text", ["{{7*7}}", "{x.__class__}", "%s", "${x}", "__import__('os')", '"+"']
)
def test_code_in_a_literal_or_an_attribute_is_data_row_280(text: str) -> None:
    literal = '"' + text.replace('"', '\\"') + '"'
    assert evaluate(literal) == text
    assert evaluate("user.x + ''", {"user": {"x": text}}) == text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("1 / 0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("999999999999999999 * 999999999999999999", "out of range"),
        ("user.huge", "out of range"),
        ("user.age - user.nick", "don't go together"),
        ("user.firstName - 1", "don't go together"),
        ("user", "neither text"),
        ("user.odd", "neither text"),
        ("Arrays.add({1}, user)", "neither text"),
        ("user.age < 'x'", "two numbers or two texts"),
        ("user.firstName ? 1 : 2", "true or false"),
        ("user.tags + 'x'", "expected text"),
        ("String.len(user.tags)", "expected text"),
        ("Arrays.size('x')", "expected a list"),
        ("String.substring('x', 'a', 2)", "expected a whole number"),
        ("String.stringSwitch('a', 'b', 'c')", "a value for every key"),
        ("String.substringAfter('a', '')", "is empty"),
        ("Convert.toInt('x')", "not a number"),
        ("Convert.toInt('1e40')", "not a number"),
        ("Convert.toInt('" + "9" * 500 + "')", "not a number"),
        ("Convert.toNum('NaN')", "not a number"),
        ("Groups.contains('OKTA', 'x', 101)", "limit must be 1 to 100"),
        ("getFilteredGroups({'a'}, 'group.secret', 1)", "answers"),
        ("isMemberOfGroupNameRegex('(?=a)')", "look-around"),
        ("isMemberOfGroup(user.tags)", "TypeError"),
        ("Time.fromUnixToIso8601('x')", "not a timestamp"),
        ("Time.fromUnixToIso8601('99999999999999')", "out of range"),
        ("Time.fromIso8601ToUnix('soon')", "not an ISO 8601 time"),
        ("String.replace('" + "a" * 999 + "', 'a', '" + "b" * 999 + "')", "longer than"),
    ],
)
def test_failures_at_evaluation_are_expression_errors_that_say_what(text: str, what: str) -> None:
    with pytest.raises(ExpressionError, match=what):
        evaluate(text)


def test_the_time_is_never_read_from_a_clock() -> None:
    with pytest.raises(ExpressionError, match="time"):
        evaluate("Time.now()", {})


def test_texts_cannot_explode() -> None:
    text = "'x'"
    for _ in range(20):
        text = f"String.replace({text}, 'x', 'xxxxxxxxxxxxxxxx')"
    with pytest.raises(ExpressionError, match="longer than"):
        evaluate(text)
    with pytest.raises(ExpressionError, match="longer than"):
        evaluate("user.x + user.x", {"user": {"x": "a" * 9000}})


def test_the_costliest_text_is_still_quick() -> None:
    sums = "+".join(["user.x"] * 580)
    context = {"user": {"x": "a" * (limits.MAX_EXPRESSION_TEXT // 580)}}
    start = time.perf_counter()
    assert len(str(evaluate(sums, context))) > 16000
    assert time.perf_counter() - start < 1


def test_threads_share_an_expression() -> None:
    expression = compiled("user.x ?: String.append('a', user.y)")
    wrong: list[int] = []

    def run(number: int) -> None:
        value = {"user": {"y": str(number)}}
        wrong.extend(n for n in range(300) if expression.evaluate(value) != f"a{number}")

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


TOKENS = st.sampled_from(
    ["user.age", "user.nick", "user.tags", "1", "0", '"x"', "'y'", "null", "true", "user", "{", "}"]
    + ["(", ")", ",", "?", ":", "?:", "+", "-", "*", "/", "%", "==", "<", "&&", "||", "!", "[", "]"]
    + [f"{name}(" for name in FUNCTION_NAMES]
)


@given(st.lists(TOKENS, max_size=9).map(" ".join) | st.text(max_size=30))
def test_nothing_but_an_expression_error_ever_leaves(text: str) -> None:
    expression = compile_expression(text)
    if isinstance(expression, Expression):
        with contextlib.suppress(ExpressionError):
            expression.evaluate(CONTEXT)
