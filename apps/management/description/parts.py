"""Parts of the document that many operations share."""

from collections.abc import Iterator
from typing import Any, Final

from apps.management.idempotency import MAX_KEY_LENGTH
from apps.management.okta.schema import ERRORS

Schema = dict[str, Any]
TEXT: Final[Schema] = {"type": "string"}
KEY: Final = "Idempotency-Key"
EMPTY: Final[Schema] = {"type": "object"}
COUNT: Final[Schema] = {"type": "integer"}
HEADERS: Final[dict[str, tuple[str, Schema]]] = {
    "X-Okta-Request-Id": ("The reference that the log knows the call by.", TEXT),
    "X-Rate-Limit-Limit": ("Calls in a minute.", COUNT),
    "X-Rate-Limit-Remaining": ("Calls left of the present minute.", COUNT),
    "X-Rate-Limit-Reset": ("When the minute ends, in Unix seconds.", COUNT),
    "ETag": ("The validator of what is shown.", TEXT),
    "Link": ("`self`, and `next` where there is more.", TEXT),
}
MEANINGS: Final = {
    400: "The call isn't well-formed, or a value won't do.",
    401: "No credential, or one that isn't alive.",
    403: "The credential doesn't reach this.",
    404: "There is no such thing.",
    405: "Not a method of this address.",
    409: "The present state doesn't allow it.",
    412: "The state has changed since the caller saw it.",
    413: "The body is too large.",
    415: "The body isn't JSON.",
    422: "The idempotency key was used for another body.",
    429: "The minute's calls are used up, or many change the same: `Retry-After` says when.",
    503: "The storage fails; try again.",
}


def header(text: str, schema: Schema) -> Schema:
    """A header of answers."""
    return {"description": text, "schema": schema}


def _refused(status: int) -> Schema:
    body = {"schema": {"$ref": "#/components/schemas/ErrorShape"}}
    return {"description": MEANINGS[status], "content": {"application/json": body}}


REFUSALS: Final = {f"Refused{status}": _refused(status) for status in ERRORS}


def _object(**members: Schema) -> Schema:
    return {"type": "object", "properties": members, "required": sorted(members)}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


MAYBE_TEXT: Final[Schema] = {"type": ["string", "null"]}
SHARE: Final = _object(id=TEXT, name=TEXT, grants=COUNT, opaqueTokens=COUNT)
SAMPLE: Final = _object(
    type={"type": "string", "enum": ["grant", "access_token"]},
    id=TEXT,
    userId=MAYBE_TEXT,
    clientId=TEXT,
    scopes=_list(TEXT),
    issued={"type": "string", "format": "date-time"},
)
TRIED: Final = {
    **_object(
        dryRun={"type": "boolean", "const": True},
        grants=COUNT,
        opaqueTokens=COUNT,
        users=COUNT,
        clients=COUNT,
        isPartial={"type": "boolean"},
        byUser=_list(SHARE),
        byClient=_list(SHARE),
        sample=_list(SAMPLE),
    ),
    "description": "What a call would end. Nothing has been changed.",
}


def taken_headers(method: str) -> Iterator[Schema]:
    """The conditional and idempotency headers that every view takes."""
    if method == "get":
        yield _taken("If-None-Match", "The validator of what the caller has.", TEXT)
    elif method == "post":
        size = {"minLength": 1, "maxLength": MAX_KEY_LENGTH}
        yield _taken(KEY, "For one key, the call is made once.", TEXT | size)
    else:
        yield _taken("If-Match", "The validator of what the caller has seen.", TEXT)


def _taken(name: str, text: str, schema: Schema) -> Schema:
    return {"in": "header", "name": name, "description": text, "schema": schema}
