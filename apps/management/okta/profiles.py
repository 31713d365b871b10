"""A user's profile: four members have columns, the rest is JSON.

What Okta's schema calls a text is one, no longer than there, or SDKs could not read the user; an
attribute of one's own may be a text, a number, true or false, or a list of them.
"""

from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.directory.models import User
from authzsite.domain import limits

COLUMNS: Final[dict[str, str]] = {
    "login": "login",
    "email": "email",
    "firstName": "first_name",
    "lastName": "last_name",
}
LONGEST: Final[dict[str, int]] = {
    "city": 128,
    "countryCode": 2,
    "mobilePhone": 100,
    "postalAddress": 4096,
    "primaryPhone": 100,
    "secondEmail": 100,
    "state": 128,
    "streetAddress": 1024,
    "zipCode": 50,
    **dict.fromkeys(
        ("costCenter", "department", "displayName", "division", "employeeNumber"),
        limits.MAX_PROFILE_TEXT,
    ),
    **dict.fromkeys(
        ("honorificPrefix", "honorificSuffix", "locale", "manager", "managerId", "middleName"),
        limits.MAX_PROFILE_TEXT,
    ),
    **dict.fromkeys(
        ("nickName", "organization", "preferredLanguage", "profileUrl", "timezone", "title"),
        limits.MAX_PROFILE_TEXT,
    ),
    "userType": limits.MAX_PROFILE_TEXT,
}
TEXT_SCHEMA: Final = {"type": ["string", "null"]}


@extend_schema_field(
    {
        "type": "object",
        "properties": dict.fromkeys((*COLUMNS, *LONGEST), TEXT_SCHEMA),
        "additionalProperties": True,
    }
)
class ProfileField(serializers.Field[Any, Any, Any, Any]):
    """The profile as it is on the wire; members that are null aren't there."""

    default_error_messages = {"invalid": "must be an object", "required": "is required"}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        problems = {name: why for name, value in data.items() if (why := _problem(name, value))}
        if len(data) > limits.MAX_PROFILE_MEMBERS:
            problems["profile"] = f"must not have more than {limits.MAX_PROFILE_MEMBERS} members"
        if problems:
            raise serializers.ValidationError(problems)
        return dict(data)

    def to_representation(self, value: Any) -> Any:
        return value


def _problem(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in COLUMNS or name in LONGEST:
        if not isinstance(value, str):
            return "must be a text"
        longest = LONGEST.get(name, limits.MAX_PROFILE_TEXT)
        return f"must not have more than {longest} characters" if len(value) > longest else ""
    if not 0 < len(name) <= limits.MAX_PROFILE_NAME:
        return f"must be named by 1-{limits.MAX_PROFILE_NAME} characters"
    items = value if isinstance(value, list) else [value]
    is_plain = all(isinstance(one, str | int | float) for one in items)
    return "" if is_plain else "must be a text, a number, true or false, or a list of them"


def replaced(profile: Mapping[str, Any]) -> dict[str, Any]:
    """The whole profile as fields of the services; a column that isn't given is empty, which they
    refuse."""
    columns = {field: profile.get(name) or "" for name, field in COLUMNS.items()}
    rest = {k: v for k, v in profile.items() if k not in COLUMNS and v is not None}
    return {**columns, "profile": rest}


def merged(user: User, profile: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with what isn't given as the user has it; null takes a member away."""
    return replaced({**shown_profile(user, strict=False), **profile})


def shown_profile(user: User, *, strict: bool = True) -> dict[str, Any]:
    """The profile as the wire has it. `strict`: what is no text, though Okta's schema says so,
    because the console doesn't know that schema, is left out rather than to break a list."""
    columns = {name: getattr(user, field) or None for name, field in COLUMNS.items()}
    rest = {k: v for k, v in user.profile.items() if not strict or not _problem(k, v)}
    return {**columns, **rest}
