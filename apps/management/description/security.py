"""How callers prove who they are, as security schemes, and the smallest scope of each call."""

import re
from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from authzsite.domain.api_scopes import okta_scopes, permits
from authzsite.domain.pattern_scopes import smallest_scope_for

API_TOKEN: Final = "apiToken"  # noqa: S105 - the name of the scheme
OAUTH: Final = "oauth2"
CLIENT_SCHEME: Final = {
    "type": "http",
    "scheme": "basic",
    "description": "A configuration client: its id and its secret.",
}
PARAMETER: Final = re.compile(r"\{\w+\}")
CONFIG: Final = "/{organization}/config/"


class ApiTokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: SSWS <token>`."""

    target_class = "apps.management.okta.callers.ApiTokenAuthentication"
    name = API_TOKEN

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "An API token: `SSWS <token>`. It may do what its owner may.",
        }


class ConfigurationScheme(OpenApiAuthenticationExtension):
    """A token of the organisation's server."""

    target_class = "apps.management.resource_server.ConfigurationAuthentication"
    name = OAUTH

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        scopes = {name: _meaning(name) for name in okta_scopes()}
        scopes["*:**"] = "A pattern scope: a sign for the methods, a colon, a pattern of the path."
        return {
            "type": "oauth2",
            "description": "An access token of the organisation's server.",
            "flows": {
                "clientCredentials": {"tokenUrl": "/oauth2/v1/token", "scopes": scopes},
            },
        }


def _meaning(scope: str) -> str:
    _, resource, level = scope.split(".")
    verbs = {"read": "Look at", "manage": "Look at and change", "register": "Register"}
    return f"{verbs[level]} {resource}."


def with_scopes(
    security: list[Mapping[str, Any]], method: str, path: str
) -> list[Mapping[str, Any]]:
    """The security of an operation, with the smallest scope that reaches it where it takes one."""
    scope = scope_for(method, path)
    return [{OAUTH: [scope]} if OAUTH in one else one for one in security]


def scope_for(method: str, path: str) -> str:
    """One of Okta's scopes where one reaches the call, else the smallest pattern scope."""
    below = path.removeprefix("/{organization}") if path.startswith(CONFIG) else path
    segments = PARAMETER.sub("id", below).strip("/").split("/")
    fitting = (scope for scope in okta_scopes() if permits([scope], method, segments))
    return next(fitting, "") or smallest_scope_for(
        method, PARAMETER.sub("*", below).strip("/").split("/")
    )
