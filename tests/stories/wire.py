"""What a client of the outside world does: requests over HTTP and nothing else, and what an
administrator then reads in the system log.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.test import Client as Http

from apps.clients.models import Client
from apps.servers.models import AuthorizationServer
from apps.systemlog.models import LogEvent
from authzsite.domain.explanation import Explanation
from authzsite.domain.trace import Check, RuleTrace
from tests.factories import make_client_and_secret

FORM = "application/x-www-form-urlencoded"
Answer = Any  # a response of Django's test client


@dataclass(frozen=True)
class App:
    """A client, and the secret that was shown once."""

    client: Client
    secret: str

    @property
    def authorization(self) -> str:
        """RFC 6749 §2.3.1."""
        pair = f"{quote(self.client.client_id, safe='')}:{quote(self.secret, safe='')}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


def service(**fields: Any) -> App:
    """A machine client."""
    return App(*make_client_and_secret("service", **fields))


def post(path: str, app: App, **form: str) -> Answer:
    """A form with the client's credentials; nothing ever answers 5xx."""
    response = Http().post(
        path, urlencode(form), content_type=FORM, headers={"authorization": app.authorization}
    )
    assert response.status_code < 500, response.content
    return response


def endpoint(server: AuthorizationServer, name: str) -> str:
    """The path of one endpoint of a server."""
    return f"/oauth2/{server.pk}/v1/{name}"


def ask(server: AuthorizationServer, app: App, scope: str | None = None) -> Answer:
    """A client asks for a token for itself."""
    form = {"grant_type": "client_credentials"} | ({} if scope is None else {"scope": scope})
    return post(endpoint(server, "token"), app, **form)


def get_token(server: AuthorizationServer, app: App, scope: str | None = None) -> dict[str, Any]:
    """The answer with the token."""
    return ok(ask(server, app, scope))


def ok(response: Answer) -> dict[str, Any]:
    """The members of a successful answer."""
    assert response.status_code == 200, response.content
    return dict(json.loads(response.content))


def refusal(response: Answer) -> tuple[int, str]:
    """Status and OAuth error of a refused request."""
    body = json.loads(response.content)
    assert not {"access_token", "refresh_token", "id_token"} & body.keys()
    return response.status_code, body["error"]


def introspect(server: AuthorizationServer, app: App, token: str) -> dict[str, Any]:
    """What the server says of a token."""
    return ok(post(endpoint(server, "introspect"), app, token=token))


def is_alive(server: AuthorizationServer, app: App, token: str) -> bool:
    """Whether the server says that a token is active; a dead one is told by nothing else."""
    answer = introspect(server, app, token)
    assert answer["active"] or answer == {"active": False}
    return bool(answer["active"])


def claims_of(token: str) -> dict[str, Any]:
    """The payload of a JWT, as anybody who holds it can read it."""
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def last_event() -> LogEvent:
    """The newest entry of the system log."""
    return LogEvent.objects.order_by("-pk")[0]


def debug_of(event: LogEvent) -> dict[str, Any]:
    """Okta's `debugContext.debugData`."""
    return dict(event.body["debugData"])


def explanation() -> Explanation:
    """Why the newest request was refused, as the system log keeps it."""
    found = Explanation.from_dict(debug_of(last_event())["trace"])
    assert isinstance(found, Explanation), found
    return found


def only_rule() -> RuleTrace:
    """The one rule on the way to the newest denial."""
    rules = [rule for policy in explanation().policies for rule in policy.rules]
    assert len(rules) == 1
    return rules[0]


def failed_checks() -> dict[str, Check]:
    """The conditions of that rule that didn't hold, by name."""
    return {check.name: check for check in only_rule().checks if not check.is_ok}
