"""An organisation in which every page of the console has something to show."""

from django.test import Client as Browser

from apps.directory.builtin import ensure_everyone
from apps.directory.models import User
from apps.management.api_tokens.services import create_api_token
from apps.oauth.tasks import replay_drafts
from apps.policies.services.inline_hooks import create_inline_hook
from apps.servers.services import update_server
from tests.admin import jobs_scene
from tests.admin.conftest import World, ask_for_token, denial
from tests.admin.pressing import answer_of
from tests.admin.test_before import change_rule
from tests.admin.test_policy_tests import stored
from tests.admin.test_settings_pages import POLICIES, policy_fields
from tests.admin.test_what_if import draft
from tests.factories import TESTER, make_claim, make_rule, make_superuser
from tests.interoperability.okta_everything import make_everything
from tests.management.hooks.scene import make_hook
from tests.oauth import grants_fixture


def furnish(world: World, root: Browser, superuser: User) -> list[str]:
    """Traffic, jobs, drafts, tests, reviews; the pages that no link of the console leads to."""
    ensure_everyone()
    make_everything()
    make_rule(world.policy, name="Never reached", groups=[world.group.pk], scopes=["orders:read"])
    make_claim(world.server, "tier", "'gold'")
    ask_for_token(world, "orders:read")
    denial(world)
    stored(world)
    stored(world, name="Nobody writes", outcome="DENY", rule_id="")
    _run, url = draft(root)
    root.post(url, {"verb": "remove", "policy": "0", "rule": "0"})
    root.post(url, {"verb": "start", "days": "3"})
    replay_drafts()
    create_inline_hook(actor=TESTER, name="H", url="https://h.example.com/")
    assert root.post(f"{POLICIES}add/", policy_fields()).status_code == 302
    make_hook()
    create_api_token(actor=TESTER, owner=superuser, name="terraform")
    jobs_scene.seed()
    return [url, review(root), "/admin/styleguide/"]


def review(root: Browser) -> str:
    """A change that waits for a second person; its page."""
    make_superuser(login="second@example.com")
    scene = grants_fixture.make_world(token_format="opaque")
    update_server(actor=TESTER, server_id=scene.server.pk, second_person=True)
    grants_fixture.sign_in(scene)
    place, data = change_rule(scene, root)
    answer = answer_of(root.post(place, data)) | {"send_for_review": ["1"]}
    return str(root.post(place, answer).headers["Location"])
