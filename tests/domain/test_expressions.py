"""Claim expressions: Okta's language over a kept CEL engine."""

import contextlib
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime

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

SEEDED = "(appuser != null) ? appuser.userName : app.clientId"
CONTEXT = {
    "user": {
        **{"id": "00u1", "status": "ACTIVE", "firstName": "Ada", "lastName": "Lovelace"},
        **{"email": "ada@example.com", "age": 36, "isAdmin": True, "tags": ["a", "b"], "empty": ""},
        **{
            "address": {"city": "London"},
            "since": datetime(2026, 1, 2, tzinfo=UTC),
            "odd": object(),
        },
        **{"huge": 2**64, "none": None},
    },
    "appuser": {"userName": "ada"},
    "app": {"clientId": "cid"},
    "groups": {"00g1": "Admins", "00g2": "Eng-Web", "00g3": "Eng-API"},
    "now": datetime(2026, 6, 1, 12, 0, 0, 5000, tzinfo=UTC),
}


def compiled(text: str) -> Expression:
    expression = compile_expression(text)
    assert isinstance(expression, Expression), expression
    return expression


def evaluate(text: str, context: Mapping[str, object] = CONTEXT) -> object:
    return compiled(text).evaluate(context)


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


CASES = [
    ('"x"', "x"),
    ("'it\\'s'", "it's"),
    ('"\\d+ \\" \\\\ \\n \\u00e9 日本"', '\\d+ " \\ \n é 日本'),
    ("1234", 1234),
    ("007", 7),
    ("3.141", 3.141),
    ("true", True),
    ("NULL", None),
    ("-5", -5),
    ("user.firstName", "Ada"),
    ("user.address.city", "London"),
    ("user.since", "2026-01-02T00:00:00.000Z"),
    ("user.tags", ["a", "b"]),
    ('user.getInternalProperty("status")', "ACTIVE"),
    ('user.firstName + " " + user.lastName', "Ada Lovelace"),
    ('user.firstName + user.middleName + "."', "Ada."),
    ('"n" + 1 + 2', "n12"),
    ('1 + 2 + "n"', "3n"),
    ("1 + 2 * 3 - 4 / 2", 5),
    ("(1 + 2) * 3 % 5", 4),
    ("2 - 1 - 1", 0),
    ("user.age >= 36 && user.age < 37", True),
    ("user.age > 36 OR user.isAdmin", True),
    ("NOT user.isAdmin and true", False),
    ("!user.isContractor", True),
    ("!(1 == 2) ? 'a' : 'b'", "a"),
    ("user.age == 36 ? user.isAdmin ? 1 : 2 : 3", 1),
    ("false ? 1 : false ? 2 : 3", 3),
    ('user.nick ?: "none"', "none"),
    ('user.empty ?: user.nick ?: "last"', "last"),
    ('user.firstName ?: "none"', "Ada"),
    ('user.firstName == "Ada" && user.nick == null', True),
    ("{10, 20}", [10, 20]),
    ("{}", []),
    ('["a"]', ["a"]),
    ('String.append("This is", " a test")', "This is a test"),
    ('String.join(",", "This", "is", user.nick, "it")', "This,is,,it"),
    ('String.len("This")', 4),
    ('String.removeSpaces("This is a test")', "Thisisatest"),
    ('String.replace("This is a test", "is", "at")', "That at a test"),
    ('String.replaceFirst("This is a test", "is", "at")', "That is a test"),
    ('String.replace("a", "", "b")', "a"),
    ('String.stringContains("This is a test", "test")', True),
    ('String.stringSwitch("This is a test", "default", "key1", "value1")', "default"),
    ('String.stringSwitch("First match wins", "d", "absent", "1", "wins", "2", "match", "3")', "2"),
    ('String.substring("This is a test", 2, 9)', "is is a"),
    ('String.substring("abc", 1, 99)', "bc"),
    ('String.substringAfter("abc@okta.com", "@")', "okta.com"),
    ('String.substringBefore("abc@okta.com", "@")', "abc"),
    ('String.substringBefore("abc", "@")', "abc"),
    ("String.toUpperCase(user.firstName)", "ADA"),
    ("toLowerCase(substring( user.firstName, 0, 1)) + '.'", "a."),
    ("Arrays.add({10, 20}, 40)", [10, 20, 40]),
    ("Arrays.remove({10, 20, 10}, 10)", [20, 10]),
    ("Arrays.clear({10})", []),
    ("Arrays.get({0, 1, 2}, 0)", 0),
    ("Arrays.get({0}, 7)", None),
    ("Arrays.flatten(10, {20, 30}, 40)", [10, 20, 30, 40]),
    ("Arrays.contains({10, 20}, 10)", True),
    ("Arrays.contains({1}, true)", False),
    ("Arrays.size(NULL)", 0),
    ("Arrays.isEmpty(NULL)", True),
    ('Arrays.toCsvString({"This", "is", " a "})', "This,is, a "),
    ('Convert.toInt("1234")', 1234),
    ("Convert.toInt(123.4)", 123),
    ("Convert.toInt(123.5)", 124),
    ('Convert.toNum("3.141")', 3.141),
    ("Convert.fromInt(5) + 'x'", "5x"),
    ('isMemberOfGroupName("Admins")', True),
    ('isMemberOfGroupName("admins")', False),
    ('isMemberOfGroup("00g1")', True),
    ('isMemberOfAnyGroup("00g9", "00g2")', True),
    ('isMemberOfGroupNameStartsWith("Eng")', True),
    ('isMemberOfGroupNameContains("Web")', True),
    ('isMemberOfGroupNameRegex("Eng-[A-Z]+")', True),
    ('isMemberOfGroupNameRegex("Eng")', False),
    ('Groups.startsWith("OKTA", "Eng", 100)', ["Eng-API", "Eng-Web"]),
    ('Groups.endsWith("OKTA", "Web", 1)', ["Eng-Web"]),
    ('Groups.contains("OKTA", "n", 2)', ["Admins", "Eng-API"]),
    ('Groups.contains("active_directory", "n", 2)', None),
    ('Groups.contains("OKTA", "z", 2) == null ? {} : {1}', []),
    ('getFilteredGroups({"00g1", "00g9"}, "group.name", 40)', ["Admins"]),
    ("Time.now()", "2026-06-01T12:00:00.005Z"),
    ('Time.fromUnixToIso8601("0")', "1970-01-01T00:00:00.000Z"),
    ('Time.fromIso8601ToUnix("1970-01-02T00:00:00Z")', "86400"),
    ('Time.fromWindowsToIso8601("116444736000000000")', "1970-01-01T00:00:00.000Z"),
    ('Time.fromIso8601ToWindows("1970-01-01T00:00:00Z")', "116444736000000000"),
]


@pytest.mark.parametrize(("text", "value"), CASES)
def test_expressions_mean_what_they_mean_at_okta(text: str, value: object) -> None:
    found = evaluate(text)
    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)


def test_every_function_is_shown_by_an_example() -> None:
    shown = " ".join(text for text, _ in CASES)
    aliases = {"substringAfter", "substringBefore", "toUpperCase", "Convert.toString"}
    used = aliases | {"String.toLowerCase"}
    assert [name for name in FUNCTION_NAMES if f"{name}(" not in shown and name not in used] == []


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
