"""An administrator's program with an API token, over HTTP."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client as Http

from apps.directory.models import User
from apps.management.api_tokens.services import create_api_token
from tests.factories import TESTER, make_superuser


@dataclass
class Program:
    """Calls of one API token; `token` may be anybody's credential, with its scheme."""

    authorization: str
    owner: User | None = None

    def call(self, method: str, path: str, body: Any = None, **headers: Any) -> Any:
        """One call below `/api/v1/`; `body` is bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        if self.authorization:
            headers.setdefault("HTTP_AUTHORIZATION", self.authorization)
        address = path if path.startswith("/") else f"/api/v1/{path}"
        kind = headers.pop("content_type", "application/json")
        return Http().generic(method, address, content, kind, **headers)

    def get(self, path: str, **headers: Any) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: Any) -> Any:
        return self.call("DELETE", path, **headers)


def program_of(owner: User) -> Program:
    """A program that may do what its owner may."""
    _, text = create_api_token(actor=TESTER, owner=owner, name="program")
    return Program(f"SSWS {text}", owner)


def a_superusers_program() -> Program:
    """A program that may do everything."""
    return program_of(make_superuser())


def cause_of(response: Any) -> str:
    """Code and causes of a refusal, as one text."""
    body = response.json()
    causes = "; ".join(one["errorSummary"] for one in body["errorCauses"])
    return f"{body['errorCode']} {body['errorSummary']}: {causes}"
