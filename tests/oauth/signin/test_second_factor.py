"""A second factor stands between password and code, and the ID token says that it was proved."""

from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp

from apps.tokens.jwt import unverified_claims
from apps.tokens.models import Grant
from tests.oauth.flow import (
    Browser,
    Response,
    World,
    answer_of,
    authorize,
    exchange,
    make_world,
    resume_address,
    sign_in,
)

pytestmark = pytest.mark.django_db
PAGE = "/accounts/2fa/authenticate/"


def world_with_totp() -> tuple[World, str]:
    """A user with an authenticator app, and its secret."""
    world, secret = make_world(), totp.generate_totp_secret()
    totp.TOTP.activate(world.user, secret)
    return world, secret


def current_code(secret: str) -> str:
    """What the app shows now."""
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def type_code(browser: Browser, code: str) -> Response:
    return browser.post(PAGE, {"code": code})


def test_the_code_comes_after_both_factors_and_amr_names_them() -> None:
    world, secret = world_with_totp()
    browser = Browser()
    away = authorize(browser, world)
    assert sign_in(browser, world.user, next=resume_address(away)).headers["Location"] == PAGE
    response = type_code(browser, current_code(secret))
    code = answer_of(browser.get(response.headers["Location"])).code
    claims: dict[str, Any] = unverified_claims(exchange(world, code).json()["id_token"])
    assert claims["amr"] == ["pwd", "otp", "mfa"]


def test_the_password_alone_is_no_sign_in_and_no_step_can_be_skipped_row_241() -> None:
    world, secret = world_with_totp()
    browser = Browser()
    address = resume_address(authorize(browser, world))
    sign_in(browser, world.user, next=address)
    assert answer_of(browser.get(address)).is_page
    assert authorize(browser, world, prompt="none").error == "login_required"
    assert type_code(browser, "000000").status_code == 200
    assert Grant.objects.count() == 0


def test_the_page_of_the_second_factor_may_end_at_the_application() -> None:
    world, _ = world_with_totp()
    browser = Browser()
    sign_in(browser, world.user, next=resume_address(authorize(browser, world)))
    policy = browser.get(PAGE).headers["Content-Security-Policy"]
    assert "form-action 'self' https://app.example.com" in policy
