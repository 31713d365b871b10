"""Nothing of the console revokes at the first POST: each form, button and action is tried."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client as Browser

from apps.servers.services import ensure_organization_server
from apps.systemlog.models import RevocationJob
from apps.tokens.models import AccessToken, Grant
from tests.admin.pressing import answer_of, asks
from tests.admin.revoking import BY_GROUP, CASES, HARMLESS, make_stage
from tests.logbook import mark

pytestmark = pytest.mark.django_db
APPS = ("servers", "policies", "clients", "directory", "tokens")


def problems(response: Any) -> Any:
    """What a form has refused."""
    form = (response.context or {}).get("adminform")
    return form and form.form.errors


def ended() -> int:
    """Outbox rows, and tokens that were ended one by one."""
    rows = Grant.objects.exclude(revoked_at=None).count()
    opaque = AccessToken.objects.exclude(revoked_at=None).count()
    return RevocationJob.objects.count() + rows + opaque


@pytest.mark.parametrize("name", CASES)
def test_r15_the_first_post_changes_nothing_and_the_second_does(name: str, root: Browser) -> None:
    ensure_organization_server()
    stage = make_stage(root, by_group=name in BY_GROUP)
    url, data = CASES[name](stage)
    before, dead = mark(), ended()

    shown = root.post(url, data)

    assert asks(shown), (shown.status_code, shown.headers.get("Location"), problems(shown))
    assert (mark(), ended()) == (before, dead)
    assert "and revoke " in shown.content.decode()
    answer = answer_of(shown)
    typed = {one: value for one, value in data.items() if one == "password"}
    done = root.post(url, answer | typed)
    assert done.status_code == 302 or name == "clients_client:deactivate_clients", done.content
    assert ended() > dead and mark() != before


def test_the_cases_are_all_that_there_are() -> None:
    known = {name.split(":")[0] for name in CASES}
    actions = {name for name in CASES if ":" in name}
    assert {one for one in addresses() if one not in known and not is_harmless(one)} == set()
    assert {one for one in bulk_actions() if one not in actions and not is_harmless(one)} == set()


def addresses() -> Iterator[str]:
    """The names of all addresses of tables that tokens stand on."""
    for model, table in admin.site._registry.items():
        if model._meta.app_label in APPS:
            yield from (str(one.name) for one in table.get_urls() if one.name)


def bulk_actions() -> Iterator[str]:
    for model, table in admin.site._registry.items():
        for action in table.actions or ():
            if model._meta.app_label in APPS:
                name: Any = action
                yield f"{model._meta.app_label}_{model._meta.model_name}:{name.__name__}"


def is_harmless(name: str) -> bool:
    last = name.split(":")[-1].split("_")
    return name in HARMLESS or last[-1] in HARMLESS or last[0] in ("activate", "unsuspend")
