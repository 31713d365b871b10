"""drf-spectacular's hooks (`SPECTACULAR_SETTINGS`): which views are described, and what each
operation has from its base view."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from apps.management.description import security
from apps.management.description.parts import (
    EMPTY,
    HEADERS,
    KEY,
    REFUSALS,
    TRIED,
    header,
    taken_headers,
)
from apps.management.dry_run import DRY_RUN
from apps.management.identity_cloud.schema import CLIENT
from apps.management.okta.force import FORCE, may_be_forced
from apps.management.okta.schema import TRIAL

Endpoint = tuple[str, str, str, Callable[..., Any]]
Operation = dict[str, Any]
OKTA: Final = ("/api/v1/", "/oauth2/v1/clients")
LOGIN: Final = "/{organization}/login/"
CONFIG: Final = "/{organization}/config/"
DESCRIBED: Final = (*OKTA, CONFIG, LOGIN)
PREFIX: Final = re.compile(r"^/(?:api/v1/|oauth2/v1/|\{organization\}/)")
WITH_PARTS: Final = {"config", "authorizationServers", "apps", "users"}
ERROR: Final = {"$ref": "#/components/schemas/ErrorShape"}
TRIABLE: Final = {
    "in": "query",
    "name": DRY_RUN,
    "description": TRIAL.description,
    "schema": {"type": "boolean"},
}
FORCED: Final = {
    "in": "query",
    "name": FORCE,
    "description": "Make the change though policy tests that pass would fail.",
    "schema": {"type": "boolean"},
}
WITHOUT_BODY: Final = {
    "assignGroupToApplication",
    "createOAuth2ClientSecret",
    "updateApplicationUser",
}
RATES: Final = [name for name in HEADERS if name.startswith("X-")]


def only_management(endpoints: Iterable[Endpoint], **_: Any) -> list[Endpoint]:
    """The management APIs; the protocol endpoints describe themselves by their metadata."""
    return [one for one in endpoints if one[0].startswith(DESCRIBED)]


def with_the_bases_part(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:
    """What each operation has from its base view, and the parts that many share."""
    keyless = {
        (path, method.lower())
        for path, _, method, callback in generator.endpoints
        if getattr(callback.cls, "only_reads", False)
        or not getattr(callback.cls, "takes_key", True)
    }
    for path, method, operation in operations(result):
        operation["tags"] = [tag_of(path)]
        if "security" in operation:
            operation["security"] = security.with_scopes(
                operation["security"], method.upper(), path
            )
        _need_bodies(operation)
        _share_refusals(operation["responses"])
        if path.startswith(CONFIG) and method != "get":  # there each change may be tried
            operation.setdefault("parameters", []).append(TRIABLE)
        _add_trial(operation)
        if path.startswith(OKTA):
            if may_be_forced(method.upper(), path):
                operation.setdefault("parameters", []).append(FORCED)
            _add_headers(method, operation, takes_key=(path, method) not in keyless)
    result["components"] |= {
        "headers": {name: header(*told) for name, told in HEADERS.items()},
        "responses": REFUSALS,
    }
    result["components"]["schemas"]["DryRun"] = TRIED
    result["components"]["securitySchemes"][CLIENT] = security.CLIENT_SCHEME
    return _without_internals(result)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    """Path, method and operation of everything that is described."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def tag_of(path: str) -> str:
    """The collection that a path belongs to; where a resource has parts, the part, too."""
    if path.startswith(LOGIN):
        return "login"
    steps = PREFIX.sub("", path).split("/")
    names = [step for step in steps if not step.startswith("{")]
    has_part = names[0] in WITH_PARTS and len(names) > 1 and names[1] != "lifecycle"
    return "/".join(names[:2] if has_part else names[:1])


def _share_refusals(answers: dict[str, Any]) -> None:
    for status, answer in answers.items():
        if answer.get("content", {}).get("application/json", {}).get("schema") == ERROR:
            answers[status] = {"$ref": f"#/components/responses/Refused{status}"}


def _add_trial(operation: Operation) -> None:
    """A call that is only tried answers 200 and a count, whatever it answers otherwise."""
    if all(one["name"] != DRY_RUN for one in operation.get("parameters", ())):
        return
    tried = {"$ref": "#/components/schemas/DryRun"}
    given = operation["responses"].get("200")
    body = (given or {}).get("content", {}).get("application/json", {"schema": EMPTY})
    schema = {"anyOf": [body["schema"], tried]} if given else tried
    operation["responses"]["200"] = {
        "description": "" if given else "What the call would end.",
        "content": {"application/json": {"schema": schema}},
    }
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _need_bodies(operation: Operation) -> None:
    """drf-spectacular takes a body without required members for one that may be left out."""
    if operation["operationId"] not in WITHOUT_BODY and "requestBody" in operation:
        operation["requestBody"]["required"] = True


def _add_headers(method: str, operation: Operation, *, takes_key: bool) -> None:
    taken = [one for one in taken_headers(method) if takes_key or one["name"] != KEY]
    operation.setdefault("parameters", []).extend(taken)
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            names = [*RATES, *(["ETag"] if method == "get" else []), *_link(answer)]
            answer["headers"] = {n: {"$ref": f"#/components/headers/{n}"} for n in names}
    if method == "get":
        operation["responses"]["304"] = {"description": "The caller has it already."}
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _link(answer: dict[str, Any]) -> list[str]:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return ["Link"] if schema.get("type") == "array" else []


def _without_internals(node: Any) -> Any:
    """Without drf-spectacular's own marks."""
    if isinstance(node, dict):
        return {k: _without_internals(v) for k, v in node.items() if k != "x-spec-enum-id"}
    return [_without_internals(one) for one in node] if isinstance(node, list) else node
