"""Row 294: nothing of the console changes by a GET, without the page's token, or from elsewhere."""

import re

import pytest
from django.test import Client as Browser

from apps.directory.models import User
from apps.servers.services import ensure_organization_server
from apps.systemlog.models import SavedFilter
from tests.admin.conftest import World, signed_in
from tests.admin.revoking import BY_GROUP, CASES, make_stage
from tests.logbook import jobs, mark

pytestmark = [pytest.mark.django_db, pytest.mark.once]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
ELSEWHERE = "https://evil.example.com"


@pytest.mark.parametrize("name", CASES)
def test_row_294_what_may_revoke_does_nothing_by_get_without_a_token_or_from_elsewhere(
    name: str, superuser: User, root: Browser
) -> None:
    ensure_organization_server()
    url, data = CASES[name](make_stage(root, by_group=name in BY_GROUP))
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(superuser)
    token = TOKEN.findall(strict.get("/admin/clients/client/add/").content.decode())[0]
    sent = {**data, "csrfmiddlewaretoken": token}
    before = mark(), jobs()

    asked = root.get(url, data)
    refused = [
        strict.post(url, data),
        strict.post(url, {**data, "csrfmiddlewaretoken": "x" * 64}),
        strict.post(url, sent, headers={"origin": ELSEWHERE}),
        strict.post(url, sent, headers={"origin": "null"}),
        strict.post(url, sent, secure=True, headers={"referer": f"{ELSEWHERE}/admin/"}),
    ]

    assert asked.status_code in (200, 302, 400, 405), asked.status_code
    assert [one.status_code for one in refused] == [403] * 5
    assert (mark(), jobs()) == before
    assert strict.post(url, sent).status_code in (200, 302)


def test_row_294_what_is_only_posted_is_not_got(world: World, superuser: User) -> None:
    browser = signed_in(superuser)
    assert browser.get("/admin/clients/client/saved/?name=a&query=q%3Da").status_code == 405
    assert browser.get("/admin/logout/").status_code == 405
    assert SavedFilter.objects.count() == 0
    assert browser.get("/admin/").status_code == 200
