"""What the SDK reads and writes back loses nothing, although its models don't know all of it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.interoperability.okta_everything import Everything, make_everything, paths_of
from tests.interoperability.okta_python import making
from tests.interoperability.okta_python.sdk import Sdk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
Turn = Callable[[Any], Any]


def ways(found: Everything) -> dict[str, tuple[str, tuple[str, ...], Turn | None]]:
    """For each object what the SDK calls its kind, its ids, and the model that replacing wants."""
    server, policy = found.server.pk, found.policy.pk
    return {
        "server": ("authorization_server", (server,), None),
        "scope": ("o_auth2_scope", (server, found.scope.pk), None),
        "claim": ("o_auth2_claim", (server, found.claim.pk), None),
        "group_claim": ("o_auth2_claim", (server, found.group_claim.pk), None),
        "policy": ("authorization_server_policy", (server, policy), None),
        "rule": (
            "authorization_server_policy_rule",
            (server, policy, found.rule.pk),
            making.as_request,
        ),
        "app": ("application", (found.app.pk,), None),
        "user": ("user", (found.user.pk,), making.as_change),
        "group": ("group", (found.group.pk,), making.as_group),
        "event_hook": ("event_hook", (found.event_hook.pk,), None),
        "inline_hook": ("inline_hook", (found.inline_hook.pk,), making.as_inline_hook),
    }


def test_every_object_survives_being_written_back(sdk: Sdk) -> None:
    found = make_everything()
    paths = paths_of(found)
    for name, (kind, ids, turn) in ways(found).items():
        sdk.survives(paths[name], kind, *ids, turned=turn or (lambda seen: seen))
    for hook in (found.event_hook, found.inline_hook):
        secret = bytes(hook.sealed_auth_value or b"")
        hook.refresh_from_db()
        assert bytes(hook.sealed_auth_value or b"") == secret != b"", "nobody can read it"


def test_a_change_by_the_sdk_changes_that_and_nothing_else(sdk: Sdk) -> None:
    found = make_everything()
    path = paths_of(found)["rule"]
    before = sdk.raw(path)
    kind, ids, turn = ways(found)["rule"]
    seen = sdk.call(f"get_{kind}", *ids)
    seen.actions.token.access_token_lifetime_minutes = 9
    sdk.call(f"replace_{kind}", *ids, making.as_request(seen))
    after = sdk.raw(path)
    assert before["conditions"]["people"]["users"]["exclude"] != []
    assert after["conditions"] == before["conditions"]
    assert after["actions"]["token"]["accessTokenLifetimeMinutes"] == 9
