"""What can't be done in a loop is Django's, with its whole body, before anything was changed; what
is malformed is answered like everywhere."""

from typing import Any

import pytest

from apps.oauth import throttle
from apps.policies.services import update_rule
from apps.policies.services.inline_hooks import create_inline_hook
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from authzsite.pipelined import Scope
from tests.factories import TESTER
from tests.oauth.grants_fixture import (
    World,
    authorize,
    code_form,
    form_encoded,
    make_world,
    refresh_form,
    sign_in,
)
from tests.oauth.races.assertions import assertion, make_asserting_world
from tests.oauth.world import stored
from tests.tokens.pipelined.calls import FORM, Answer, Pages, ask, opened, post, running, scope_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CREDENTIALS = {"grant_type": "client_credentials", "scope": "orders:read"}


def asked(scope: Scope, *chunks: bytes) -> tuple[Answer, list[Any]]:
    """The answer to one request, and what Django was handed."""

    async def scenario() -> tuple[Answer, list[Any]]:
        pages = Pages()
        async with opened(pages) as edge:
            return await ask(edge, scope, *chunks), pages.seen

    found: tuple[Answer, list[Any]] = running(scenario)
    return found


def posted(world: World, form: dict[str, str], *chunks: bytes, **changed: str) -> Any:
    """A form of somebody who says in it who they are; `changed` headers,
    empty for none."""
    body = b"".join(chunks) or form_encoded(form).encode()
    headers = {"content_type": FORM.decode(), "content_length": str(len(body)), **changed}
    listed = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items() if v]
    return asked(scope_of(f"{world.base}/token", headers=listed), *(chunks or (body,)))


def by_basic(world: World, form: dict[str, str], secret: str = "") -> tuple[Answer, list[Any]]:
    async def scenario() -> tuple[Answer, list[Any]]:
        pages = Pages()
        async with opened(pages) as edge:
            return await post(edge, world, "token", form, secret=secret), pages.seen

    found: tuple[Answer, list[Any]] = running(scenario)
    return found


def assert_handed_over(found: tuple[Answer, list[Any]], form: dict[str, str]) -> None:
    answer, seen = found
    assert answer.status == 299
    assert [body for _, body in seen] == [form_encoded(form).encode()]


def test_assertions_are_handed_over_unspent() -> None:
    world = make_asserting_world()
    form = {**CREDENTIALS, **assertion(world)}
    before = stored()

    assert_handed_over(posted(world, form), form)

    assert stored() == before


def test_secrets_that_take_long_to_check_are_handed_over() -> None:
    world = make_world(secret="chosen-by-a-human-being")
    before = stored()

    assert_handed_over(by_basic(world, CREDENTIALS), CREDENTIALS)
    assert_handed_over(by_basic(world, CREDENTIALS, "wrong"), CREDENTIALS)

    assert stored() == before


def test_wrong_secrets_are_handed_over_to_be_counted_once() -> None:
    world = make_world()
    before = stored()

    for _ in range(2 * throttle.LIMIT):  # none of which counts here: there is no 429
        assert_handed_over(by_basic(world, CREDENTIALS, "wrong"), CREDENTIALS)

    assert stored() == before


@pytest.mark.parametrize("kind", ["client_credentials", "code", "refresh"])
def test_tokens_that_a_hook_may_change_are_handed_over_with_nothing_consumed(kind: str) -> None:
    world = make_world()
    forms = {
        "client_credentials": CREDENTIALS,
        "code": code_form(authorize(world)),
        "refresh": refresh_form(sign_in(world).refresh),
    }
    hook = create_inline_hook(actor=TESTER, name="claims", url="https://hooks.example.com/claims")
    update_rule(
        actor=TESTER,
        server_id=world.server.pk,
        rule_id=world.rule.pk,
        hook_id=hook.pk,
    )
    before = stored()

    assert_handed_over(by_basic(world, forms[kind]), forms[kind])

    assert stored()[:4] == before[:4]


def test_a_body_that_doesnt_say_how_long_it_is_counts_whole() -> None:
    world = make_asserting_world()
    whole = form_encoded({**CREDENTIALS, **assertion(world)}).encode()

    answer, seen = posted(world, {}, whole[:10], whole[10:], content_length="")

    assert (answer.status, [body for _, body in seen]) == (299, [whole])


def test_a_body_that_comes_in_pieces_is_put_together() -> None:
    world = make_asserting_world()
    whole = form_encoded({**CREDENTIALS, **assertion(world)}).encode()

    answer, seen = posted(world, {}, whole[:10], whole[10:300], whole[300:])

    assert (answer.status, [body for _, body in seen]) == (299, [whole])


def test_a_body_that_breaks_off_is_nobodys_request() -> None:
    """What came of it reads like a whole request."""
    world = make_world()
    text = sign_in(world).refresh
    body = form_encoded(refresh_form(text)).encode()
    before, sent = stored(), []

    async def scenario() -> None:
        messages = [
            {"type": "http.request", "body": body, "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        pages = Pages()
        async with opened(pages) as edge:
            length = str(len(body) + 100).encode()
            headers = [(b"content-type", FORM), (b"content-length", length)]
            await edge(scope_of(f"{world.base}/token", headers=headers), receive, send)
        assert pages.seen == []

    running(scenario)
    assert (sent, stored()) == ([], before)


@pytest.mark.parametrize("length", ["70000", "9" * 25, "0" * 30 + "9" * 12])
def test_a_body_that_is_too_long_is_not_read(length: str) -> None:
    world = make_world()

    async def scenario() -> Answer:
        sent: list[Any] = []

        async def receive() -> Any:
            raise AssertionError("nobody reads it")

        async def send(message: Any) -> None:
            sent.append(message)

        async with opened() as edge:
            headers = [(b"content-type", FORM), (b"content-length", length.encode())]
            await edge(scope_of(f"{world.base}/token", headers=headers), receive, send)
        return Answer(sent[0]["status"], {}, sent[1]["body"])

    assert running(scenario).outcome == (413, "invalid_request")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/oauth2/a%31b/v1/token"),
        ("POST", "/oauth2/{id}/v1/%74oken"),
        ("POST", "/oauth2//v1/token"),
        ("POST", "/oauth2/{id}/v1/token/"),
        ("POST", "/oauth2/{id}/v1/userinfo"),
        ("GET", "/oauth2/{id}/v1/token"),
        ("POST", "/oauth2/{id}/v1/keys"),
        ("HEAD", "/oauth2/{id}/v1/keys"),
        ("OPTIONS", "/oauth2/{id}/v1/token"),
        ("GET", "/oauth2/{id}/v1/authorize"),
        ("GET", "/admin/"),
    ],
)
def test_other_methods_and_spellings_are_djangos(method: str, path: str) -> None:
    world = make_world()
    scope = scope_of(path.replace("{id}", world.server.pk), method)
    scope["path"] = scope["path"].replace("%74", "t")

    answer, seen = asked(scope, b"a=b")

    assert (answer.status, len(seen)) == (299, 1)


@pytest.mark.parametrize("query", ["x=\xff", "x=\xc3\xa4", "x=%FF"])
def test_octets_of_the_query_are_judged_by_the_steps(query: str) -> None:
    world = make_world()
    headers = [(b"content-type", FORM), (b"content-length", b"0")]

    answer, seen = asked(scope_of(f"{world.base}/token?{query}", headers=headers), b"")

    assert answer.status == 400
    assert answer.body["error"] == "invalid_request" and answer.reference
    assert seen == []


@pytest.mark.parametrize(
    "name",
    ["v1/keys", ".well-known/openid-configuration", ".well-known/oauth-authorization-server"],
)
def test_the_organisations_own_server_has_no_documents_under_its_id(name: str) -> None:
    """R19: it is addressed by the organisation."""
    make_world()

    answer, _ = asked(scope_of(f"/oauth2/{ORGANIZATION_SERVER_ID}/{name}", "GET"))

    assert answer.status == 404
    assert answer.headers["access-control-allow-origin"] == "*"
