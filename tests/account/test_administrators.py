"""Administrators may need a second factor at every door (row 238); the last one stays (row 242)."""

import io
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.management import CommandError, call_command

from apps.directory.models import Status, User
from apps.directory.services import (
    deactivate_user,
    delete_user,
    lock_user,
    set_administrator,
    suspend_user,
)
from apps.management.firstrun import ensure_administrator
from apps.servers.models import Installation
from apps.servers.services import set_sign_in_rules
from apps.systemlog.models import LogEvent
from authzsite.domain.validation import InvalidError
from tests.account.people import (
    code_of,
    confirmed,
    past_the_password,
    signed_in,
    type_code,
    with_app,
)
from tests.admin.test_roles import program_of
from tests.factories import PASSWORD, TESTER, make_superuser, make_user
from tests.logbook import mark
from tests.oauth.flow import Browser, authorize, make_world, sign_in

pytestmark = pytest.mark.django_db
PLACES = (
    *("/admin/", "/admin/servers/installation/", "/admin/directory/user/", "/account/"),
    *("/accounts/password/change/", "/accounts/email/", "/accounts/sessions/"),
)


def require() -> None:
    """Turn it on."""
    set_sign_in_rules(actor=TESTER, staff_need_second_factor=True)


@pytest.mark.parametrize("place", PLACES)
def test_row_238_without_a_factor_an_administrator_only_enrols(place: str) -> None:
    require()
    browser = signed_in(make_superuser())
    answer = browser.get(place)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/2fa/")
    page = browser.get("/accounts/2fa/").content.decode()
    assert "You need a second factor" in page
    assert browser.post(place, {}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_row_238_who_has_enrolled_goes_on() -> None:
    require()
    browser = confirmed_for(make_superuser())
    secret = secret_on(browser.get("/accounts/2fa/totp/activate/").content.decode())
    form = {"code": code_of(secret)}
    assert browser.post("/accounts/2fa/totp/activate/", form).status_code == 302
    assert browser.get("/accounts/2fa/recovery-codes/").status_code == 200
    assert browser.get("/admin/").status_code == 200


def confirmed_for(user: User) -> Browser:
    """Signed in, and proved again."""
    browser = signed_in(user)
    answer = browser.post(
        "/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/2fa/"}
    )
    assert answer.status_code == 302
    return browser


def secret_on(page: str) -> str:
    """The text for the app."""
    found = re.search(r'value="([A-Z2-7]{32})"', page)
    assert found is not None
    return found[1]


def test_row_238_an_older_session_by_password_alone_is_asked_for_the_factor() -> None:
    admin = make_superuser()
    browser = signed_in(admin)
    assert browser.get("/admin/").status_code == 200
    secret = with_app(admin)
    require()
    answer = browser.get("/admin/")
    assert answer.headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"
    assert browser.get("/accounts/2fa/totp/deactivate/").status_code == 302
    assert browser.get("/accounts/reauthenticate/").status_code == 302
    form = {"code": code_of(secret), "next": "/admin/"}
    assert browser.post("/accounts/2fa/reauthenticate/", form).headers["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


def test_row_238_no_client_gets_a_code_for_an_administrator_without_a_factor() -> None:
    world = make_world(user=make_superuser())
    browser = signed_in(world.user)
    require()
    assert authorize(browser, world, prompt="none").error == "login_required"
    assert authorize(browser, world).location.startswith("/accounts/login/")


def test_row_238_the_duty_is_set_by_the_api_by_superusers_and_in_the_log() -> None:
    path, root = "org/signIn", make_superuser()
    program = program_of(root)
    none = {"staffNeedSecondFactor": False, "peopleNeedVerifiedEmail": False}
    assert program.get(path).json() == none
    answer = program.put(path, {"staffNeedSecondFactor": True})
    assert (answer.status_code, answer.json()) == (200, none | {"staffNeedSecondFactor": True})
    event = LogEvent.objects.filter(event_type="security.sign_in.update").get()
    assert event.actor_id == root.pk
    staff = program_of(make_user(is_staff=True))
    assert staff.get(path).status_code == 200
    assert staff.put(path, {"staffNeedSecondFactor": False}).status_code == 403
    assert program.put(path, {"staffNeedSecondFactor": 1}).status_code == 400
    assert program.put(path, {}).status_code == 400
    assert program.get(path).json() == none | {"staffNeedSecondFactor": True}


def test_row_238_others_need_none() -> None:
    require()
    browser = signed_in(make_user())
    assert browser.get("/account/").status_code == 200


def test_row_238_with_the_factor_every_door_opens() -> None:
    require()
    admin = make_superuser()
    secret = with_app(admin)
    browser = past_the_password(admin)
    assert type_code(browser, code_of(secret)).status_code == 302
    assert {browser.get(place).status_code for place in ("/admin/", "/account/")} == {200}


def test_row_238_whoever_is_not_known_not_to_need_one_needs_one() -> None:
    from apps.directory.second_factors import is_needed

    assert is_needed(User(is_staff=True))  # read past the backend
    assert not is_needed(User(is_staff=False))


def test_row_238_the_last_factor_of_an_administrator_stays() -> None:
    require()
    admin = make_superuser()
    secret = with_app(admin)
    RecoveryCodes.activate(admin)
    browser = past_the_password(admin)
    type_code(browser, code_of(secret))
    confirmed(browser)
    page = browser.post("/accounts/2fa/totp/deactivate/")
    assert "this is your last" in page.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()


def test_row_238_the_consoles_password_page_is_everybodys() -> None:
    browser = signed_in(make_superuser())
    answer = browser.get("/admin/password_change/")
    assert answer.headers["Location"] == "/accounts/password/change/"


def test_row_238_the_present_password_is_guessed_through_the_same_limiter() -> None:
    user = make_user()
    stolen = signed_in(user)
    del stolen.cookies["device"]
    form = {"oldpassword": "wrong password", "password1": "x" * 12, "password2": "x" * 12}
    statuses = [stolen.post("/accounts/password/change/", form).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert stolen.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 429
    assert sign_in(Browser(), user).status_code == 429


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/logs", "/oauth2/v1/clients"])
def test_row_238_a_session_opens_no_api(path: str) -> None:
    answer = signed_in(make_superuser()).get(path)
    assert answer.status_code in (401, 403)


@pytest.mark.parametrize("path", ["/api-auth/login/", "/admin/login/", "/accounts/login/code/"])
def test_row_238_no_other_door_takes_a_password(path: str) -> None:
    admin, browser = make_superuser(), Browser()
    form = {"username": admin.login, "login": admin.login, "password": PASSWORD}
    answer = browser.post(path, form)
    assert "session" not in browser.cookies or not browser.session.get("_auth_user_id")
    assert answer.status_code in (302, 404)


def test_the_setting_is_changed_in_the_console_after_a_question_and_logged() -> None:
    browser, since = signed_in(make_superuser()), mark()
    address = "/admin/servers/installation/sign-in/"
    assert "Require a second factor" in browser.get(address).content.decode()
    assert not Installation.objects.get(pk=1).staff_need_second_factor
    form = re.findall(
        r'name="(confirmed|yes|[a-z_]*confirm[a-z_]*)"', browser.get(address).content.decode()
    )
    browser.post(address, dict.fromkeys(form, "1"))
    assert Installation.objects.get(pk=1).staff_need_second_factor
    event = LogEvent.objects.get(pk__gt=since, event_type="security.sign_in.update")
    assert event.outcome == "SUCCESS"


def test_an_auditor_doesnt_change_the_setting() -> None:
    browser = signed_in(make_user(is_staff=True))
    assert (
        browser.post("/admin/servers/installation/sign-in/", {"confirmed": "1"}).status_code == 403
    )


ENDS: list[Any] = [
    lambda user: delete_user(actor=TESTER, user=user),
    lambda user: deactivate_user(actor=TESTER, user=user),
    lambda user: suspend_user(actor=TESTER, user=user),
    lambda user: set_administrator(actor=TESTER, user=user, is_staff=False),
]


@pytest.mark.parametrize("end", ENDS)
def test_row_242_the_last_administrator_stays(end: Any) -> None:
    admin = make_superuser()
    with pytest.raises(InvalidError):
        end(admin)
    assert User.objects.filter(is_superuser=True, status=Status.ACTIVE).exists()


@pytest.mark.parametrize(
    "path", ["/setup", "/install", "/admin/setup/", "/first-run", "/accounts/signup/"]
)
def test_row_242_there_is_no_page_that_makes_an_administrator(path: str) -> None:
    User.objects.all().delete()  # past the services, as nothing of ours can
    answer = Browser().post(path, {"login": "me", "password": PASSWORD}, follow=True)
    assert answer.status_code in (200, 403, 404) and not User.objects.exists()


def test_row_242_an_administrator_who_is_only_stopped_makes_no_second_first_run() -> None:
    admin = make_superuser()
    User.objects.filter(pk=admin.pk).update(status=Status.DEPROVISIONED)
    assert ensure_administrator() == ""
    assert User.objects.count() == 1


def break_glass(login: str) -> str:
    """The new password."""
    out = io.StringIO()
    call_command("breakglass", login, stdout=out)
    found = re.search(r"password (\S+) \(shown once\)", out.getvalue())
    assert found is not None
    return found[1]


@pytest.mark.parametrize("end", [None, lock_user, suspend_user, deactivate_user])
def test_row_242_breakglass_lets_an_administrator_in_again(end: Any) -> None:
    make_superuser()  # somebody else, so that this one may be stopped
    admin = make_superuser()
    with_app(admin)
    before = Browser()
    sign_in(before, admin)
    if end is not None:
        end(actor=TESTER, user=admin)
    require()
    since = mark()
    password = break_glass(admin.login)
    browser = Browser()
    assert sign_in(browser, admin, password).status_code == 302
    assert browser.get("/admin/").headers["Location"] == "/accounts/2fa/"
    assert sign_in(Browser(), admin).status_code == 200  # the old password
    types = set(LogEvent.objects.filter(pk__gt=since).values_list("event_type", flat=True))
    assert {"user.account.update_password", "user.mfa.factor.reset_all"} <= types


def test_row_242_breakglass_makes_an_administrator_where_there_is_none() -> None:
    password = break_glass("rescue")
    made = User.objects.get(login="rescue")
    assert made.is_superuser and made.status == Status.ACTIVE
    assert sign_in(Browser(), made, password).status_code == 302


def test_breakglass_says_why_it_cannot() -> None:
    with pytest.raises(CommandError, match="can't be let in"):
        call_command("breakglass", "")
