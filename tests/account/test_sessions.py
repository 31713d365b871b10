"""Sign-in forms and sessions (rows 228, 229 and 239)."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import override_settings
from django.utils import timezone

from apps.directory.sessions import TOUCH_SECONDS, SessionStore
from tests.account.people import signed_in
from tests.factories import PASSWORD, make_user
from tests.oauth.flow import Browser, sign_in

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.mark.parametrize("token", ["", "x" * 64, "stale"])
def test_row_228_a_form_without_our_token_signs_nobody_in(token: str) -> None:
    user, browser = make_user(), Browser(enforce_csrf_checks=True)
    if token == "stale":
        token = Browser(enforce_csrf_checks=True).get(LOGIN).context["csrf_token"]
    browser.get(LOGIN)
    form = {"login": user.login, "password": PASSWORD, "csrfmiddlewaretoken": str(token)}
    answer = browser.post(LOGIN, form)
    assert answer.status_code == 403 and b"This page has expired" in answer.content
    assert "session" not in browser.cookies


def test_row_229_a_key_that_nobody_was_given_is_never_adopted() -> None:
    for key in ("a" * 32, "../../etc/passwd", "", "0" * 40):
        browser = Browser()
        browser.cookies["session"] = key
        sign_in(browser, make_user())
        assert browser.cookies["session"].value not in ("", key)


def test_row_229_the_key_from_before_the_sign_in_opens_nothing_after_it() -> None:
    browser, before = Browser(), Browser()
    session = browser.session
    session["x"] = 1
    session.save()
    browser.cookies["session"] = before.cookies["session"] = str(session.session_key)
    sign_in(browser, make_user())
    assert browser.cookies["session"].value != session.session_key
    assert before.get("/account/").status_code == 302


def only_session() -> Session:
    return Session.objects.get()


def test_row_239_a_session_that_nobody_uses_ends_in_the_database() -> None:
    browser = signed_in(make_user())
    left = only_session().expire_date - timezone.now()
    assert left <= timedelta(seconds=settings.SESSION_IDLE_AGE)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert browser.get("/account/").status_code == 302


def test_row_239_use_prolongs_it_by_one_write_in_some_minutes(
    django_assert_num_queries: Any,
) -> None:
    browser = signed_in(make_user())
    browser.get("/account/")
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=3))
    browser.get("/account/")
    assert only_session().expire_date < timezone.now() + timedelta(minutes=4)
    age(browser, seen=TOUCH_SECONDS + 1)
    browser.get("/account/")
    assert only_session().expire_date > timezone.now() + timedelta(minutes=100)


def age(browser: Browser, **seconds: float) -> None:
    """Make moments in the session older."""
    session = browser.session
    for name, by in seconds.items():
        session[name] = time.time() - by
    session.save()


def test_row_239_no_use_prolongs_it_beyond_its_day() -> None:
    browser = signed_in(make_user())
    age(browser, began=settings.SESSION_COOKIE_AGE - 60, seen=TOUCH_SECONDS + 1)
    assert browser.get("/account/").status_code == 200
    assert only_session().expire_date < timezone.now() + timedelta(seconds=61)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_session_that_somebody_ends_meanwhile_is_a_sign_out_and_no_error_page(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(make_user())
    age(browser, seen=TOUCH_SECONDS + 1)
    touch = SessionStore.touch

    def touch_late(session: SessionStore) -> None:
        """As when a changed password ends all sessions just before this one is written."""
        Session.objects.all().delete()
        touch(session)

    monkeypatch.setattr(SessionStore, "touch", touch_late)
    answer = getattr(browser, method)("/account/?page=2")
    assert (answer.status_code, answer["Location"]) == (303, "/account/?page=2")
    assert not answer.cookies["session"].value
    assert browser.get("/account/").status_code == 302


@override_settings(COOKIE_PREFIX="__Host-", SESSION_COOKIE_SECURE=True)
def test_row_239_the_known_browsers_cookie_is_kept_like_the_others() -> None:
    browser = signed_in(make_user())
    cookie = browser.cookies["__Host-device"]
    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"
    assert cookie["path"] == "/" and not cookie["domain"]


def test_row_239_over_https_the_names_say_that_they_belong_to_this_host() -> None:
    import os
    import subprocess
    import sys

    names = "SESSION_COOKIE_NAME CSRF_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE"
    code = f"from authzsite import settings as s; print([getattr(s, n) for n in '{names}'.split()])"
    env = os.environ | {"BASE_URL": "https://auth.example.com"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout.strip() == "['__Host-session', '__Host-csrf', True, True]", done.stderr


@pytest.mark.parametrize(
    "nested", ["/accounts/login/?next=//evil.com", "/" + "a" * 10_000, "///evil"]
)
def test_row_237_nested_and_endless_addresses_stay_here(nested: str) -> None:
    answer = sign_in(Browser(), make_user(), next=nested)
    assert answer.status_code in (302, 400)
    assert not answer.headers.get("Location", "/").startswith(("//", "http"))
