"""A configuration client at work, over HTTP."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client as Http

from apps.clients.models import Client
from apps.systemlog.models import LogEvent
from tests.factories import make_client_and_secret, make_token_policy

ORG = "org"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Caller:
    """One client and its secret; `token` is sent with every call."""

    client: Client
    secret: str
    token: str = ""

    def call(self, method: str, path: str, body: Any = None, **headers: Any) -> Any:
        """One call below `/org/config/`; `body` is bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else b"" if body is None else encode(body)
        if self.token:
            headers.setdefault("HTTP_AUTHORIZATION", f"Bearer {self.token}")
        return Http().generic(
            method,
            f"/{ORG}/config/{path}",
            content,
            headers.pop("content_type", "application/json"),
            **headers,
        )

    def get(self, path: str, **headers: Any) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self.call("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any, **headers: Any) -> Any:
        return self.call("PUT", path, body, **headers)

    def delete(self, path: str, **headers: Any) -> Any:
        return self.call("DELETE", path, **headers)

    def ask(self, scope: str | None = None, **more: str) -> Any:
        """A request to the token endpoint."""
        form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {}), **more}
        return self.login("token", form)

    def login(self, path: str, form: dict[str, str]) -> Any:
        """A POST below `/org/login/` with the client's secret."""
        return Http().post(
            f"/{ORG}/login/{path}", form_of(form), FORM, HTTP_AUTHORIZATION=self.basic
        )

    def introspect(self, token: str | None = None) -> dict[str, Any]:
        """What introspection says, by default of the client's own token."""
        return dict(self.login("token/introspect", {"token": token or self.token}).json())

    def with_token(self, scope: str | None) -> "Caller":
        """The same client with another token."""
        return Caller(self.client, self.secret, self.ask(scope).json()["access_token"])

    @property
    def basic(self) -> str:
        text = f"{self.client.client_id}:{self.secret}"
        return "Basic " + base64.b64encode(text.encode()).decode()


def enrol(*allowed: str, scope: str | None = None, **policy: Any) -> Caller:
    """A new configuration client whose policy allows this, with a token for all of it."""
    made = make_token_policy(allowed_scopes=list(allowed), **policy)
    client, secret = make_client_and_secret("config", token_policy=made)
    return Caller(client, secret).with_token(scope or " ".join(allowed))


def form_of(form: dict[str, str]) -> str:
    return urlencode(form)


def encode(body: Any) -> bytes:
    return json.dumps(body).encode()


def calls() -> list[dict[str, Any]]:
    """The recorded configuration calls, oldest first: outcome, reason and the details."""
    rows = LogEvent.objects.filter(event_type="management.request").order_by("pk")
    return [
        {"outcome": row.outcome, "reason": row.reason, "client": row.client_id}
        | row.body["debugData"]
        for row in rows
    ]
