"""The facts that claims and policies are decided from, out of what the one SELECT found."""

import json
from datetime import datetime
from typing import Any

from apps.tokens.store import ProfileRow, Reading
from authzsite.domain.claims import SubjectFacts
from authzsite.domain.client import ClientSnapshot


def subject_facts(
    reading: Reading, client: ClientSnapshot, scopes: tuple[str, ...], now: datetime
) -> SubjectFacts:
    """The subject of the tokens: the user that was read, else the client alone."""
    facts: dict[str, Any] = {"client": {"name": client.name, "id": client.id}}
    if reading.user is not None:
        if reading.profile is None:
            raise LookupError("a user's claims need the profile: ask for it in the Lookup")
        facts |= _person(reading.user.id, reading.user.status, reading.profile)
        facts["groups"] = reading.groups
    return SubjectFacts(client_id=client.client_id, scopes=frozenset(scopes), now=now, **facts)


def _person(user_id: str, status: str, row: ProfileRow) -> dict[str, Any]:
    """Okta's attribute names, with the custom ones of the profile."""
    profile = {
        **_attributes(row.profile),
        "firstName": row.first_name,
        "lastName": row.last_name,
        "email": row.email,
        "login": row.login,
    }
    return {
        "user_id": user_id,
        "login": row.login,
        "email": row.email,
        "is_email_verified": row.email == row.verified_email,
        "updated_at": row.updated_at,
        "profile": profile,
        "properties": {"status": status},
    }


def _attributes(text: str) -> dict[str, Any]:
    """The profile column as this database hands it out."""
    value = json.loads(text) if isinstance(text, str) else text
    return value if isinstance(value, dict) else {}
