"""What requests cost: one read and one write, and shared by those that arrive together."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from apps.tokens.pipelined.lane import Lane
from authzsite.pipelined import PipelinedEdge
from tests.oauth.grants_fixture import (
    World,
    authorize,
    code_form,
    make_world,
    refresh_form,
    sign_in,
)
from tests.tokens.pipelined.calls import Answer, ask, opened, own_token, post, running, scope_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
FORMATS = pytest.mark.parametrize("token_format", ["jwt", "opaque"])
READ_AND_WRITE = ["read", "write"]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the lanes send, in order; each commits by itself."""
    found: list[str] = []
    execute = Lane.execute

    async def counted(self: Lane, sql: str, values: dict[str, Any]) -> list[Any]:
        found.append("read" if sql.startswith("SELECT") else "write")
        return await execute(self, sql, values)

    monkeypatch.setattr(Lane, "execute", counted)
    return found


def costs(world: World, sent: list[str], *requests: tuple[str, dict[str, str]]) -> list[str]:
    """The statements of requests that arrive together, when everything is warm."""

    async def scenario() -> list[Answer]:
        async with opened() as edge:
            await own_token(edge, world)
            sent.clear()
            return await asyncio.gather(*(post(edge, world, *request) for request in requests))

    assert {one.status for one in running(scenario)} == {200}
    return sent


@FORMATS
def test_each_request_is_one_read_and_one_write(token_format: str, sent: list[str]) -> None:
    world = make_world(token_format=token_format, leeway=30)
    tokens = sign_in(world)
    own = {"grant_type": "client_credentials", "scope": world.scope.name}

    assert costs(world, sent, ("token", own)) == READ_AND_WRITE
    assert costs(world, sent, ("token", code_form(authorize(world)))) == READ_AND_WRITE
    assert costs(world, sent, ("token", refresh_form(tokens.refresh))) == READ_AND_WRITE
    assert costs(world, sent, ("token", refresh_form(tokens.refresh))) == READ_AND_WRITE
    assert costs(world, sent, ("introspect", {"token": tokens.access})) == ["read"]
    assert costs(world, sent, ("revoke", {"token": tokens.access})) == READ_AND_WRITE
    assert costs(world, sent, ("revoke", {"token": tokens.refresh})) == READ_AND_WRITE


@FORMATS
def test_requests_that_arrive_together_share_their_statements(
    token_format: str, sent: list[str]
) -> None:
    world = make_world(token_format=token_format)
    own = {"grant_type": "client_credentials", "scope": world.scope.name}
    families = [sign_in(world) for _ in range(10)]

    assert costs(world, sent, *[("token", own)] * 40) == READ_AND_WRITE
    refreshes = [("token", refresh_form(one.refresh)) for one in families]
    assert costs(world, sent, *refreshes) == READ_AND_WRITE
    exchanges = [("token", code_form(authorize(world))) for _ in range(10)]
    assert costs(world, sent, *exchanges) == READ_AND_WRITE
    questions = [("introspect", {"token": one.access}) for one in families]
    assert costs(world, sent, *questions) == ["read"]


def test_different_requests_share_what_is_of_a_kind(sent: list[str]) -> None:
    world = make_world()
    own = {"grant_type": "client_credentials", "scope": world.scope.name}
    families = [sign_in(world) for _ in range(4)]
    mixed = [("token", own)] * 4
    mixed += [("token", refresh_form(one.refresh)) for one in families]

    assert Counter(costs(world, sent, *mixed)) == {"read": 2, "write": 2}


def test_documents_are_one_read(sent: list[str]) -> None:
    world = make_world()
    names = (
        "v1/keys",
        ".well-known/openid-configuration",
        ".well-known/oauth-authorization-server",
    )

    async def documents(edge: PipelinedEdge) -> list[Answer]:
        urls = [f"/oauth2/{world.server.pk}/{name}" for name in names]
        return await asyncio.gather(*(ask(edge, scope_of(url, "GET")) for url in urls))

    async def scenario() -> list[Answer]:
        async with opened() as edge:
            await documents(edge)
            sent.clear()
            return await documents(edge)

    assert [one.status for one in running(scenario)] == [200] * 3
    assert sent == ["read"]
