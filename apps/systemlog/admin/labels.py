"""What a field is called where a history or a past configuration tells of it: as in its form."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.utils.translation import gettext as _

from apps.systemlog.admin.parts import Words

TERMS: Final = {
    **{"uri": "URI", "uris": "URIs", "url": "URL", "urls": "URLs", "id": "ID", "ids": "IDs"},
    **{"jwks": "JWKS", "jwk": "JWK", "jwt": "JWT", "jwts": "JWTs", "pkce": "PKCE", "jti": "JTI"},
    **{"tos": "terms of service", "alg": "algorithm", "kid": "key ID", "uuid": "UUID"},
    **{"mfa": "second factor", "totp": "TOTP", "api": "API", "json": "JSON", "amr": "AMR"},
}
"""Words that aren't English, or not in lower case."""


def label_of(name: str) -> str:
    """A field as a person reads it: as its model says, else by its words."""
    told = str(_named().get(name) or _(plain(name)))
    return told[:1].upper() + told[1:]


def plain(name: str) -> str:
    """`tos_uri` is `terms of service URI`; `is_` and `has_` say nothing."""
    words = name.removeprefix("is_").removeprefix("has_").split("_")
    return " ".join(TERMS.get(word, word) for word in words)


@cache
def _named() -> dict[str, Words]:
    """Fields of our tables that say what they are called; the first of several says it."""
    found: dict[str, Words] = {}
    for model in apps.get_models():
        if model.__module__.startswith("apps."):
            own: Iterable[Any] = model._meta.fields
            for field in own:
                if field._verbose_name is not None:
                    found.setdefault(field.name, field.verbose_name)
    return found
