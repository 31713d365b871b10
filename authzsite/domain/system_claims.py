"""The built-in claims: OpenID Connect's standard claims (Core §5.1) from Okta's profile attributes.

Total: an attribute that is missing, empty or of another type leaves its claim out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from authzsite.domain.lifetimes import utc


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """Whom a token is about, for whom, and with which scopes.

    `user_id` is None when there is no user. `profile` holds Okta's attribute names (`firstName`)
    and custom ones; `properties` what expressions reach as internal properties (`status`).
    `groups` are (id, name) pairs. `client` and `organization` are what expressions see as `app`
    and `org` beside `app.clientId`.
    """

    client_id: str
    scopes: frozenset[str]
    now: datetime
    user_id: str | None = None
    login: str = ""
    app_user_name: str = ""
    email: str = ""
    is_email_verified: bool = False
    updated_at: datetime | None = None
    profile: Mapping[str, object] = field(default_factory=dict)
    properties: Mapping[str, object] = field(default_factory=dict)
    app_profile: Mapping[str, object] = field(default_factory=dict)
    groups: tuple[tuple[str, str], ...] = ()
    client: Mapping[str, object] = field(default_factory=dict)
    organization: Mapping[str, object] = field(default_factory=dict)

    @property
    def group_names(self) -> tuple[str, ...]:
        """Names of the user's groups."""
        return tuple(name for _, name in self.groups)


def expression_context(facts: SubjectFacts) -> dict[str, object]:
    """What a claim's expression may read; `user` and `appuser` are null without a user."""
    context: dict[str, object] = {
        "user": None,
        "appuser": None,
        "app": {**facts.client, "clientId": facts.client_id},
        "org": facts.organization,
        "groups": dict(facts.groups),
        "now": facts.now,
    }
    if facts.user_id is not None:
        known = {"id": facts.user_id, "login": facts.login, "email": facts.email}
        name = facts.app_user_name or facts.login
        context["user"] = {**facts.profile, **facts.properties, **known}
        context["appuser"] = {**facts.app_profile, "userName": name}
    return context


Value = Callable[[SubjectFacts], object]


def _text(facts: SubjectFacts, *names: str) -> str | None:
    """The first of these attributes that is a text with content."""
    values = (facts.profile.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), None)


def _attribute(*names: str) -> Value:
    return lambda facts: _text(facts, *names)


def _name(facts: SubjectFacts) -> str | None:
    parts = (_text(facts, "firstName"), _text(facts, "lastName"))
    return _text(facts, "displayName") or " ".join(filter(None, parts)) or None


def _address(facts: SubjectFacts) -> dict[str, str] | None:
    """OpenID Connect Core §5.1.1."""
    found = {member: _text(facts, name) for member, name in _ADDRESS.items()}
    return {member: value for member, value in found.items() if value} or None


def _updated_at(facts: SubjectFacts) -> int | None:
    return None if facts.updated_at is None else int(utc(facts.updated_at).timestamp())


_ADDRESS: Final = {
    "street_address": "streetAddress",
    "locality": "city",
    "region": "state",
    "postal_code": "zipCode",
    "country": "countryCode",
}

SYSTEM_CLAIMS: Final[Mapping[str, Value]] = {
    "name": _name,
    "preferred_username": lambda facts: facts.login or None,
    "given_name": _attribute("firstName"),
    "family_name": _attribute("lastName"),
    "middle_name": _attribute("middleName"),
    "nickname": _attribute("nickName"),
    "profile": _attribute("profileUrl"),
    "picture": _attribute("picture"),
    "website": _attribute("website"),
    "gender": _attribute("gender"),
    "birthdate": _attribute("birthdate"),
    "zoneinfo": _attribute("timezone"),
    "locale": _attribute("locale", "preferredLanguage"),
    "updated_at": _updated_at,
    "email": lambda facts: facts.email or None,
    "email_verified": lambda facts: facts.is_email_verified if facts.email else None,
    "phone_number": _attribute("primaryPhone", "mobilePhone"),
    "address": _address,
}
