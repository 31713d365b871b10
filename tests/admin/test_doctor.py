"""The token doctor says what a token is, why it works or not, and what would; and forgets it
(R15, R20, R24)."""

import base64
import html
import json
import logging
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.views.debug import ExceptionReporter

from apps.clients.services import deactivate_client
from apps.oauth.console.doctor import doctor_page
from apps.oauth.simulation.doctor import diagnose
from apps.policies.services import deactivate_rule
from apps.systemlog.models import LogEvent
from apps.tokens import clock
from tests.admin.conftest import World, denial, signed_in
from tests.factories import TESTER, make_scope, make_superuser, make_user
from tests.logbook import mark
from tests.management.caller import enrol
from tests.management.conftest import organization  # noqa: F401 - a fixture of every test
from tests.management.okta.endings import ENDS
from tests.management.okta.small_world import SmallWorld, Wish, small_world

AT = "/admin/tokens/doctor/"
WISH = Wish("web", "openid read offline_access", "ada")
SENTINEL = "sentinel-7f3a9c"
FOREIGN = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (
        b'{"alg": "RS256", "kid": "x"}',
        json.dumps(
            {"iss": "https://elsewhere.example", "sub": "<b>eve</b>", "exp": 10**30}
        ).encode(),
        SENTINEL.encode() * 5,
    )
)


@pytest.fixture
def somebody(db: None) -> Browser:
    return signed_in(make_superuser(login="root@example.com"))


def asked(browser: Browser, token: str, **more: str) -> str:
    response = browser.post(AT, {"token": token, "method": "GET", **more})
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    return response.content.decode()


def tokens_of(world: SmallWorld) -> dict[str, str]:
    told = world.really(WISH).members
    return {name: told[name] for name in ("access_token", "refresh_token", "id_token")}


@pytest.mark.parametrize("format_", ["jwt", "opaque"])
def test_each_kind_of_token_is_told_and_none_comes_back(somebody: Browser, format_: str) -> None:
    world = small_world(access_token_format=format_)
    told = tokens_of(world)
    bodies = {name: asked(somebody, token) for name, token in told.items()}
    assert "It is valid." in bodies["access_token"]
    assert "the token endpoint takes it" in bodies["refresh_token"]
    assert "grant_type=refresh_token" in bodies["refresh_token"]
    assert "This is an ID token" in bodies["id_token"]
    for name, token in told.items():
        assert token not in bodies[name]
        assert token.rpartition(".")[2] not in bodies[name]


@pytest.mark.parametrize("format_", ["jwt", "opaque"])
@pytest.mark.parametrize("what", ENDS)
def test_r15_what_it_stands_on_agrees_with_the_gate(db: None, what: str, format_: str) -> None:
    world = small_world(access_token_format=format_, revoke_on_password_change=True)
    told = tokens_of(world)
    for name in ("access_token", "refresh_token"):
        alive = diagnose(told[name], clock.now())
        assert alive.stands and all(one.is_ok for one in alive.stands)
        assert {"Server", "Client", "User", "Rule", "Scope"} <= {one.what for one in alive.stands}
        assert all(one.name for one in alive.stands)
    ENDS[what][0](world)
    for name in ("access_token", "refresh_token"):
        dead = diagnose(told[name], clock.now())
        assert not dead.is_valid
        gone = [one for one in dead.stands if not one.is_ok]
        assert gone or not dead.stands, dead
        assert all(one.note or one.what == "Time" for one in gone)


def test_a_dead_token_is_told_by_what_and_how_to_get_another(somebody: Browser) -> None:
    world = small_world()
    token = tokens_of(world)["access_token"]
    deactivate_rule(actor=TESTER, server_id=world.server.pk, rule_id=world.staff_rule.pk)
    body = asked(somebody, token)
    assert "It is dead: a policy, rule or scope" in body
    assert "See in the log what ended it" in body and world.staff_rule.name in body
    assert f"/oauth2/{world.server.pk}/v1/authorize?client_id=" in body
    assert "How to get one that works" in body


def test_a_services_token_is_got_by_curl_with_the_names_of_secrets_only(somebody: Browser) -> None:
    world = small_world()
    token = world.really(Wish("job", "read")).members["access_token"]
    deactivate_client(actor=TESTER, client=world.apps["job"].client)
    body = asked(somebody, token)
    assert "its client is inactive" in body
    assert "curl " in body and "grant_type=client_credentials" in body and "scope=read" in body
    assert world.apps["job"].secret not in body
    assert "$CLIENT_SECRET" in body


def test_what_is_no_token_of_ours_is_told_as_far_as_it_goes(somebody: Browser) -> None:
    body = asked(somebody, FOREIGN)
    assert "issued by somebody else: https://elsewhere.example." in body
    assert "unverified" in body and "&lt;b&gt;eve&lt;/b&gt;" in body
    for garbage in ("hello", "Bearer x", "a.b.c", "eyJ.." * 500):
        assert "no token of any kind" in asked(somebody, garbage), garbage
    assert "This field is required" in asked(somebody, " ")
    assert "at most 16384" in asked(somebody, "x" * 20_000)


def test_r25_a_reference_leads_to_its_denial(world: World, root: Browser) -> None:
    make_scope(world.server, "orders:write")
    event = denial(world, "orders:write")
    response = root.post(AT, {"token": f" {event.reference.lower()} "})
    assert response.headers["Location"] == f"/admin/reference/{event.reference}/"


def test_a_path_of_another_api_is_that_apis_business(somebody: Browser) -> None:
    token = tokens_of(small_world())["access_token"]
    assert "only scopes of the management apis" in asked(somebody, token, path="/x").lower()


def test_only_a_post_asks_and_only_those_may_who_see_tokens(somebody: Browser) -> None:
    assert b"Paste a token" in somebody.get(AT, {"token": SENTINEL}).content
    assert SENTINEL.encode() not in somebody.get(AT, {"token": SENTINEL}).content
    assert signed_in(make_user(is_staff=True)).post(AT, {"token": "x"}).status_code == 200
    assert signed_in(make_user()).post(AT, {"token": "x"}).status_code in (302, 403)
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(make_superuser())
    assert strict.post(AT, {"token": "x"}).status_code == 403


class Lines(logging.Handler):
    """Everything that is logged, at any level."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(f"{self.format(record)} {vars(record)!r}")


@pytest.mark.parametrize("kind", ["garbage", "foreign", "opaque", "refresh"])
def test_a_token_is_neither_stored_nor_logged_nor_echoed(somebody: Browser, kind: str) -> None:
    """The sentinel is looked for in statements and their parameters, log lines, the answer, the
    session, cookies and events; an opaque token's digest is not the token."""
    if kind in ("opaque", "refresh"):
        told = tokens_of(small_world(access_token_format="opaque"))
        token = told["access_token" if kind == "opaque" else "refresh_token"]
    else:
        token = FOREIGN if kind == "foreign" else f"{SENTINEL}-{'x' * 40}"
    needles = {token, token.rpartition(".")[2], token[5:40]}
    lines, before = Lines(), mark()
    root_logger, database = logging.getLogger(), logging.getLogger("django.db.backends")
    level, queries = root_logger.level, database.level
    root_logger.addHandler(lines)
    root_logger.setLevel(logging.INFO)
    database.setLevel(logging.INFO)
    try:
        with CaptureQueriesContext(connection) as captured:
            response = somebody.post(AT, {"token": token, "path": "/api/v1/users"})
    finally:
        root_logger.removeHandler(lines)
        root_logger.setLevel(level)
        database.setLevel(queries)
    assert response.status_code == 200 and lines.found and captured.captured_queries
    places: dict[str, Any] = {
        "statements": captured.captured_queries,
        "lines": lines.found,
        "answer": (response.content.decode(), dict(response.headers), response.cookies.output()),
        "sessions": [one.get_decoded() for one in Session.objects.all()],
        "events": list(LogEvent.objects.filter(pk__gt=before).values()),
    }
    held = {name: repr(place) for name, place in places.items()}
    assert [(name, one) for name, text in held.items() for one in needles if one in text] == []
    assert "events" in held and places["events"] == []


def test_an_error_report_does_not_hold_the_token(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **rest: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("apps.oauth.console.doctor.diagnose", fail)
    request = RequestFactory().post(AT, {"token": SENTINEL * 3, "path": "/x"})
    request.user = make_superuser()
    with pytest.raises(RuntimeError) as raised:
        doctor_page(request)
    reporter = ExceptionReporter(request, raised.type, raised.value, raised.tb)
    report = reporter.get_traceback_text()
    assert "RuntimeError" in report and "token = " in report
    assert SENTINEL not in report


def test_r22_a_management_token_says_what_it_reaches_and_the_smallest_scope_that_would(
    somebody: Browser,
) -> None:
    caller = enrol(".:api/v1/apps/**", scope=".:api/v1/apps/**")
    reads = asked(somebody, caller.token, path="/api/v1/apps/x")
    assert ".:api/v1/apps/** reaches GET /api/v1/apps/x." in reads
    assert "How to get one that works" not in reads
    body = html.unescape(
        somebody.post(
            AT, {"token": caller.token, "method": "DELETE", "path": "/api/v1/apps/x"}
        ).content.decode()
    )
    assert "No scope of the token reaches DELETE /api/v1/apps/x" in body
    assert "okta.apps.manage" in body
    assert "'scope=*:api/v1/apps/x'" in body and "/login/token" in body
    assert "What it stands on" in body and "Token policy" in body
    assert caller.token not in body
