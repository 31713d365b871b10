"""When a sign-in is wanted, and which one: `prompt`, `max_age`, `id_token_hint`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.directory import sign_ins
from apps.oauth.authorize.transaction import read
from apps.tokens import clock
from apps.tokens.jwt import unverified_claims
from tests.factories import PASSWORD, make_user
from tests.oauth.flow import (
    Answer,
    Browser,
    World,
    answer_of,
    authorize,
    exchange,
    login_tokens,
    make_world,
    resume_address,
    sign_in,
    sign_in_and_return,
)

pytestmark = pytest.mark.django_db


def age_session(browser: Browser, seconds: int) -> None:
    """As though the sign-in had been so long ago."""
    session = browser.session
    session[sign_ins.AUTH_TIME] -= seconds
    session.save()


def prove_again(browser: Browser, answer: Answer, password: str = PASSWORD) -> Answer:
    """Type the password on the page that asks for it again, and follow where it leads."""
    form = {"password": password, "next": resume_address(answer)}
    response = browser.post("/accounts/reauthenticate/", form)
    assert response.status_code == 302, response.content
    return answer_of(browser.get(response.headers["Location"]))


def signed_in() -> tuple[World, Browser]:
    world, browser = make_world(), Browser()
    sign_in(browser, world.user)
    return world, browser


def test_whoever_is_not_signed_in_signs_in_and_goes_on() -> None:
    world, browser = make_world(), Browser()
    away = authorize(browser, world)
    assert away.location.startswith("/accounts/login/?next=")
    answer = sign_in_and_return(browser, away, world.user)
    assert (
        exchange(world, answer.code).status_code == 200 and answer.members["state"] == "s-t_a.t,e"
    )


def test_the_sign_in_page_names_the_application_and_prefills_the_hint_row_96() -> None:
    world, browser = make_world(name="Shop <b>"), Browser()
    away = authorize(browser, world, login_hint='ada@x.org"><script>alert(1)</script>')
    body = browser.get(away.location).content.decode()
    assert "Shop &lt;b&gt;" in body and "ada@x.org&quot;" in body and "<script>alert" not in body


def test_prompt_none_without_session_is_login_required_row_93() -> None:
    assert authorize(Browser(), make_world(), prompt="none").error == "login_required"


def test_prompt_none_with_a_session_gives_a_code() -> None:
    world, browser = signed_in()
    assert authorize(browser, world, prompt="none").code


def test_prompt_none_with_too_old_a_session_is_interaction_required_row_93() -> None:
    world, browser = signed_in()
    age_session(browser, 100)
    assert authorize(browser, world, prompt="none", max_age=50).error == "interaction_required"


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": 0}])
def test_a_fresh_sign_in_is_later_than_the_request_row_94(changes: dict[str, Any]) -> None:
    world, browser = signed_in()
    age_session(browser, 100)
    asked_at = datetime.now(UTC)
    away = authorize(browser, world, **changes)
    assert away.location.startswith("/accounts/reauthenticate/")
    tokens = exchange(world, prove_again(browser, away).code).json()
    claims = unverified_claims(tokens["id_token"])
    assert claims["auth_time"] >= int(asked_at.timestamp())


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": 0}])
def test_back_button_second_tab_and_old_sign_in_do_not_count_as_fresh_row_94(
    changes: dict[str, Any],
) -> None:
    world, browser = signed_in()
    first = authorize(browser, world, **changes)
    prove_again(browser, authorize(browser, world, **changes))
    second = authorize(browser, world, **changes)
    assert second.location.startswith("/accounts/reauthenticate/")
    returned = answer_of(browser.get(resume_address(second)))
    assert returned.location.startswith("/accounts/reauthenticate/")
    assert answer_of(browser.get(resume_address(first))).code  # its request was before the proof


def test_a_wrong_password_is_no_proof_row_94() -> None:
    world, browser = signed_in()
    away = authorize(browser, world, prompt="login")
    form = {"password": "wrong password", "next": resume_address(away)}
    assert browser.post("/accounts/reauthenticate/", form).status_code == 200
    assert not answer_of(browser.get(resume_address(away))).location.startswith("https://app.")


def test_max_age_counts_from_the_request_row_94() -> None:
    world, browser = signed_in()
    age_session(browser, 100)
    assert authorize(browser, world, max_age=200).code
    away = authorize(browser, world, max_age=50)
    assert prove_again(browser, away).code


def test_the_hint_of_whoever_is_signed_in_is_fine_even_expired_row_95() -> None:
    world, browser = make_world(), Browser()
    hint = login_tokens(world, browser)["id_token"]
    assert authorize(browser, world, id_token_hint=hint, prompt="none").code


def test_the_hint_of_somebody_else_is_login_required_row_95() -> None:
    world, browser = make_world(), Browser()
    hint = login_tokens(world)["id_token"]
    sign_in(browser, make_user())
    assert authorize(browser, world, id_token_hint=hint, prompt="none").error == "login_required"


def test_a_hint_that_is_not_ours_is_refused_row_95() -> None:
    world, browser = make_world(), Browser()
    tokens = login_tokens(world, browser)
    foreign = login_tokens(make_world(), Browser())["id_token"]
    head, body, _ = tokens["id_token"].split(".")
    unsigned = f"eyJhbGciOiJub25lIn0.{body}."
    forged = f"{head}.{body}.{'A' * 86}"
    for hint in (unsigned, forged, foreign, tokens["access_token"], "x"):
        assert authorize(browser, world, id_token_hint=hint).error == "invalid_request"


def test_the_transaction_expires_after_half_an_hour_row_108(monkeypatch: Any) -> None:
    world, browser = make_world(), Browser()
    away = authorize(browser, world)
    sign_in(browser, world.user)

    later = clock.now() + timedelta(seconds=1801)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert answer_of(browser.get(resume_address(away))).is_page


def test_the_transaction_of_another_browser_gives_a_page_and_no_code_row_108() -> None:
    world, browser, other = make_world(), Browser(), Browser()
    address = resume_address(authorize(browser, world))
    sign_in(other, world.user)
    assert answer_of(other.get(address)).is_page
    sign_in(browser, world.user)
    assert answer_of(browser.get(address)).code


def test_a_transaction_resumed_without_session_or_after_logout_gives_a_page_row_108() -> None:
    world, browser = make_world(), Browser()
    address = resume_address(authorize(browser, world))
    assert answer_of(browser.get(address)).is_page
    sign_in(browser, world.user)
    browser.post("/accounts/logout/")
    assert answer_of(browser.get(address)).is_page


def test_a_transaction_of_one_user_is_not_resumed_by_the_next_row_108() -> None:
    world, browser = signed_in()
    address = resume_address(authorize(browser, world, prompt="login"))
    browser.post("/accounts/logout/")
    sign_in(browser, make_user())
    assert answer_of(browser.get(address)).is_page


def test_a_transaction_gives_one_code_row_110() -> None:
    world, browser = make_world(), Browser()
    away = authorize(browser, world)
    assert sign_in_and_return(browser, away, world.user).code
    assert answer_of(browser.get(resume_address(away))).is_page


def test_an_edited_transaction_is_none_and_other_parameters_do_not_count_row_109() -> None:
    world, browser = make_world(), Browser()
    address = resume_address(authorize(browser, world))
    sign_in(browser, world.user)
    assert answer_of(browser.get(address.replace("transaction=", "transaction=x"))).is_page
    answer = answer_of(browser.get(f"{address}&state=other&redirect_uri=https://evil.com"))
    assert answer.code and answer.members["state"] == "s-t_a.t,e"


def test_the_challenge_and_nonce_survive_the_sign_in_pages_rows_130_and_131() -> None:
    world, browser = make_world(), Browser()
    nonce = "n" * 1000
    away = authorize(browser, world, nonce=nonce)
    code = sign_in_and_return(browser, away, world.user).code
    assert exchange(world, code, code_verifier="b" * 43).json()["error"] == "invalid_grant"
    tokens = login_tokens(world, browser, nonce=nonce)
    assert unverified_claims(tokens["id_token"])["nonce"] == nonce


def test_a_suspended_user_is_signed_out_everywhere() -> None:
    from apps.directory.services import suspend_user
    from tests.factories import TESTER

    world, browser = signed_in()
    code = authorize(browser, world).code
    suspend_user(actor=TESTER, user=world.user)
    assert exchange(world, code).json()["error"] == "invalid_grant"  # row 119
    assert authorize(browser, world, prompt="none").error == "login_required"


def test_the_transaction_says_nothing_secret() -> None:
    world, browser = make_world(), Browser()
    address = resume_address(authorize(browser, world))
    transaction = read(address.partition("transaction=")[2].replace("%3A", ":"))
    assert transaction is not None
    assert browser.cookies["authorize"].value not in repr(transaction)
