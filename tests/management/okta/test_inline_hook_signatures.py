"""A token inline hook's question is signed: the receiver's view (row 301)."""

import json
from typing import Any
from unittest.mock import patch

import jwt
import pytest
from django.conf import settings
from django.utils import timezone

from apps.oauth.hook_call import call_hook
from apps.oauth.runtime import organization_snapshot
from apps.policies.models import InlineHook
from apps.servers.services import rotate_keys
from tests.docs.blocks import README
from tests.factories import TESTER
from tests.management.hooks.conftest import receiver
from tests.management.okta.hook_scene import whole_breaker, world
from tests.oauth.client_authentication.tls_server import Asked, Site
from tests.oauth.grants_fixture import World, browser, client_credentials

pytestmark = pytest.mark.once  # no statement differs between the databases

SECTION = README.read_text().split("## Inline hooks\n")[1].split("\n## ")[0]
CODE = SECTION.split("```python\n")[1].split("```")[0]
__all__ = ["receiver", "whole_breaker", "world"]


def test_row_301_a_receiver_knows_a_question_by_the_servers_signature(
    world: World, receiver: Site
) -> None:
    """With a JOSE library and the published keys, as receivers have them."""
    client_credentials(world)
    receive(world, receiver.asked[-1])


def receive(world: World, question: Asked, body: bytes | None = None) -> str:
    """By the README's own code, with the server's published keys; the question's id."""
    names: dict[str, Any] = {}
    exec(CODE, names)  # noqa: S102 - the README's own code
    published = browser().get(f"/oauth2/{world.server.pk}/v1/keys").json()
    issuer = f"{settings.BASE_URL}/oauth2/{world.server.pk}"
    octets = question.body if body is None else body
    with patch.object(jwt.PyJWKClient, "fetch_data", return_value=published):
        found = names["question_id"](
            question.headers["Hook-Signature"], octets, issuer, InlineHook.objects.get().url
        )
    assert found == json.loads(question.body)["eventId"]
    return str(found)


def test_row_301_a_question_that_was_changed_by_one_octet_or_forged_is_refused(
    world: World, receiver: Site
) -> None:
    client_credentials(world)
    question = receiver.asked[-1]
    with pytest.raises(ValueError, match="changed"):
        receive(world, question, question.body[:-1] + b" ")
    head, claims_part, _ = question.headers["Hook-Signature"].split(".")
    question.headers.replace_header("Hook-Signature", f"{head}.{claims_part}.{'A' * 86}")
    with pytest.raises(jwt.InvalidSignatureError):
        receive(world, question)


def test_row_301_questions_from_before_and_after_a_rotation_verify_with_the_keys_of_now(
    world: World, receiver: Site
) -> None:
    client_credentials(world)
    rotate_keys(actor=TESTER, server_id=world.server.pk)
    client_credentials(world)
    before, after = receiver.asked
    assert receive(world, before) != receive(world, after)
    assert kid_of(before) != kid_of(after)


def kid_of(question: Asked) -> str:
    return str(jwt.get_unverified_header(question.headers["Hook-Signature"])["kid"])


def test_row_301_a_question_that_an_administrator_tries_is_signed_by_the_organisations_server(
    world: World, receiver: Site
) -> None:
    hook = InlineHook.objects.get()
    call_hook(hook, {"eventId": "mine"}, organization_snapshot(), timezone.now())
    keys = browser().get("/oauth2/v1/keys").json()["keys"]
    assert kid_of(receiver.asked[-1]) in {one["kid"] for one in keys}
