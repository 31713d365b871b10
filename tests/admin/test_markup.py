"""Row 287: markup in every text is shown, never run."""

import pytest
from django.test import Client as Browser

from apps.clients.services import assign_user
from tests.admin.crawler import pages
from tests.factories import (
    TESTER,
    make_claim,
    make_client,
    make_group,
    make_policy,
    make_rule,
    make_server,
    make_token_policy,
    make_user,
)

pytestmark = pytest.mark.once  # no statement differs between the databases

EVIL = "<img src=x onerror=alert(1)>\"'"
BROKEN = ("<img src=x", "onerror=alert(1)>\"'")


def test_row_287_markup_is_escaped_on_every_page(root: Browser) -> None:
    server = make_server(name=EVIL, description=EVIL)
    make_claim(server, "note", "'<img src=x onerror=alert(1)>'")
    user = make_user(first_name=EVIL, last_name=EVIL, profile={EVIL: EVIL})
    group = make_group(user, name=EVIL, description=EVIL)
    client = make_client("web", name=EVIL)
    assign_user(actor=TESTER, client=client, user=user)
    make_token_policy(title=EVIL)
    policy = make_policy(server, name=EVIL, description=EVIL, clients=[client.pk])
    make_rule(policy, name=EVIL, groups=[group.pk])
    found = dict(pages(root))
    assert any("&lt;img src=x" in body for body in found.values())
    assert [url for url, body in found.items() if BROKEN[0] in body] == []
