"""How Identity Cloud's views are described in OpenAPI: one decorator for each half of it."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from authzsite.domain.vocabulary import CLIENT_CREDENTIALS

View = TypeVar("View", bound=Callable[..., Any])
Schema = dict[str, Any]
CLIENT: Final = "client"
"""The security scheme of a client that authenticates itself; `description` defines it."""
AUTHENTICATED: Final[list[Any]] = [{CLIENT: []}, {}]  # or by members of the form
TEXT: Final[Schema] = {"type": "string"}
MAYBE_TEXT: Final[Schema] = {"type": ["string", "null"]}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT}
COUNT: Final[Schema] = {"type": "integer"}
FLAG: Final[Schema] = {"type": "boolean"}
MATCH: Final = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The validator that the caller has seen."
)

PAGE: Final = OpenApiParameter(
    "page", int, description="From 1, of 1,000 each; one beyond the end is the last."
)


def thing(**members: Schema) -> Schema:
    """An object that has all of these members."""
    return {"type": "object", "properties": members, "required": sorted(members)}


def requires(names: str, thing: Schema) -> Schema:
    """The object, with these members for sure."""
    return {**thing, "required": names.split()}


LINKS: Final = thing(self=thing(href=TEXT))
PLACES: Final = requires("self", thing(self=thing(href=TEXT), next=thing(href=TEXT)))
REFUSED: Final = thing(errors=TEXT)
OAUTH_ERROR: Final = requires("error", thing(error=TEXT, error_description=TEXT, error_uri=TEXT))
POLICY: Final = thing(
    id=TEXT,
    title=TEXT,
    accessTokenLifetime=COUNT,
    refreshTokenLifetime=COUNT,
    allowedScopes=TEXTS,
    useAccessJWT=FLAG,
    _links=LINKS,
)
STORE: Final = thing(
    type=TEXT,
    connectionDetails=thing(domain=TEXT, applicationId=TEXT, entityType=TEXT, clientId=TEXT),
)
LOGIN_POLICY: Final = thing(
    id=TEXT,
    title=TEXT,
    loginURL=TEXT,
    customClaims={"type": "object"},
    identityStoreDetails=STORE,
    _links=LINKS,
)
CLIENT_MEMBERS: Final[Schema] = {
    "id": TEXT,
    "name": TEXT,
    "type": {"type": "string", "enum": ["public", "confidential", "configuration"]},
    "redirectURIs": TEXTS,
    "loginPolicy": MAYBE_TEXT,
    "tokenPolicy": MAYBE_TEXT,
    "_links": LINKS,
}
CLIENT_BODY: Final = thing(**CLIENT_MEMBERS)
NEW_CLIENT: Final = requires(" ".join(CLIENT_MEMBERS), thing(**CLIENT_MEMBERS, secret=TEXT))
SECRET: Final = thing(secret=TEXT)
TOKEN: Final = requires(
    "access_token token_type expires_in",
    thing(access_token=TEXT, token_type=TEXT, expires_in=COUNT, scope=TEXT, refresh_token=TEXT),
)
VERDICT: Final = thing(active=FLAG)
KEYS: Final = thing(keys={"type": "array", "items": {"type": "object"}})
METADATA: Final = thing(issuer=TEXT)
TOKEN_FORM: Final = requires(
    "grant_type",
    thing(grant_type={"type": "string", "const": CLIENT_CREDENTIALS}, scope=TEXT),
)
ONE_TOKEN: Final = requires("token", thing(token=TEXT, token_type_hint=TEXT))


def listed(name: str, label: str) -> Schema:
    """A list as Identity Cloud embeds it."""
    entry = thing(id=TEXT, _links=LINKS, **{label: TEXT})
    found = thing(**{name: {"type": "array", "items": entry}})
    return requires("total _embedded", thing(total=COUNT, _embedded=found, _links=PLACES))


def configures(
    operation_id: str,
    summary: str,
    *,
    takes: Any = None,
    gives: Any = None,
    status: int = 200,
    is_change: bool = False,
    is_list: bool = False,
) -> Callable[[View], View]:
    """The description of one method below `config/`. `is_change`: it takes `If-Match`; `is_list`:
    it has pages."""
    refusals = (400, 403, 404, 405, 409, 412, 413, 415, 422, 429, 503)
    answers: dict[int, Any] = {status: gives, **dict.fromkeys(refusals, REFUSED)}
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        request={"application/json": takes} if takes else None,
        responses=answers,
        parameters=[MATCH] * is_change + [PAGE] * is_list,
    )


def logs_in(
    operation_id: str, summary: str, *, takes: Schema | None = None, gives: Schema | None = None
) -> Callable[[View], View]:
    """The description of one method below `login/`. `takes`: a form, of a client that proves who
    it is; without one the document is public."""
    refusals = (400, 401, 405, 413, 415, 429, 503) if takes else (400, 405, 503)
    answers: dict[int, Any] = {
        200: gives or OpenApiResponse(description="Done."),
        404: REFUSED,
        **dict.fromkeys(refusals, OAUTH_ERROR),
    }
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        request={"application/x-www-form-urlencoded": takes} if takes else None,
        responses=answers,
        auth=AUTHENTICATED if takes else [],
    )
