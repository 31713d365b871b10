"""What the consent page shows of a client, and what it isn't asked about (rows 244 to 247)."""

from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings
from django.utils.html import escape

from apps.clients.services import update_client
from apps.oauth import runtime
from apps.tokens.jwt import unverified_claims
from apps.tokens.models import Consent, Grant
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER
from tests.oauth.consent.test_consent import asked, consent_world
from tests.oauth.flow import Answer, authorize, consent, exchange, make_world

pytestmark = pytest.mark.django_db

HOSTILE = (
    *("<img src=x onerror=alert(1)>", "Okta\u202e nI-ngiS", "Ok\u200bta", "A" * 10_000),
    *("Okta Sign-In", '"><script>x</script>', "\u2066left\u2069", "\ufeffBOM"),
)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_row_245_a_name_says_nothing_that_the_host_beside_it_does_not_correct(name: str) -> None:
    world, browser = consent_world()
    try:
        update_client(actor=TESTER, client=world.client, name=name)
    except InvalidError:
        return  # it never gets so far: a name like this is refused
    page = authorize(browser, world, scope="openid write").response.content.decode()
    heading = page[page.index("<h1") : page.index("</h1>")]
    assert heading.startswith('<h1 class="foreign-name"')  # isolated and clipped: card.css
    assert escape(name) in heading and "<img src=x" not in page and "<script>x" not in page
    assert "app.example.com" in page


def test_row_245_markup_and_directions_cannot_leave_their_box() -> None:
    world, browser = consent_world()
    type(world.client).objects.filter(pk=world.client.pk).update(name="Okta\u202e<b>x</b>")
    runtime.clear()
    page = authorize(browser, world, scope="openid write").response.content.decode()
    rule = (Path(settings.ROOT) / "static/console/card.css").read_text()
    (box,) = [line for line in rule.splitlines() if line.startswith(".foreign-name")]
    assert all(one in box for one in ("unicode-bidi: isolate", "overflow: hidden", "ellipsis"))
    assert "<b>x" not in page and page.count("\u202e") == page.count("Okta\u202e")


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "data:text/html,x", "//evil", "ftp://a.b/"])
@pytest.mark.parametrize("name", ["tos_uri", "policy_uri", "logo_uri", "client_uri"])
def test_row_246_a_link_that_is_none_is_refused(name: str, uri: str) -> None:
    world, fields = make_world(), cast("Any", {name: uri})
    with pytest.raises(InvalidError):
        update_client(actor=TESTER, client=world.client, **fields)


def test_row_246_nobody_fetches_a_logo_and_the_policy_keeps_browsers_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something was fetched")

    world, browser = consent_world()
    logo = "https://169.254.169.254/latest/meta-data"
    update_client(actor=TESTER, client=world.client, logo_uri=logo)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    page = authorize(browser, world, scope="openid write").response
    assert b"169.254" not in page.content and asked(Answer(page, {}))
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]


def test_row_244_claims_that_are_asked_for_by_name_are_not_given_so_nothing_is_to_be_asked() -> (
    None
):
    world, browser = consent_world()
    consent(browser, world, authorize(browser, world, scope="openid read"))
    plain = exchange(world, authorize(browser, world, scope="openid read").code).json()
    wanted = '{"id_token": {"email": {"essential": true}}, "userinfo": {"phone_number": null}}'
    asking = authorize(browser, world, scope="openid read", claims=wanted)
    more = exchange(world, asking.code).json()
    keys = [set(unverified_claims(one["id_token"])) for one in (plain, more)]
    assert keys[0] == keys[1] and "email" not in keys[1]


def test_row_247_going_back_after_denying_asks_again() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="openid read")
    assert consent(browser, world, page, "deny").error == "access_denied"
    assert not Consent.objects.exists() and not Grant.objects.exists()
    assert asked(authorize(browser, world, scope="openid read"))
