"""A rule whose tokens a hook is asked about, and what the hook says."""

import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from apps.oauth import hook_call
from apps.policies.services import update_rule
from apps.policies.services.inline_hooks import create_inline_hook
from apps.systemlog.models import LogEvent
from authzsite.domain.token_hook import ACCESS
from tests.factories import TESTER
from tests.oauth.client_authentication.tls_server import Site
from tests.oauth.grants_fixture import World, make_world

PATH = "/hook"


@pytest.fixture(autouse=True)
def whole_breaker() -> Iterator[None]:
    """No hook has failed yet, and none is remembered."""
    hook_call.breaker.clear()
    yield
    hook_call.breaker.clear()


@pytest.fixture
def world(receiver: Site) -> World:
    """A rule whose tokens a hook is asked about; its answer is empty."""
    return hooked(make_world(), receiver)


def hooked(world: World, receiver: Site) -> World:
    """The world with a hook at its rule."""
    receiver.show(b"{}", path=PATH)
    fields = {"auth_header": "Authorization", "auth_value": "of-the-receivers"}
    headers = [{"key": "X-Site", "value": "one"}]
    hook = create_inline_hook(
        actor=TESTER, name="Claims", url=receiver.url(PATH), headers=headers, **fields
    )
    update_rule(actor=TESTER, server_id=world.server.pk, rule_id=world.rule.pk, hook_id=hook.pk)
    return world


def answers(receiver: Site, *operations: dict[str, Any], kind: str = ACCESS, **more: Any) -> None:
    """What the hook says from now on."""
    commands = [{"type": kind, "value": list(operations)}]
    receiver.show(json.dumps({"commands": commands, **more}).encode(), path=PATH)


def claims(token: str) -> dict[str, Any]:
    """Of a JWT, unverified."""
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def add(name: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": f"/claims/{name}", "value": value}


def executed() -> list[tuple[str, str]]:
    """Outcomes and reasons of the calls."""
    found = LogEvent.objects.filter(event_type="inline_hook.executed").order_by("id")
    return list(found.values_list("outcome", "reason"))
