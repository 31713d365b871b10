"""The request that would get a token which works: for a shell, with the smallest scope.

Secrets are names of variables, never values.
"""

import shlex
from typing import Any, Final
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from apps.oauth import runtime
from apps.oauth.console.tryit_form import try_url
from apps.oauth.simulation.doctor import Diagnosis
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.client_auth import AuthMethod
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.token_reach import Reach
from authzsite.domain.vocabulary import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, REFRESH_TOKEN

OFFLINE: Final = "offline_access"


def sufficient(found: Diagnosis, reach: Reach | None) -> dict[str, Any] | None:
    """`{title, text, code, try}`, or None where the token will do, or where nobody knows whose it
    is."""
    server, client = found.server, found.client
    is_enough = found.is_valid and (reach is None or reach.is_reached)
    if (
        server is None
        or client is None
        or found.kind == ""
        or (is_enough and not _is_refresh(found))
    ):
        return None
    scope = _scope(found, reach)
    asked = {"client": client.id, "user": found.user_id, "scope": scope}
    if _is_refresh(found) and found.is_valid:
        code = _curl(
            server, client, {"grant_type": REFRESH_TOKEN, "refresh_token": "$REFRESH_TOKEN"}
        )
        words = _("It is exchanged for an access token at the token endpoint.")
        return {"title": _("How to use it"), "text": words, "code": code, "try": ""}
    if not found.user_id:
        code = _curl(server, client, {"grant_type": CLIENT_CREDENTIALS, "scope": scope})
        words = _("The client asks for another one, with the smallest scope that would do.")
        grant = CLIENT_CREDENTIALS
    else:
        code = _address(server, client, scope)
        words = _("The user signs in at the client again; it sends the browser to this address.")
        grant = AUTHORIZATION_CODE
    url = "" if server.is_organization else try_url(server.id, grant_type=grant, **asked)
    return {"title": _("How to get one that works"), "text": words, "code": code, "try": url}


def _is_refresh(found: Diagnosis) -> bool:
    return found.kind == "refresh_token"


def _scope(found: Diagnosis, reach: Reach | None) -> str:
    """The least that reaches the path that was asked about; else what the token had."""
    if reach is not None and not reach.problem and not reach.is_reached:
        return reach.smallest
    return " ".join(found.scopes)


def _endpoint(server: ServerSnapshot) -> str:
    issuer = runtime.issuer_of(server.id)
    return f"{issuer}/token" if server.is_organization else f"{issuer}/v1/token"


def _curl(server: ServerSnapshot, client: ClientSnapshot, form: dict[str, str]) -> str:
    lines = [f"curl {shlex.quote(_endpoint(server))}", *_proof(client)]
    for name, value in form.items():
        if value:
            lines.append(f"--data-urlencode {_quoted(f'{name}={value}')}")
    return " \\\n  ".join(lines)


def _proof(client: ClientSnapshot) -> list[str]:
    """How this client shows who it is."""
    if client.auth_method in (AuthMethod.BASIC, AuthMethod.POST):
        return [f'--user {shlex.quote(client.client_id)}:"$CLIENT_SECRET"']
    named = f"--data-urlencode {_quoted(f'client_id={client.client_id}')}"
    if client.auth_method is AuthMethod.NONE:
        return [named]
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return [
        f"--data-urlencode {_quoted(f'client_assertion_type={kind}')}",
        '--data-urlencode client_assertion="$CLIENT_ASSERTION"',
    ]


def _quoted(word: str) -> str:
    """For a shell; a variable stays one."""
    name, equals, value = word.partition("=$")
    return f'{name}="${value}"' if equals else shlex.quote(word)


def _address(server: ServerSnapshot, client: ClientSnapshot, scope: str) -> str:
    query = {
        "client_id": client.client_id,
        "response_type": "code",
        "redirect_uri": next(iter(client.redirect_uris), "REDIRECT_URI"),
        "scope": scope,
        "state": "STATE",
        "code_challenge": "CHALLENGE",
        "code_challenge_method": "S256",
    }
    return f"{runtime.issuer_of(server.id)}/v1/authorize?{urlencode(query)}"
