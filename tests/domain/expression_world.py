"""One user, her groups and her app, for the expressions of the tests."""

from collections.abc import Mapping
from datetime import UTC, datetime

from authzsite.domain.expressions import Expression, compile_expression

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
