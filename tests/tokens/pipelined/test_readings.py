"""Both stores find the same, whatever is asked and however many ask at once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from apps.clients.services import assign_group
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import revoke_matching
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.models import AccessToken, Grant, RevokedToken
from apps.tokens.pipelined import lane
from apps.tokens.pipelined.store import PipelinedStore
from apps.tokens.statements import kind_of
from apps.tokens.store import Lookup, Reading, StorageError
from authzsite.domain.tokens import digest
from tests.factories import TESTER, make_group
from tests.oauth.grants_fixture import World, authorize, make_world, sign_in
from tests.tokens.pipelined.calls import Bystander, running

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
JTI = digest("jti", "revoked")


def make_rows() -> tuple[World, list[Lookup]]:
    """A world with a row of each kind, and every look-up, of those and of what doesn't exist."""
    world = make_world(token_format="opaque")
    now = datetime.now(UTC)
    for start, end in ((None, None), (now + timedelta(days=1), None), (None, now)):
        group = make_group(world.user)
        assign_group(
            actor=TESTER, client=world.client, group=group, valid_from=start, valid_until=end
        )
    world.user.profile = {"nickName": "Zoë ☃", "costCenter": 7}
    world.user.save()
    sign_in(world)
    authorize(world)
    RevokedToken.objects.create(
        jti_digest=JTI, revoked_by="client", revoked_at=now, expires_at=now + timedelta(days=1)
    )
    codes = Grant.objects.filter(code_consumed_at=None).values_list("code_digest", flat=True)
    names = {
        "code": [str(codes[0])],
        "grant": [str(pk) for pk in Grant.objects.values_list("pk", flat=True)],
        "access": [str(AccessToken.objects.get().digest)],
        "owner": [world.client.client_id],
        "user": [world.user.pk],
    }
    lookups = [Lookup()]
    for kind, keys in names.items():
        for key, jti in product([*keys, "unknown"], ["", JTI, "unknown"]):
            one = replace(Lookup(jti=jti), **{kind: key})  # type: ignore[arg-type]
            lookups.append(one)
            if kind in ("code", "grant", "user"):
                lookups.append(replace(one, profile=True))
    return world, lookups


async def nothing(reading: Reading) -> None:
    """There is nothing to compile."""


@pytest.mark.parametrize("has_cutoffs", [False, True])
def test_every_look_up_finds_what_the_other_store_finds(has_cutoffs: bool) -> None:
    world, lookups = make_rows()
    if has_cutoffs:
        for criteria in (
            {"server": world.server.pk},
            {"user": world.user.pk, "scope": world.scope.pk},
            {"client": world.client.pk, "issued_before": datetime.now(UTC)},
        ):
            revoke_matching(actor=TESTER, criteria=Criteria(**criteria))
    servers, clients = (world.server.pk, "unknown"), (world.client.client_id, "", "unknown")
    questions = [
        (server, client, lookup, datetime.now(UTC))
        for server, client, lookup in product(servers, clients, lookups)
    ]
    expected = [drive(DjangoStore().read(*question)) for question in questions]

    async def scenario() -> list[Reading]:
        store = PipelinedStore(nothing)
        try:
            return await asyncio.gather(*(store.read(*question) for question in questions * 2))
        finally:
            store.close()

    found = running(scenario)
    assert found == expected * 2
    assert any(one.cutoffs for one in found) is has_cutoffs
    assert {kind_of(lookup) for lookup in lookups} == {
        *("", "code", "grant", "access", "owner", "user"),
        *("code+profile", "grant+profile", "user+profile"),
    }
    one = next(
        r for (_, c, look, _), r in zip(questions, expected, strict=False) if c and look.user
    )
    assert len(one.paths) >= 2 and one.user


def test_each_question_is_answered_as_of_its_own_moment() -> None:
    """An assignment that begins tomorrow is one for whoever asks from tomorrow on."""
    world, _ = make_rows()
    now = datetime.now(UTC)

    async def scenario() -> list[Reading]:
        store = PipelinedStore(nothing)
        lookup = Lookup(user=world.user.pk)
        try:
            return await asyncio.gather(
                *(
                    store.read(world.server.pk, world.client.client_id, lookup, moment)
                    for moment in (now, now + timedelta(days=2))
                )
            )
        finally:
            store.close()

    today, tomorrow = running(scenario)
    assert len(tomorrow.paths - today.paths) == 1


def test_a_question_that_cannot_be_asked_fails_alone(bystander: Bystander) -> None:
    world = make_world()
    keys = ["fine", "a\0b", "\ud800", "fine too"]

    async def scenario() -> list[Reading | BaseException]:
        store = PipelinedStore(nothing)
        now = datetime.now(UTC)
        try:
            return await asyncio.gather(
                *(store.read(world.server.pk, "x", Lookup(user=key), now) for key in keys),
                return_exceptions=True,
            )
        finally:
            store.close()

    found = running(scenario)
    assert [type(one) for one in found] == [Reading, StorageError, StorageError, Reading]


def test_a_request_never_joins_a_read_that_began_before_its_arrival(
    bystander: Bystander, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first read has its rows and isn't back yet when the change commits."""
    server = make_world().server.pk
    execute = lane.Lane.execute
    versions = []

    async def scenario() -> None:
        landed = asyncio.Event()
        has_rows = asyncio.Event()

        async def slow(self: lane.Lane, sql: str, values: dict[str, object]) -> list[lane.Row]:
            rows = await execute(self, sql, values)
            has_rows.set()
            await landed.wait()
            return rows

        monkeypatch.setattr(lane.Lane, "execute", slow)
        store = PipelinedStore(nothing)

        async def version() -> None:
            reading = await store.read(server, "x", Lookup(), datetime.now(UTC))
            assert reading.server
            versions.append(reading.server.version)

        early = asyncio.create_task(version())
        await has_rows.wait()
        bystander.rows("UPDATE servers_authorizationserver SET version = version + 1")
        late = [asyncio.create_task(version()) for _ in range(3)]
        await asyncio.sleep(0)
        landed.set()
        await asyncio.gather(early, *late)
        store.close()

    before = bystander.one("SELECT version FROM servers_authorizationserver WHERE id = %s", server)
    running(scenario)
    assert [one - before for one in versions] == [0, 1, 1, 1]
