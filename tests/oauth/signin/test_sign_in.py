"""Signing in: only who is ACTIVE, never away from this host, and every attempt in the log."""

import pytest
from django.contrib.sessions.models import Session
from django.test import override_settings

from apps.directory.services import deactivate_user, lock_user, suspend_user
from apps.directory.sessions import SessionStore
from apps.systemlog.models import LogEvent
from tests.factories import PASSWORD, TESTER, make_superuser, make_user
from tests.logbook import everything, mark
from tests.oauth.flow import Browser, authorize, make_world, sign_in

pytestmark = pytest.mark.django_db


def test_a_sign_in_and_a_sign_out_are_events_with_the_user() -> None:
    user, browser, since = make_user(), Browser(), mark()
    sign_in(browser, user)
    browser.post("/accounts/logout/")
    found = LogEvent.objects.filter(pk__gt=since).order_by("pk")
    assert [(e.event_type, e.outcome, e.user_id) for e in found] == [
        ("user.session.start", "SUCCESS", user.pk),
        ("user.session.end", "SUCCESS", user.pk),
    ]


@pytest.mark.parametrize("end", [suspend_user, lock_user, deactivate_user])
def test_only_active_users_sign_in_and_the_answer_is_always_the_same_row_230(end: object) -> None:
    refused = make_user()
    end(actor=TESTER, user=refused)  # type: ignore[operator]
    wrong = make_user()
    answers = [
        sign_in(Browser(), refused),
        sign_in(Browser(), refused, "wrong password"),
        sign_in(Browser(), wrong, "wrong password"),
        Browser().post("/accounts/login/", {"login": "nobody", "password": "wrong password"}),
    ]
    texts = {a.context["form"].non_field_errors().as_text() for a in answers}
    assert len(texts) == 1 and {a.status_code for a in answers} == {200}


def test_a_failure_says_why_in_the_log_but_not_what_was_typed() -> None:
    user, locked, since = make_user(), make_user(), mark()
    lock_user(actor=TESTER, user=locked)
    sign_in(Browser(), user, "wrong password 1")
    sign_in(Browser(), locked)
    Browser().post("/accounts/login/", {"login": "my secret by mistake", "password": "x"})
    found = LogEvent.objects.filter(pk__gt=since, event_type="user.session.start").order_by("pk")
    assert [(e.outcome, e.reason, e.user_id) for e in found] == [
        ("FAILURE", "INVALID_CREDENTIALS", user.pk),
        ("FAILURE", "LOCKED_OUT", locked.pk),
        ("FAILURE", "INVALID_CREDENTIALS", ""),
    ]
    assert "by mistake" not in everything() and "wrong password 1" not in everything()


@pytest.mark.parametrize("login", ["ADA@example.com", "ada@example.com\u200b", "ａda@example.com"])
def test_logins_are_compared_as_written_row_21(login: str) -> None:
    make_user(login="ada@example.com")
    browser = Browser()
    browser.post("/accounts/login/", {"login": login, "password": PASSWORD})
    assert "session" not in browser.cookies


def test_a_password_beyond_every_limit_is_not_hashed_row_236() -> None:
    user = make_user()
    assert sign_in(Browser(), user, "x" * 100_000).status_code == 200


def test_ten_wrong_passwords_are_enough_and_others_still_get_in_row_232() -> None:
    victim, other = make_user(), make_user()
    for number in range(10):
        sign_in(Browser(), victim, f"wrong password {number}")
    assert sign_in(Browser(), victim).status_code == 429
    assert sign_in(Browser(), other).status_code == 302


def test_a_stranger_elsewhere_does_not_lock_the_owner_out_row_234() -> None:
    victim = make_user()
    form = {"login": victim.login, "password": "wrong password"}
    for _ in range(11):
        Browser(REMOTE_ADDR="203.0.113.9").post("/accounts/login/", form)
    assert sign_in(Browser(), victim).status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        *("//evil.com", r"/\evil.com", r"\\evil.com", "https:evil.com", "/%09/evil.com"),
        *("javascript:alert(1)", "http:///evil.com", "https://evil.com/x", "/\t/evil.com"),
        "http://testserver@evil.com/",
        "https://localhost/elsewhere",
    ],
)
def test_next_stays_on_this_host_row_237(address: str) -> None:
    response = sign_in(Browser(), make_user(), next=address)
    assert response.headers["Location"] in ("/", "/%09/evil.com")


def test_a_login_form_of_another_site_is_refused_row_228() -> None:
    user = make_user()
    response = sign_in(Browser(enforce_csrf_checks=True), user)
    assert response.status_code == 403 and b"This page has expired" in response.content


def test_the_session_changes_its_key_at_sign_in_and_foreign_keys_are_not_adopted_row_229() -> None:
    browser = Browser()
    browser.cookies["session"] = "attacker0chosen0key0123456789abc"
    sign_in(browser, make_user())
    first = browser.cookies["session"].value
    assert first != "attacker0chosen0key0123456789abc"
    browser.post("/accounts/logout/")
    sign_in(browser, make_user())
    assert browser.cookies["session"].value != first


def test_the_database_holds_no_session_key() -> None:
    world, browser = make_world(), Browser()
    sign_in(browser, world.user)
    stored = Session.objects.values_list("session_key", flat=True)
    assert browser.cookies["session"].value not in stored
    assert SessionStore(stored[0]).load() == {}  # as a cookie it opens nothing


def test_the_list_of_sessions_shows_and_ends_them_by_digest() -> None:
    user, here, there = make_user(), Browser(), Browser()
    sign_in(here, user)
    sign_in(there, user)
    page = here.get("/accounts/sessions/")
    sessions = page.context["sessions"]
    assert len(sessions) == 2
    (other,) = (s for s in sessions if s.session_key != here.cookies["session"].value)
    other.end()
    assert there.get("/accounts/password/change/").status_code == 302
    assert here.get("/accounts/password/change/").status_code == 200


def test_cookies_are_kept_from_scripts_and_other_sites_row_239() -> None:
    world, browser = make_world(), Browser()
    authorize(browser, world)
    sign_in(browser, world.user)
    for name in ("session", "authorize"):
        cookie = browser.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
        assert not cookie["domain"]


@override_settings(COOKIE_PREFIX="__Host-", SESSION_COOKIE_SECURE=True)
def test_on_https_cookies_belong_to_this_host_alone_row_239() -> None:
    browser = Browser()
    authorize(browser, make_world())
    assert browser.cookies["__Host-authorize"]["secure"]


def test_the_console_signs_in_through_the_same_door_row_238() -> None:
    browser, admin = Browser(), make_superuser()
    away = browser.get("/admin/")
    login = browser.get(away.headers["Location"])
    assert login.headers["Location"].startswith("/accounts/login/?next=/admin/")
    assert sign_in(browser, admin, next="/admin/").headers["Location"] == "/admin/"


def test_a_new_password_by_its_owner_ends_the_old_tokens_standing() -> None:
    user, browser = make_user(), Browser()
    sign_in(browser, user)
    new = "another horse battery"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    since = mark()
    assert browser.post("/accounts/password/change/", form).status_code == 302
    before = user.password_epoch
    user.refresh_from_db()
    assert user.password_epoch == before + 1
    types = LogEvent.objects.filter(pk__gt=since).values_list("event_type", flat=True)
    assert "user.account.update_password" in types
