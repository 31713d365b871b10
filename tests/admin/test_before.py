"""Before a change that revokes is saved: the page that says what it does, then a deliberate yes."""

import html
import re
from typing import Any

import pytest
from django.test import Client as Browser

from apps.policies.models import Rule
from tests.logbook import mark
from tests.oauth.grants_fixture import World, make_world, sign_in
from tests.oauth.watching import watch

pytestmark = pytest.mark.django_db
TITLE = "Before this is saved"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
TICK = re.compile(r'<input type="checkbox" name="(confirmed|despite_tests)" value="([^"]*)"')


@pytest.fixture
def scene() -> World:
    """A user with tokens of an opaque server."""
    return make_world(token_format="opaque")


def form_of(browser: Browser, url: str) -> dict[str, Any]:
    """What a browser would post of the form at this address, unchanged."""
    form = browser.get(url).context["adminform"].form
    data: dict[str, Any] = {}
    for field in form:
        widget, value = field.field.widget, field.value()
        if hasattr(widget, "decompress"):
            parts = widget.decompress(value)
            data |= {f"{field.name}_number": parts[0], f"{field.name}_unit": parts[1]}
        elif value not in (None, "", False, []):
            data[field.name] = value
    return data


def answer_of(response: Any) -> dict[str, list[str]]:
    """What the page's button posts, with every box ticked."""
    body = response.content.decode().split('class="deliberate"')[1].split("</form>")[0]
    found: dict[str, list[str]] = {}
    for name, value in [*HIDDEN.findall(body), *TICK.findall(body)]:
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(html.unescape(value))
    return found


def test_r15_a_rule_that_would_end_tokens_is_shown_before_it_is_saved(
    scene: World, root: Browser
) -> None:
    tokens, url = sign_in(scene), f"/admin/policies/rule/{scene.rule.pk}/change/"
    data = form_of(root, url) | {"access_token_minutes_number": "30"}
    data["access_token_minutes_unit"] = "1"
    before = mark()

    shown = root.post(url, data)

    assert TITLE in shown.content.decode() and mark() == before
    assert Rule.objects.get(pk=scene.rule.pk).access_token_minutes == 60
    assert "Save and revoke 2 tokens" in shown.content.decode()
    assert watch(scene).is_active(tokens.access)
    saved = root.post(url, answer_of(shown))
    assert saved.status_code == 302
    assert Rule.objects.get(pk=scene.rule.pk).access_token_minutes == 30
    assert not watch(scene).is_active(tokens.access)
