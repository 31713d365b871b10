"""What every new server starts with, and the ids of the two built-in servers."""

from dataclasses import dataclass
from typing import Final

DEFAULT_SERVER_ID: Final = "default"
ORGANIZATION_SERVER_ID: Final = "org"


@dataclass(frozen=True, slots=True)
class ScopeSeed:
    """A scope that every server has."""

    name: str
    display_name: str
    description: str


@dataclass(frozen=True, slots=True)
class ClaimSeed:
    """A claim that every server has; SYSTEM claims are computed from the profile, by their name."""

    name: str
    scopes: tuple[str, ...] = ()
    claim_type: str = "IDENTITY"
    value_type: str = "SYSTEM"
    value: str = ""
    always_include_in_token: bool = False


SEEDED_SCOPES: Final = (
    ScopeSeed("openid", "OpenID", "Sign you in"),
    ScopeSeed("profile", "Profile", "Read your name and the rest of your profile"),
    ScopeSeed("email", "E-mail", "Read your e-mail address"),
    ScopeSeed("address", "Address", "Read your postal address"),
    ScopeSeed("phone", "Phone", "Read your phone number"),
    ScopeSeed("offline_access", "Offline access", "Stay connected while you are away"),
)

_PROFILE_CLAIMS: Final = (
    "birthdate",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "nickname",
    "picture",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
)

SEEDED_CLAIMS: Final = (
    # R12: editable; the login, or the client id where there is no user.
    ClaimSeed(
        "sub",
        (),
        "RESOURCE",
        "EXPRESSION",
        "(appuser != null) ? appuser.userName : app.clientId",
        True,
    ),
    ClaimSeed("email", ("email",), always_include_in_token=True),
    ClaimSeed("name", ("profile",), always_include_in_token=True),
    ClaimSeed("preferred_username", ("profile",), always_include_in_token=True),
    ClaimSeed("email_verified", ("email",)),
    ClaimSeed("address", ("address",)),
    ClaimSeed("phone_number", ("phone",)),
    *(ClaimSeed(name, ("profile",)) for name in _PROFILE_CLAIMS),
)
