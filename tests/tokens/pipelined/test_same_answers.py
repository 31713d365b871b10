"""Both edges answer the same to whatever is asked, and write the same about it: status, every
header, body, access line, events. What differs is each answer's own: references, tokens, times."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import connection

from apps.oauth import denials, throttle
from apps.servers.services import deactivate_server, ensure_organization_server
from apps.systemlog.budget import Budget
from apps.systemlog.models import LogEvent
from authzsite import compiling, middleware, pipelined
from authzsite.unframed import framed
from tests.factories import TESTER, make_server
from tests.management.caller import enrol
from tests.oauth.grants_fixture import World, make_world
from tests.tokens.pipelined import corpus
from tests.tokens.pipelined.calls import opened, own_token, running
from tests.tokens.pipelined.party import ORIGIN, Named, Party
from tests.tokens.pipelined.wire import Heard, Wire, over_asgi, over_wsgi

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
FACTS = (
    *("event_type", "severity", "outcome", "reason", "actor_id", "actor_type", "client_id"),
    *("server_id", "user_id", "ip_address"),
)


@dataclass
class Noted:
    """What an answer left behind: its access lines, and its events."""

    lines: list[Any] = field(default_factory=list)
    last: int = 0

    def take(self) -> tuple[Any, ...]:
        """And begin anew, for the next answer finds what this one found."""
        cache.clear()
        throttle.counts.clear()
        denials.stranger_budget = Budget(denials.STRANGERS_PER_MINUTE)
        newer = LogEvent.objects.filter(id__gt=self.last).order_by("id")
        rows = list(newer.values_list("id", *FACTS))
        self.last, events = max([self.last, *(row[0] for row in rows)]), [row[1:] for row in rows]
        lines, self.lines = self.lines, []
        return lines, events


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Noted]:
    """With a proxy that is trusted."""
    found = Noted()

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            facts = vars(record)
            found.lines.append([facts[name] for name in ("method", "route", "status")])

    for module in (pipelined, compiling, middleware):  # a busy machine is no difference
        monkeypatch.setattr(module, "PROGRAM_SECONDS", 60.0)
    settings.TRUSTED_PROXIES = [ip_network("198.51.100.0/24")]
    monkeypatch.setattr(denials, "stranger_budget", denials.stranger_budget)
    logger, handler = logging.getLogger("authzsite.access"), Lines()
    monkeypatch.setattr(logger, "level", logging.INFO)
    logger.manager._clear_cache()  # type: ignore[attr-defined]
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)
    logger.manager._clear_cache()  # type: ignore[attr-defined]


def okta_party() -> Party:
    """A server's own addresses, beside one that is inactive."""
    deactivate_server(actor=TESTER, server_id=make_server("inactive").pk)
    world = make_world(token_format="opaque", redirect_uris=[f"{ORIGIN}/callback"])
    access = running(lambda: first_token(world))
    base = f"/oauth2/{world.server.pk}"
    documents = ("v1/keys", ".well-known/openid-configuration")
    token, introspect, revoke = (f"{base}/v1/{name}" for name in ("token", "introspect", "revoke"))
    return Party(
        token,
        introspect,
        revoke,
        tuple(f"{base}/{name}" for name in (*documents, ".well-known/oauth-authorization-server")),
        world.client.client_id,
        world.secret,
        world.scope.name,
        access,
    )


async def first_token(world: World) -> str:
    async with opened() as edge:
        return str((await own_token(edge, world)).body["access_token"])


def identity_cloud_party() -> Party:
    """The organisation's addresses."""
    ensure_organization_server()
    caller = enrol("*:**")
    base = "/org/login"
    return Party(
        f"{base}/token",
        f"{base}/token/introspect",
        f"{base}/token/revoke",
        (f"{base}/jwk", f"{base}/.well-known/openid-configuration"),
        caller.client.client_id,
        caller.secret,
        "*:**",
        caller.token,
        is_handed_over=True,
    )


PARTIES = {"Okta": okta_party, "Identity Cloud": identity_cloud_party}


def close() -> None:
    """This thread's connection."""
    connection.close()


def answers(cases: list[Named], noted: Noted) -> list[tuple[str, Any, Any]]:
    """Each request's name, and what came of it on either edge."""
    application = framed(get_wsgi_application())
    noted.take()

    def other(wire: Wire) -> tuple[Heard, tuple[Any, ...]]:
        return over_wsgi(application, wire), noted.take()

    async def scenario() -> list[tuple[str, Any, Any]]:
        found = []
        async with opened(get_asgi_application()) as edge:  # type: ignore[arg-type]
            for name, wire in cases:
                heard = await over_asgi(edge, wire)
                mine = (heard, await sync_to_async(noted.take)())
                found.append((name, mine, await sync_to_async(other)(wire)))
            await sync_to_async(close)()
        return found

    result: list[tuple[str, Any, Any]] = running(scenario)
    return result


@pytest.mark.parametrize("dialect", PARTIES)
def test_both_edges_answer_the_same(dialect: str, noted: Noted) -> None:
    party = PARTIES[dialect]()
    found = [one for make in corpus.GROUPS.values() for one in answers(list(make(party)), noted)]

    etags = {dict(one[1][0].headers).get("etag", "") for one in found} - {""}
    assert len(etags) == len(party.documents)
    known = ("if-none-match", f"{', '.join(etags)}, W/x")
    again = answers([(path, party.well(path, known)) for path in party.documents], noted)
    assert {one[1][0].status for one in again} == {304}
    found += again
    differing = [one for one in found if one[1] != one[2]]
    assert not differing, "\n".join(f"{n}\n  ASGI {a}\n  WSGI {b}" for n, a, b in differing)
    statuses = {one[1][0].status for one in found}
    assert {200, 400, 401, 404, 405} <= statuses and max(statuses) < 500
