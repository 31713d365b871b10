"""Rows 33-46: clients that authenticate by secret, or not at all."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.clients.models import ClientSecret
from apps.clients.services import deactivate_client, delete_client, rotate_secret
from authzsite.domain import client_auth
from authzsite.domain.tokens import digest
from tests.factories import TESTER, make_client, make_client_and_secret
from tests.oauth.client_authentication.requests import ask
from tests.oauth.http import (
    ASSERTION_TYPE,
    POSTED,
    assert_refused,
    basic,
    basic_raw,
    every,
    every_endpoint,
    token,
    without_reference,
)
from tests.oauth.world import World, answer, stored


@every(
    "second",
    [
        {"client_secret": "SECRET"},
        {"client_id": "ID", "client_secret": "SECRET"},
        {"client_assertion": "a.b.c", "client_assertion_type": ASSERTION_TYPE},
        {"client_assertion_type": ASSERTION_TYPE},
    ],
)
@every_endpoint
def test_row_033_two_methods_at_once_are_a_400_and_neither_is_tried(
    client: Browser, world: World, endpoint: str, second: dict[str, str]
) -> None:
    ident, secret = world.service_auth
    data = {k: v.replace("ID", ident).replace("SECRET", secret) for k, v in second.items()}
    before = stored()
    assert_refused(ask(client, world, endpoint, (ident, secret), **data), 400, "invalid_request")
    assert stored() == before


@every_endpoint
def test_row_033_a_secret_and_an_assertion_in_the_form_are_a_400(
    client: Browser, world: World, endpoint: str
) -> None:
    data = {"client_assertion": "a.b.c", "client_assertion_type": ASSERTION_TYPE}
    response = ask(client, world, endpoint, client_id="abcdef", client_secret="b", **data)
    assert_refused(response, 400, "invalid_request")


@every_endpoint
def test_row_034_two_client_ids_are_a_400(client: Browser, world: World, endpoint: str) -> None:
    response = ask(client, world, endpoint, world.service_auth, client_id=world.web.client_id)
    assert_refused(response, 400, "invalid_request")


@every_endpoint
def test_row_034_the_same_client_id_twice_is_fine(
    client: Browser, world: World, endpoint: str
) -> None:
    ident = world.service.client_id
    assert ask(client, world, endpoint, world.service_auth, client_id=ident).status_code == 200


@every(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic %%%",
        "Basic YTpi!",
        "Basic YTpiYQ",
        basic_raw(b":secret"),
        basic_raw(b"\xff\xfe:secret"),
        basic_raw(b"%ff:secret"),
        basic_raw(b"client:sec\nret"),
        "Digest abc",
        "Bearer azat_canary",
    ],
)
@every_endpoint
def test_row_035_a_header_that_is_no_basic_is_a_401_and_stays_out_of_the_log(
    client: Browser, world: World, endpoint: str, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = ask(client, world, endpoint, header)
    assert_refused(response, 401, "invalid_client")
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    lines = repr([vars(record) for record in caplog.records])
    assert len(header) < 8 or header.partition(" ")[2] not in lines


@pytest.mark.parametrize(
    "secret", ["a:b%c+d=/0123456789", "%41%41%41%41%41%41", "++++++++++++++++"]
)
@every_endpoint
def test_row_036_basic_is_decoded_exactly_once(
    client: Browser, world: World, endpoint: str, secret: str
) -> None:
    caller, _ = make_client_and_secret("service", client_id=f"a-client.+{endpoint}", secret=secret)
    good = basic(caller.client_id, secret)
    assert ask(client, world, endpoint, good).status_code in (200, 400)  # 400: no policy for it
    twice = basic(caller.client_id, quote(secret, safe=""))
    assert_refused(ask(client, world, endpoint, twice), 401, "invalid_client")


@every_endpoint
def test_row_037_unknown_client_and_wrong_secret_sound_the_same(
    client: Browser, world: World, endpoint: str
) -> None:
    unknown = ask(client, world, endpoint, ("unknown-client", "wrong"))
    wrong = ask(client, world, endpoint, (world.service.client_id, "wrong"))
    assert_refused(unknown, 401, "invalid_client")
    assert without_reference(unknown) == without_reference(wrong)


@every_endpoint
def test_row_037_a_digest_is_computed_for_a_client_that_does_not_exist(
    client: Browser, world: World, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    digested: list[str] = []

    def counted(kind: str, text: str) -> str:
        digested.append(text)
        return digest(kind, text)

    monkeypatch.setattr(client_auth, "digest", counted)
    ask(client, world, endpoint, ("unknown-client", "wrong-1"))
    ask(client, world, endpoint, (world.service.client_id, "wrong-2"))
    # The pipelined edge computes it, and the one that it hands wrong secrets to again.
    assert list(dict.fromkeys(digested)) == ["wrong-1", "wrong-2"]
    assert digested.count("wrong-1") == digested.count("wrong-2")


@every_endpoint
def test_row_038_a_secret_in_the_form_is_for_those_registered_for_it(
    client: Browser, world: World, endpoint: str
) -> None:
    ident, secret = world.service_auth
    response = ask(client, world, endpoint, client_id=ident, client_secret=secret)
    assert_refused(response, 401, "invalid_client")
    caller, text = make_client_and_secret(
        "service", token_endpoint_auth_method="client_secret_post"
    )
    good = ask(client, world, endpoint, client_id=caller.client_id, client_secret=text)
    assert good.status_code == 200


@every_endpoint
def test_row_039_a_public_client_with_a_secret_is_a_401(
    client: Browser, world: World, endpoint: str
) -> None:
    public = make_client("browser")
    for response in (
        ask(client, world, endpoint, (public.client_id, "a-secret-of-some-kind")),
        ask(client, world, endpoint, client_id=public.client_id, client_secret="a-secret"),
    ):
        assert_refused(response, 401, "invalid_client")


@every("endpoint", ["introspect", "revoke"])
def test_row_039_a_public_client_names_itself_in_the_form_or_in_basic(
    client: Browser, world: World, endpoint: str
) -> None:
    ident = make_client("browser").client_id
    assert ask(client, world, endpoint, client_id=ident).status_code == 200
    assert ask(client, world, endpoint, basic_raw(ident.encode())).status_code == 200
    assert ask(client, world, endpoint, basic_raw(f"{ident}:".encode())).status_code == 200


@every_endpoint
def test_row_040_a_confidential_client_without_its_secret_is_a_401(
    client: Browser, world: World, endpoint: str
) -> None:
    ident = world.service.client_id
    for response in (
        ask(client, world, endpoint, client_id=ident),
        ask(client, world, endpoint, (ident, "")),
        ask(client, world, endpoint, basic_raw(ident.encode())),
    ):
        assert_refused(response, 401, "invalid_client")


@every("grant_type", ["authorization_code", "refresh_token"])
def test_row_040_no_grant_spares_a_confidential_client_its_secret(
    client: Browser, world: World, grant_type: str
) -> None:
    code, tokens = world.code(), world.user_tokens(client)
    data = {"code": code, "refresh_token": tokens["refresh_token"], "grant_type": grant_type}
    response = token(client, world.server, client_id=world.web.client_id, **data)
    assert_refused(response, 401, "invalid_client")
    answer(world.refresh(client, tokens["refresh_token"]))


@every_endpoint
def test_row_041_a_secret_without_a_digest_matches_nothing(
    client: Browser, world: World, endpoint: str
) -> None:
    ClientSecret.objects.update(digest="")
    for secret in ("", "0" * 64, "a-secret-of-some-kind"):
        response = ask(client, world, endpoint, (world.service.client_id, secret))
        assert_refused(response, 401, "invalid_client")


@every_endpoint
def test_row_042_a_giant_secret_is_never_hashed(
    client: Browser, world: World, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(client_auth, "digest", lambda *texts: "".join(hashed.__iadd__(texts)))
    ident, giant = world.service.client_id, "a" * 1_000_000
    assert_refused(ask(client, world, endpoint, (ident, giant)), 401, "invalid_client")
    assert_refused(ask(client, world, endpoint, (ident, "a" * 5000)), 401, "invalid_client")
    response = ask(client, world, endpoint, client_id=ident, client_secret=giant)
    assert_refused(response, 413, "invalid_request")
    assert not hashed


@pytest.mark.parametrize("endpoint", POSTED)
def test_row_043_both_secrets_work_until_the_overlap_is_over(
    client: Browser, world: World, endpoint: str
) -> None:
    ident, old = world.service_auth
    _, new = rotate_secret(actor=TESTER, client=world.service, overlap=timedelta(hours=1))
    assert ask(client, world, endpoint, (ident, old)).status_code == 200
    assert ask(client, world, endpoint, (ident, new)).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(1, 200), (-1, 401), (0, 401)])
@every_endpoint
def test_row_043_the_old_secret_ends_with_the_overlap(
    client: Browser, world: World, endpoint: str, seconds: int, status: int, monkeypatch
) -> None:
    now = timezone.now()
    monkeypatch.setattr("apps.tokens.clock.now", lambda: now)
    ClientSecret.objects.update(expires_at=now + timedelta(seconds=seconds))
    assert ask(client, world, endpoint, world.service_auth).status_code == status


@pytest.mark.parametrize("endpoint", POSTED)
def test_row_044_a_client_that_was_stopped_sounds_like_one_that_never_was(
    client: Browser, world: World, endpoint: str
) -> None:
    unknown = without_reference(ask(client, world, endpoint, ("unknown-client", "wrong")))
    deactivate_client(actor=TESTER, client=world.service)
    stopped = ask(client, world, endpoint, world.service_auth)
    assert without_reference(stopped) == unknown
    delete_client(actor=TESTER, client=world.service)
    assert without_reference(ask(client, world, endpoint, world.service_auth)) == unknown


def test_row_045_a_client_gets_nothing_on_a_server_that_has_no_rule_for_it(
    client: Browser, world: World
) -> None:
    from tests.factories import make_server

    response = token(client, make_server(), world.service_auth)
    assert_refused(response, 401, "access_denied")


def test_g4_a_stranger_leaves_a_line_and_no_row(
    client: Browser, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    before = stored()
    token(client, world.server, ("unknown-client", "canary"))
    assert stored() == before
    line = next(record for record in caplog.records if record.name == "authzsite.refused")
    assert vars(line)["reason"] == "invalid_client_id"
    assert "canary" not in repr(vars(line))


def test_the_use_of_a_secret_is_noted_once_an_hour(
    client: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, seen = timezone.now(), []
    for minutes in (0, 59, 61):
        now = start + timedelta(minutes=minutes)
        monkeypatch.setattr("apps.tokens.clock.now", lambda now=now: now)
        answer(token(client, world.server, world.service_auth))
        seen.append(ClientSecret.objects.get(client=world.service).last_used_at)
    assert seen == [start, start, start + timedelta(minutes=61)]


def test_a_wrong_secret_is_no_use(client: Browser, world: World) -> None:
    token(client, world.server, (world.service.client_id, "wrong"))
    assert ClientSecret.objects.get(client=world.service).last_used_at is None
