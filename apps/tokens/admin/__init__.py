"""Tokens in the console: grants, opaque access tokens and consents, to be read and revoked.

Nothing here shows a token or more than four characters of a digest, and nothing searches by value.
"""

from apps.tokens.admin import of_owners, radius, reach, uses
from apps.tokens.admin.access_tokens import AccessTokenAdmin
from apps.tokens.admin.consents import ConsentAdmin
from apps.tokens.admin.grants import GrantAdmin

__all__ = ["AccessTokenAdmin", "ConsentAdmin", "GrantAdmin", "of_owners", "radius", "reach", "uses"]
