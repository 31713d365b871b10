"""Claim expressions: what Okta's operators and functions answer."""

import pytest

from authzsite.domain.expressions import FUNCTION_NAMES
from tests.domain.expression_world import evaluate

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
