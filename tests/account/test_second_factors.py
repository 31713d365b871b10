"""Codes: each once, few guesses, no step skipped (row 241)."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from apps.directory.attempts import people
from apps.directory.services import reset_second_factors, use_step
from apps.systemlog.models import LogEvent
from tests.account.people import (
    code_of,
    confirmed,
    past_the_password,
    signed_in,
    type_code,
    with_app,
    with_recovery_codes,
)
from tests.factories import TESTER, make_user
from tests.logbook import everything, mark
from tests.oauth.flow import Browser, sign_in
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window ends in the middle of a test."""
    now = people.timezone.now().replace(minute=2, second=2)
    monkeypatch.setattr(people.timezone, "now", lambda: now)


def test_row_241_a_code_is_good_once() -> None:
    user = make_user()
    secret = with_app(user)
    first, second = past_the_password(user), past_the_password(user)
    code = code_of(secret)
    assert type_code(first, code).status_code == 302
    assert type_code(second, code).status_code == 200
    assert type_code(second, code_of(secret, later=1)).status_code == 302


def test_row_241_an_older_code_than_the_last_is_no_code_any_more() -> None:
    user = make_user()
    secret = with_app(user)
    assert type_code(past_the_password(user), code_of(secret, later=1)).status_code == 302
    assert type_code(past_the_password(user), code_of(secret)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_row_241_the_same_code_typed_twice_at_once_signs_in_once() -> None:
    user = make_user()
    with_app(user)
    row = Authenticator.objects.get(user_id=user.pk)
    found = at_once(*[lambda: use_step(authenticator=row, step=7) for _ in range(10)])
    assert sorted(found) == [False] * 9 + [True]


@pytest.mark.django_db(transaction=True)
def test_row_241_a_recovery_code_typed_twice_at_once_signs_in_once() -> None:
    user = make_user()
    with_app(user)
    code = with_recovery_codes(user)[0]
    browsers = [past_the_password(user) for _ in range(6)]
    found = at_once(*[lambda b=browser: type_code(b, code).status_code for browser in browsers])
    assert sorted(found) == [200] * 5 + [302]


def test_row_241_ten_wrong_codes_are_enough() -> None:
    user = make_user()
    secret = with_app(user)
    statuses = [type_code(past_the_password(user), "000000").status_code for _ in range(10)]
    assert statuses == [200] * 10
    answer = type_code(past_the_password(user), code_of(secret))
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0


def test_row_241_a_million_guesses_take_decades() -> None:
    from apps.directory.attempts.limits import CODES_A_DAY

    windows_that_count, guesses = 3, 10**6
    assert guesses / windows_that_count / CODES_A_DAY.most > 10 * 365


@pytest.mark.parametrize(
    "page", ["/account/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/password/change/"]
)
def test_row_241_no_page_opens_between_password_and_code(page: str) -> None:
    user = make_user()
    with_app(user)
    assert "/accounts/login/" in past_the_password(user).get(page).headers["Location"]


def test_row_241_the_code_alone_opens_nothing() -> None:
    user = make_user()
    secret = with_app(user)
    answer = type_code(Browser(), code_of(secret))
    assert answer.headers["Location"] == "/accounts/login/"


def test_a_code_counts_for_its_own_user_only() -> None:
    user, other = make_user(), make_user()
    with_app(user)
    secret = with_app(other)
    assert type_code(past_the_password(user), code_of(secret)).status_code == 200


def test_factors_are_changed_after_a_fresh_proof_only() -> None:
    user = make_user()
    browser = signed_in(user)
    for page in ("totp/activate/", "webauthn/add/", "recovery-codes/generate/"):
        answer = browser.get(f"/accounts/2fa/{page}")
        assert answer.headers["Location"].startswith("/accounts/reauthenticate/?next=")
    confirmed(browser)
    assert browser.get("/accounts/2fa/totp/activate/").status_code == 200


def test_recovery_codes_are_shown_once_and_new_ones_end_the_old() -> None:
    user = make_user()
    with_app(user)
    old = with_recovery_codes(user)
    browser = signed_in_fully(user)
    confirmed(browser)
    page = browser.get("/accounts/2fa/recovery-codes/").content.decode()
    assert all(code in page for code in old)
    page = browser.get("/accounts/2fa/recovery-codes/").content.decode()
    assert not any(code in page for code in old)
    assert browser.get("/accounts/2fa/recovery-codes/download/").status_code in (403, 404)
    browser.post("/accounts/2fa/recovery-codes/generate/")
    assert type_code(past_the_password(user), old[0]).status_code == 200


def signed_in_fully(user: Any) -> Browser:
    """By password and code."""
    from allauth.mfa.utils import decrypt

    secret = decrypt(Authenticator.objects.get(user_id=user.pk, type="totp").data["secret"])
    browser = past_the_password(user)
    assert type_code(browser, code_of(secret)).status_code == 302
    return browser


def test_an_administrator_may_take_lost_factors_away() -> None:
    user = make_user()
    with_app(user)
    with_recovery_codes(user)
    since = mark()
    assert reset_second_factors(actor=TESTER, user=user) == 2
    assert sign_in(Browser(), user).headers["Location"] != "/accounts/2fa/authenticate/"
    event = LogEvent.objects.get(pk__gt=since, event_type="user.mfa.factor.reset_all")
    assert event.user_id == user.pk


def test_the_log_has_factors_but_no_codes() -> None:
    user, since = make_user(), mark()
    secret = with_app(user)
    code = code_of(secret)
    browser = past_the_password(user)
    type_code(browser, "999999")
    type_code(browser, code)
    found = LogEvent.objects.filter(
        pk__gt=since, event_type="user.authentication.auth_via_mfa"
    ).order_by("pk")
    assert [event.outcome for event in found] == ["FAILURE", "SUCCESS"]
    assert code not in everything() and secret not in everything()
