"""A forgotten password (row 231): the same answer for everybody, a link that works once."""

import pytest
from django.core import mail

from apps.directory.services import lock_user, set_password
from tests.account.people import link_in_mail
from tests.factories import PASSWORD, TESTER, make_user
from tests.oauth.flow import Browser, sign_in

pytestmark = pytest.mark.django_db
NEW = "another horse battery"
FORM = {"password1": NEW, "password2": NEW}


def ask(address: str, browser: Browser | None = None) -> tuple[int, str]:
    """Status and place of the answer."""
    answer = (browser or Browser()).post("/accounts/password/reset/", {"email": address})
    return answer.status_code, answer.headers.get("Location", "")


def test_row_231_known_and_unknown_addresses_get_the_same_answer() -> None:
    user, locked = make_user(email="ada@example.com"), make_user(email="bob@example.com")
    lock_user(actor=TESTER, user=locked)
    answers = {ask(one) for one in (user.email, locked.email, "nobody@example.com")}
    assert answers == {(302, "/accounts/password/reset/done/")}
    assert [one.to for one in mail.outbox] == [["ada@example.com"]]


@pytest.mark.parametrize(
    "typed", ["ADA@example.com", "ada@exam\u0440le.com", "ada@ex\u0430mple.com", "ａda@example.com"]
)
def test_row_231_a_look_alike_gets_no_mail(typed: str) -> None:
    make_user(email="ada@example.com")
    ask(typed)
    assert mail.outbox == []


def opened(browser: Browser) -> str:
    """From the mail to the page with the form; its address has no token in it."""
    answer = browser.get(link_in_mail())
    assert answer.headers["Location"].endswith("-set-password/")
    return str(answer.headers["Location"])


def test_row_231_the_link_sets_a_password_once() -> None:
    user, browser = make_user(), Browser()
    ask(user.email)
    link, page = link_in_mail(), opened(browser)
    assert browser.post(page, FORM).status_code == 302
    assert sign_in(Browser(), user, NEW).status_code == 302
    assert sign_in(Browser(), user, PASSWORD).status_code == 200
    assert "no longer works" in Browser().get(link).content.decode()
    assert "no longer works" in browser.post(page, FORM).content.decode()


def test_row_231_a_later_step_without_the_first_does_nothing() -> None:
    user = make_user()
    ask(user.email)
    page = link_in_mail().rpartition("-")[0].rpartition("-")[0] + "-set-password/"
    assert "no longer works" in Browser().post(page, FORM).content.decode()
    assert sign_in(Browser(), user, PASSWORD).status_code == 302


def test_row_231_a_link_of_another_user_is_none() -> None:
    user, other = make_user(email="ada@example.com"), make_user(email="bob@example.com")
    ask(user.email)
    mine = link_in_mail()
    ask(other.email)
    his = link_in_mail()
    start, _, rest = mine.rpartition("/key/")[2].partition("-")
    foreign = his.rpartition("/key/")[2].partition("-")[0]
    mixed = mine.replace(f"/key/{start}-{rest}", f"/key/{foreign}-{rest}")
    assert "no longer works" in Browser().get(mixed).content.decode()


def test_row_231_a_password_changed_meanwhile_ends_the_link() -> None:
    user = make_user()
    ask(user.email)
    set_password(actor=TESTER, user=user, password=NEW)
    assert "no longer works" in Browser().get(link_in_mail()).content.decode()


def test_row_231_who_was_stopped_meanwhile_stays_stopped() -> None:
    user, browser = make_user(), Browser()
    ask(user.email)
    page = opened(browser)
    lock_user(actor=TESTER, user=user)
    browser.post(page, FORM)
    assert sign_in(Browser(), user, NEW).status_code == 200


def test_row_231_mails_that_strangers_cause_are_few() -> None:
    user = make_user()
    statuses = [ask(user.email)[0] for _ in range(6)]
    assert statuses == [302] * 5 + [429] and len(mail.outbox) == 5
    assert ask("nobody@example.com")[0] == 302
    assert [ask("nobody@example.com")[0] for _ in range(5)] == [302] * 4 + [429]


def test_row_231_a_mail_server_that_is_down_tells_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", down)
    user = make_user()
    assert ask(user.email) == ask("nobody@example.com")
