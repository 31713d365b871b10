"""Rows of 2.O over every route of the management APIs, generated from the URL configuration, with
living objects in the paths: nobody has to remember a new resource."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Http

from apps.management.api_tokens.models import ApiToken
from apps.tokens.models import AccessToken
from tests.factories import (
    make_claim,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_superuser,
    make_user,
)
from tests.management.caller import Caller, enrol
from tests.management.okta.caller import program_of
from tests.management.routes import Route, routes
from tests.management.scene import Scene, count_rows, scene

pytestmark = pytest.mark.once  # no statement differs between the databases

ROUTES = routes()
WRITES = ("DELETE", "PATCH", "POST", "PUT")
READING = [route for route in ROUTES if "GET" in route.methods]
WRITING = [(route, m) for route in ROUTES for m in WRITES if m in route.methods]
ONLY_READS = [route for route in ROUTES if getattr(route.view, "only_reads", False)]


@pytest.fixture
def here() -> Scene:
    """The living objects."""
    return scene()


def is_config(route: Route) -> bool:
    """Whether the route speaks Identity Cloud's dialect."""
    return route.template.startswith("<str:organization>")


def send(authorization: str, method: str, path: str, body: bytes = b"{}", **headers: Any) -> Any:
    """One call; nothing of it stays."""
    if authorization:
        headers["HTTP_AUTHORIZATION"] = authorization
    with transaction.atomic():
        answer = Http().generic(method, path, body, "application/json", **headers)
        transaction.set_rollback(True)
    return answer


def test_row_256_every_bad_credential_is_refused_alike_everywhere(here: Scene) -> None:
    expired = program_of(make_superuser()).authorization
    ApiToken.objects.update(expires_at=ApiToken.objects.get().created - timedelta(days=1))
    caller = enrol("*:**")
    AccessToken.objects.filter(client_id=caller.client.pk).update(
        expires_at=AccessToken.objects.latest("issued_at").issued_at - timedelta(hours=1)
    )
    bad = ["", "Bearer", "SSWS x", "Basic eDp5", expired, f"Bearer {caller.token}"]
    bad += [f"Bearer {text}" for text in here.texts]  # another audience, a refresh and an ID token
    for route in ROUTES:
        path, method = here.path(route), min(route.methods)
        answers = [send(one, method, path) for one in bad]
        status = 403 if is_config(route) else 401
        assert {one.status_code for one in answers} == {status}, route
        assert len({_body(one) for one in answers}) == 1, route


def _body(answer: Any) -> str:
    return repr(sorted((k, v) for k, v in answer.json().items() if k != "errorId"))


def test_row_262_a_reading_token_changes_nothing_anywhere(here: Scene) -> None:
    reader = f"Bearer {enrol('.:**').token}"
    before = count_rows()
    for route, method in WRITING:
        answer = send(reader, method, here.path(route))
        assert answer.status_code == 403, (route, method, answer.content)
        assert 'error="insufficient_scope"' in answer["WWW-Authenticate"], (route, method)
        assert 'scope="*:' in answer["WWW-Authenticate"], (route, method)
    assert count_rows() == before


def test_row_262_an_auditors_program_changes_nothing_anywhere(here: Scene) -> None:
    auditor = program_of(make_user(is_staff=True)).authorization
    for route, method in WRITING:
        if is_config(route) or route in ONLY_READS:
            continue
        answer = send(auditor, method, here.path(route))
        assert answer.status_code == 403, (route, method, answer.content)


def test_row_262_head_and_options_are_read_like_get(here: Scene) -> None:
    reader = f"Bearer {enrol('.:**').token}"
    for route in READING:
        path = here.path(route)
        read = send(reader, "GET", path)
        assert send(reader, "HEAD", path).status_code == read.status_code, route
        expected = 403 if read.status_code == 403 else 204
        assert send(reader, "OPTIONS", path).status_code == expected, route


def test_row_263_no_header_and_no_parameter_is_another_method_or_path(here: Scene) -> None:
    reader = f"Bearer {enrol('.:**').token}"
    overrides: dict[str, Any] = {
        "HTTP_X_HTTP_METHOD_OVERRIDE": "GET",
        "HTTP_X_METHOD_OVERRIDE": "GET",
        "HTTP_X_ORIGINAL_URL": "/api/v1/groups",
        "HTTP_X_REWRITE_URL": "/api/v1/groups",
    }
    for route, method in WRITING:
        answer = send(reader, method, here.path(route), **overrides)
        assert answer.status_code == 403, (route, method)


def test_row_264_a_scope_for_a_path_reaches_nothing_above_beside_or_below_it(here: Scene) -> None:
    """One token per route, for exactly this path."""
    paths = {route: here.path(route) for route in ROUTES}
    for route in ROUTES[::4]:
        own = paths[route].removeprefix("/org" if is_config(route) else "").removeprefix("/")
        token = f"Bearer {enrol(f'*:{own}').token}"
        for other in ROUTES:
            if paths[other] == paths[route]:
                continue
            answer = send(token, min(other.methods), paths[other])
            assert answer.status_code == 403, (route, other)


def test_rows_275_276_no_list_takes_what_it_doesnt_know(here: Scene) -> None:
    root = program_of(make_superuser()).authorization
    admin = f"Bearer {enrol('*:**').token}"
    for route in READING:
        path, who = here.path(route), admin if is_config(route) else root
        if is_config(route) and route.names[1:]:
            continue  # no list: it takes no parameters and reads none
        for query in ("user__password__startswith=a", "ordering=secret_digest", "_connector=OR"):
            answer = send(who, "GET", f"{path}?{query}")
            assert answer.status_code in {400, 404, 409}, (route, query, answer.status_code)
        for query in ("limit=-1", "limit=NaN", "limit=1e9", "after=AAAA", "after=%00"):
            answer = send(who, "GET", f"{path}?{query}")
            assert 400 <= answer.status_code < 500, (route, query, answer.status_code)
        capped = send(who, "GET", f"{path}?limit=1000000000")
        assert capped.status_code < 500, route


BROKEN = (
    b"{",
    b"[]",
    b"null",
    b'{"name": NaN}',
    b'{"name": 1e999}',
    b'{"name": ' + b"9" * 5000 + b"}",
    b'{"a": 1, "a": 2}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"name": "\\ud800"}',
    b'{"name": "a\\u0000b"}',
    b'{"name": {"a": []}, "description": 7, "profile": 7, "credentials": 7, "settings": []}',
    b'{"name": true, "status": 1, "conditions": [], "actions": 1, "priority": 1'
    + b"0" * 400
    + b"}",
)


def test_rows_277_278_no_body_makes_a_5xx(here: Scene) -> None:
    root = program_of(make_superuser()).authorization
    admin = f"Bearer {enrol('*:**').token}"
    for route, method in WRITING:
        path, who = here.path(route), admin if is_config(route) else root
        for body in BROKEN:
            answer = send(who, method, path, body)
            assert answer.status_code < 500, (route, method, body[:40], answer.content)


def test_row_271_a_reader_is_refused_where_secrets_are(here: Scene) -> None:
    readers = (
        f"Bearer {enrol('.:**').token}",
        f"Bearer {enrol('okta.apps.read', 'okta.clients.read').token}",
        program_of(make_user(is_staff=True)).authorization,
    )
    secret = [r for r in ROUTES if r.template.endswith("/secret") or "/secrets" in r.template]
    assert len(secret) >= 3
    for route in secret:
        for reader in readers:
            answer = send(reader, "GET", here.path(route))
            assert answer.status_code in {403, 405} or is_config(route), route


def test_row_283_no_answer_to_a_get_holds_a_secret(here: Scene) -> None:
    root, admin = program_of(make_superuser()).authorization, enrol("*:**")
    here.texts += [root.removeprefix("SSWS "), admin.token, admin.secret]
    seen = 0
    for route in READING:
        for who in (f"Bearer {admin.token}", root):
            for query in ("", "?expand=user", "?expand=all", "?include=all", "?fields=*"):
                answer = send(who, "GET", here.path(route) + query)
                assert answer.status_code < 500, route
                text = answer.content.decode()
                seen += answer.status_code == 200
                assert not [one for one in here.secrets() if one in text], route
    assert seen >= len(READING)  # the living objects were found


def test_row_266_and_285_there_is_json_and_nothing_to_browse(here: Scene) -> None:
    root, admin = program_of(make_superuser()).authorization, enrol("*:**")
    for route in READING:
        who = f"Bearer {admin.token}" if is_config(route) else root
        answer = send(who, "GET", here.path(route), HTTP_ACCEPT="text/html,application/xml")
        assert answer["Content-Type"] == "application/json", route


def test_row_281_what_isnt_there_and_what_isnt_mine_are_told_alike(
    here: Scene, admin: Caller
) -> None:
    """An object of another server under this one is the same 404 as no object at all."""
    root = program_of(make_superuser()).authorization
    other = scene_of_another()
    for route in ROUTES:
        inner = [n for n in route.names[1:] if n in other and n not in ("user_id", "group_id")]
        if is_config(route) or not inner or "server_id" not in route.names:
            continue
        absent = {name: f"{value[:3]}AAAAAAAAAAAAAAAAA" for name, value in other.items()}
        for method in route.methods:
            foreign = send(root, method, route.path(here.ids | {inner[-1]: other[inner[-1]]}))
            nothing = send(root, method, route.path(here.ids | {inner[-1]: absent[inner[-1]]}))
            assert foreign.status_code == nothing.status_code, (route, method)
            if foreign.status_code == 404:
                assert foreign.json()["errorCode"] == nothing.json()["errorCode"], (route, method)


def scene_of_another() -> dict[str, str]:
    """Ids of parts of another server."""
    server = make_server()
    policy = make_policy(server)
    return {
        "scope_id": make_scope(server, "other:read").pk,
        "claim_id": make_claim(server, "other", "'x'").pk,
        "policy_id": policy.pk,
        "rule_id": make_rule(policy).pk,
        "key_id": server.keys.all()[0].kid,
    }
