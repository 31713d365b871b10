"""`?dryRun=true` in Identity Cloud's dialect: what a change would end, and nothing is changed. That
every call of the other dialect can be tried is tested from its description."""

from typing import Any

import pytest

from apps.clients.models import ClientSecret, TokenPolicy
from tests.management.caller import Caller, enrol

pytestmark = pytest.mark.once  # no statement differs between the databases


def changes(caller: Caller, spare: TokenPolicy) -> list[tuple[str, str, Any, int]]:
    """Changes, and how many opaque tokens each of them would end."""
    client, policy = f"clients/{caller.client.client_id}", caller.client.token_policy
    assert policy is not None
    body = {"title": policy.title, "allowedScopes": [".:config/**"]}
    moved = {"name": "Moved", "tokenPolicy": spare.pk}
    return [
        ("POST", "tokenPolicies", {"title": "New", "allowedScopes": []}, 0),
        ("PUT", f"tokenPolicies/{policy.pk}", body, 1),
        ("PUT", client, moved, 1),
        ("POST", f"{client}/secret", None, 0),
        ("DELETE", client, None, 1),
        ("DELETE", f"tokenPolicies/{spare.pk}", None, 0),
    ]


def test_a_change_that_is_tried_tells_what_it_would_end_and_ends_nothing(admin: Caller) -> None:
    caller = enrol("*:config/**")
    spare = TokenPolicy.objects.create(title="Spare", allowed_scopes=[])
    before = list(TokenPolicy.objects.values()), list(ClientSecret.objects.values())
    for method, path, body, tokens in changes(caller, spare):
        tried = admin.call(method, f"{path}?dryRun=true", body)
        assert tried.status_code == 200, (method, path, tried.content)
        assert (tried.json()["dryRun"], tried.json()["opaqueTokens"]) == (True, tokens), path
        assert caller.get("clients").status_code == 200
    assert (list(TokenPolicy.objects.values()), list(ClientSecret.objects.values())) == before
    _, path, body, _ = changes(caller, spare)[1]
    assert admin.put(f"{path}?dryRun=false", body).status_code == 200
    assert caller.get("clients").status_code == 403


def test_what_would_be_refused_is_refused_when_it_is_tried(admin: Caller) -> None:
    path = f"clients/{admin.client.client_id}"
    assert admin.delete(f"{path}?dryRun=true").status_code == 409
    for query in ("dryRun=yes", "dryRun=", "dryRun=true&dryRun=true"):
        refused = admin.delete(f"{path}?{query}")
        assert refused.json() == {"errors": "dryRun must be true or false, once."}
    assert admin.get(path).status_code == 200
    reader = enrol(".:config/**")
    assert reader.delete(f"{path}?dryRun=true").status_code == 403
