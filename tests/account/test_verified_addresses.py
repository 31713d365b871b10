"""Where people need a verified address, nobody signs in with one that was never verified."""

import io

import pytest
from django.core import mail
from django.core.management import call_command

from apps.directory.attempts.limits import MAIL_TO_ADDRESS
from apps.directory.models import User
from apps.directory.services import update_user, verify_address
from apps.servers.models import Installation
from apps.servers.services import set_sign_in_rules
from apps.systemlog.admin.tell import reason_words
from apps.systemlog.models import LogEvent
from tests.account.people import code_of, confirmed, link_in_mail, signed_in, type_code, with_app
from tests.admin.test_roles import program_of
from tests.factories import PASSWORD, TESTER, make_superuser, make_user
from tests.logbook import mark
from tests.oauth.flow import Browser, Response, authorize, exchange, make_world, sign_in

pytestmark = pytest.mark.django_db
SENT = "/accounts/confirm-email/"


def require() -> None:
    """Turn it on."""
    set_sign_in_rules(actor=TESTER, people_need_verified_email=True)


def waiting(user: User, **more: str) -> Browser:
    """A browser that has proved the password, and waits for the link."""
    browser = Browser()
    assert sign_in(browser, user, **more).headers["Location"] == SENT
    assert mail.outbox[-1].to == [user.email]
    return browser


def is_in(browser: Browser) -> bool:
    return bool(browser.get("/account/").status_code == 200)


def test_off_nothing_is_asked_and_no_mail_is_sent() -> None:
    assert is_in(signed_in(make_user())) and mail.outbox == []


def test_who_never_verified_is_sent_a_link_and_let_in_when_it_was_followed() -> None:
    require()
    user = make_user()
    browser, since = waiting(user, next="/accounts/sessions/"), mark()
    link = link_in_mail()
    page = browser.get(SENT).content.decode()
    assert "Look into your mail" in page and user.email not in page
    assert not is_in(browser)
    assert browser.get(link).status_code == 200 and not is_in(browser), "a look changes nothing"
    assert browser.post(link).headers["Location"] == "/accounts/sessions/"
    assert is_in(browser)
    user.refresh_from_db()
    assert user.verified_email == user.email
    event = LogEvent.objects.get(pk__gt=since, event_type="user.account.update_profile")
    assert event.user_id == user.pk == event.actor_id
    assert Browser().post(link).status_code == 400, "once"
    mail.outbox.clear()
    assert is_in(signed_in(user)) and mail.outbox == [], "the next time, at once"


def test_R24_who_has_to_wait_is_in_the_log_with_the_reason() -> None:
    require()
    user, since = make_user(), mark()
    waiting(user)
    events = LogEvent.objects.filter(pk__gt=since, event_type="user.session.start")
    assert [(e.outcome, e.reason, e.user_id) for e in events] == [
        ("FAILURE", "EMAIL_NOT_VERIFIED", user.pk)
    ]
    assert reason_words(events[0]) == "the e-mail address was never verified"


def test_the_link_alone_opens_nothing_and_who_waits_elsewhere_signs_in_again() -> None:
    require()
    user = make_user()
    browser = waiting(user)
    other = Browser()
    assert other.post(link_in_mail()).status_code == 302 and not is_in(other)
    assert not is_in(browser)
    assert sign_in(browser, user).status_code == 302 and is_in(browser)


def test_somebody_elses_link_lets_nobody_in() -> None:
    require()
    victim, thief = make_user(), make_user()
    waiting(thief)
    link = link_in_mail()
    browser = waiting(victim)
    browser.post(link)
    assert not is_in(browser)
    victim.refresh_from_db()
    assert victim.verified_email == ""


def test_the_second_factor_is_asked_for_behind_it() -> None:
    require()
    user = make_user()
    secret = with_app(user)
    browser = waiting(user)
    assert browser.post(link_in_mail()).headers["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(browser)
    type_code(browser, code_of(secret))
    assert is_in(browser)


def test_a_client_waits_with_the_person_and_gets_its_code() -> None:
    require()
    world = make_world()
    browser = Browser()
    asked = authorize(browser, world)
    answer = sign_in(browser, world.user, next=asked.location.partition("next=")[2] or "/")
    assert answer.headers["Location"] == SENT
    assert authorize(browser, world, prompt="none").error == "login_required"
    browser.post(link_in_mail())
    assert exchange(world, authorize(browser, world).code).status_code == 200


def test_another_address_is_verified_anew_unless_its_owner_followed_the_link_to_it() -> None:
    user = make_user()
    browser = confirmed(signed_in(user))
    browser.post("/accounts/email/", {"email": "new@example.org"})
    Browser().post(link_in_mail())
    require()
    assert is_in(signed_in(user)), "the change has verified it"
    user.refresh_from_db()
    update_user(actor=TESTER, user=user, email="third@example.org")
    user.refresh_from_db()
    waiting(user)


def seen(answer: Response) -> tuple[int, str, str]:
    return answer.status_code, answer.headers.get("Location", ""), answer.content.decode()[:200]


def test_row_231_without_the_password_nothing_tells_who_has_verified_or_is_there() -> None:
    require()
    unverified, verified = make_user(), make_user()
    verify_address(actor=TESTER, user=verified, address=verified.email)
    stranger = User(login="nobody@example.com")
    answers = {seen(sign_in(Browser(), one, "wrong")) for one in (unverified, verified, stranger)}
    assert len(answers) == 1 and mail.outbox == []
    assert Browser().get(SENT).content == Browser().get(SENT).content


def test_mails_are_counted_and_an_earlier_link_still_works() -> None:
    require()
    user = make_user()
    for _ in range(MAIL_TO_ADDRESS.most + 1):
        browser = Browser()
        assert sign_in(browser, user).headers["Location"] == SENT
    assert 1 <= len(mail.outbox) <= MAIL_TO_ADDRESS.most
    browser.post(link_in_mail())
    assert is_in(browser)


def test_open_sessions_stay_and_breakglass_needs_no_mail() -> None:
    admin = make_superuser()
    browser = signed_in(admin)
    require()
    assert browser.get("/admin/").status_code == 200
    out = io.StringIO()
    call_command("breakglass", admin.login, stdout=out)
    password = out.getvalue().partition("password ")[2].split()[0]
    assert sign_in(Browser(), admin, password).headers["Location"] != SENT
    assert mail.outbox == [] and password != PASSWORD


def test_it_is_set_in_the_console_after_a_question_and_by_the_api() -> None:
    root, since = make_superuser(), mark()
    browser, at = signed_in(root), "/admin/servers/installation/verified/"
    assert "Require verified e-mail addresses" in browser.get(at).content.decode()
    assert not Installation.objects.get(pk=1).people_need_verified_email
    browser.post(at, {"confirmed": "1"})
    row = Installation.objects.get(pk=1)
    assert row.people_need_verified_email and not row.staff_need_second_factor
    assert LogEvent.objects.filter(pk__gt=since, event_type="security.sign_in.update").count() == 1
    assert "Verified addresses not needed" in browser.get("/admin/servers/installation/").text
    program = program_of(root)
    left_out = program.put("org/signIn", {"staffNeedSecondFactor": False}).json()
    assert left_out == {"staffNeedSecondFactor": False, "peopleNeedVerifiedEmail": True}
    off = {"staffNeedSecondFactor": False, "peopleNeedVerifiedEmail": False}
    assert program.put("org/signIn", off).json() == off
    auditor = signed_in(make_user(is_staff=True))
    assert auditor.get(at).status_code == 403 and auditor.post(at).status_code == 403
