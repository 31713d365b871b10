"""Inline hooks and login policies in the console: through their services, never a secret shown."""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.clients.models import LoginPolicy
from apps.clients.services.login_policies import owner_secret_is
from apps.policies.models import InlineHook
from apps.policies.services import update_rule
from apps.policies.services.inline_hooks import create_inline_hook, open_auth
from apps.systemlog.models import LogEvent
from tests.admin.conftest import World
from tests.factories import TESTER

HOOKS, POLICIES = "/admin/policies/inlinehook/", "/admin/clients/loginpolicy/"
SECRET = "Bearer wuss4-never-shown"  # noqa: S105
OWNER_SECRET = "owner-secret-never-shown-1"  # noqa: S105


@pytest.fixture(autouse=True)
def everywhere_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is looked up in a test; one host is said to be private."""

    def check(url: str) -> None:
        from apps.oauth.outbound import OutboundError

        if "private" in url:
            raise OutboundError

    monkeypatch.setattr("apps.management.hooks.inline_forms.check_address", check)


def hook_fields(**fields: Any) -> dict[str, Any]:
    given = {
        "name": "Entitlements",
        "url": "https://hooks.example.com/token",
        "version": "1.0.0",
        "headers": "X-Tenant: 7\nX-Env: prod",
        "auth_header": "Authorization",
        "auth_value": SECRET,
    }
    return {**given, **fields}


def policy_fields(**fields: Any) -> dict[str, Any]:
    given = {
        "title": "Customers",
        "login_url": "https://login.example.com/",
        "custom_claims": "unit: job.unit",
        "store_domain": "store.example.com",
        "application_id": "app1",
        "entity_type": "user",
        "owner_client_id": "owner1",
        "owner_secret": OWNER_SECRET,
    }
    return {**given, **fields}


def text_of(browser: Browser, url: str) -> str:
    response = browser.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_a_hook_is_made_changed_and_its_secret_never_shown(world: World, root: Browser) -> None:
    assert root.post(f"{HOOKS}add/", hook_fields()).status_code == 302
    hook = InlineHook.objects.get()
    assert hook.headers == [{"key": "X-Tenant", "value": "7"}, {"key": "X-Env", "value": "prod"}]
    assert open_auth(hook) == SECRET
    page = f"{HOOKS}{hook.pk}/change/"
    root.post(page, hook_fields(name="Renamed", auth_value=""))
    hook.refresh_from_db()
    assert hook.name == "Renamed" and open_auth(hook) == SECRET
    for shown in (HOOKS, page):
        assert SECRET not in text_of(root, shown)
    assert SECRET not in str(list(LogEvent.objects.values_list("body", flat=True)))


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"url": "http://hooks.example.com/"}, "url"),
        ({"url": "https://private.example.com/"}, "url"),
        ({"auth_value": ""}, "auth_value"),
        ({"headers": "no colon\x7f"}, "headers"),
        ({"name": ""}, "name"),
    ],
)
def test_rows_250_298_what_may_not_be_asked_is_refused_at_its_field(
    world: World, root: Browser, fields: dict[str, Any], at: str
) -> None:
    response = root.post(f"{HOOKS}add/", hook_fields(**fields))
    assert at in response.context["adminform"].form.errors
    assert SECRET not in response.content.decode() and not InlineHook.objects.exists()


def test_a_hook_that_is_active_or_used_stays(world: World, root: Browser) -> None:
    hook = create_inline_hook(actor=TESTER, name="H", url="https://h.example.com/")
    update_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk, hook_id=hook.pk)
    assert world.rule.name in text_of(root, f"{HOOKS}{hook.pk}/change/")
    delete = f"{HOOKS}{hook.pk}/delete/"
    assert "must be INACTIVE" in root.post(delete, {"post": "yes"}, follow=True).content.decode()
    assert "as if there were none" in text_of(root, f"{HOOKS}{hook.pk}/deactivate/")
    root.post(f"{HOOKS}{hook.pk}/deactivate/", {"confirmed": "1"})
    refused = root.post(delete, {"post": "yes"}, follow=True).content.decode()
    assert "is used by the rule Read" in refused
    root.post(f"{HOOKS}{hook.pk}/activate/", {"confirmed": "1"})
    hook.refresh_from_db()
    assert hook.status == "ACTIVE"
    update_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk, hook_id="")
    root.post(f"{HOOKS}{hook.pk}/deactivate/", {"confirmed": "1"})
    root.post(delete, {"post": "yes"})
    assert not InlineHook.objects.exists()


def test_a_login_policy_is_made_once_and_changed(world: World, root: Browser) -> None:
    assert root.post(f"{POLICIES}add/", policy_fields()).status_code == 302
    policy = LoginPolicy.objects.get()
    assert policy.custom_claims == {"userinfo": {"unit": "job.unit"}}
    assert owner_secret_is(policy, OWNER_SECRET)
    page = f"{POLICIES}{policy.pk}/change/"
    root.post(page, policy_fields(title="Shoppers", store_domain="other.example.com"))
    policy.refresh_from_db()
    assert (policy.title, policy.store_domain) == ("Shoppers", "store.example.com")
    for shown in (POLICIES, page):
        assert OWNER_SECRET not in text_of(root, shown)
    assert OWNER_SECRET not in str(list(LogEvent.objects.values_list("body", flat=True)))
    refused = root.post(page, policy_fields(custom_claims="sub: id"))
    assert "custom_claims" in refused.context["adminform"].form.errors
    root.post(f"{POLICIES}{policy.pk}/delete/", {"post": "yes"})
    assert not LoginPolicy.objects.exists()


def test_row_290_who_may_look_changes_none(world: World, root: Browser, auditor: Browser) -> None:
    hook = create_inline_hook(actor=TESTER, name="H", url="https://h.example.com/")
    root.post(f"{POLICIES}add/", policy_fields())
    policy = LoginPolicy.objects.get()
    for page in (HOOKS, f"{HOOKS}{hook.pk}/change/", POLICIES, f"{POLICIES}{policy.pk}/change/"):
        text_of(auditor, page)
    assert auditor.post(f"{HOOKS}{hook.pk}/deactivate/", {"confirmed": "1"}).status_code == 403
    for page, fields in ((HOOKS, hook_fields()), (POLICIES, policy_fields())):
        assert auditor.post(f"{page}add/", fields).status_code == 403
    assert auditor.post(f"{POLICIES}{policy.pk}/delete/", {"post": "yes"}).status_code == 403
