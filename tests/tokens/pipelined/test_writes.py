"""Each unit is stored whole or not at all, whatever becomes of those that share its statement."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.systemlog.entries import Actor, Entry
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.families import revoke_grant
from apps.tokens.models import AccessToken, Grant, RevokedToken
from apps.tokens.pipelined import store as pipelined_store
from apps.tokens.pipelined.lane import Lane
from apps.tokens.pipelined.store import PipelinedStore
from apps.tokens.statements import ACCESS_TOKEN, REVOKED_TOKEN
from apps.tokens.store import Insert, StorageError, Unit
from apps.tokens.units import job_of
from tests.oauth.grants_fixture import make_world, sign_in
from tests.tokens.pipelined.calls import Bystander, running, until
from tests.tokens.pipelined.test_readings import nothing

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
EVENT = "app.oauth2.as.token.revoke"
Outcome = bool | BaseException


def event(name: str = "", reason: str = "") -> Entry:
    return Entry(
        event_type=EVENT, actor=Actor(name or "c", "PublicClientApp", "c", "c"), reason=reason
    )


def written(units: Sequence[Unit]) -> list[Outcome]:
    """What becomes of units that arrive together."""

    async def scenario() -> list[Outcome]:
        store = PipelinedStore(nothing)
        now = datetime.now(UTC)
        try:
            return await asyncio.gather(
                *(store.write(unit, now) for unit in units), return_exceptions=True
            )
        finally:
            store.close()

    found: list[Outcome] = running(scenario)
    return found


def families(count: int) -> list[str]:
    """Ids of so many live grants."""
    world = make_world()
    for _ in range(count):
        sign_in(world)
    return [str(pk) for pk in Grant.objects.order_by("pk").values_list("pk", flat=True)]


def ending(grant_id: str, **more: Any) -> Unit:
    return Unit(revoke_grant(grant_id, "client", datetime.now(UTC), **more), events=(event(),))


def revoking(digest: str) -> Unit:
    """The claim of a JWT's digest."""
    now = datetime.now(UTC)
    row = {
        "jti_digest": digest,
        "revoked_by": "client",
        "revoked_at": now,
        "expires_at": now + timedelta(hours=1),
    }
    return Unit(inserts=(Insert(REVOKED_TOKEN, (row,), or_ignore=True),), events=(event(),))


def test_conditions_hold_for_each_alone(bystander: Bystander) -> None:
    ids = families(3)
    drive(DjangoStore().write(ending(ids[1]), datetime.now(UTC)))
    before = bystander.events(EVENT)

    assert written([ending(one) for one in (*ids, "unknown")]) == [True, False, True, False]

    assert bystander.events(EVENT) == before + 2
    assert Grant.objects.filter(revoked_at=None).count() == 0


def test_of_equal_conditions_in_one_statement_one_is_met(bystander: Bystander) -> None:
    (ident,) = families(1)

    assert Counter(written([ending(ident) for _ in range(20)])) == {True: 1, False: 19}

    assert bystander.events(EVENT) == 1


def test_of_claims_of_one_key_in_one_statement_the_first_has_it(bystander: Bystander) -> None:
    make_world()
    drive(DjangoStore().write(revoking("taken"), datetime.now(UTC)))
    names = ["a", "b", "a", "taken", "a", "c", "b"]

    found = written([revoking(name) for name in names])

    assert found == [True, True, False, False, False, True, False]
    assert bystander.events(EVENT) == 4
    assert RevokedToken.objects.count() == 4


def test_one_row_that_cannot_be_stored_fails_alone(bystander: Bystander) -> None:
    ids = families(4)
    units = [ending(one) for one in ids]
    units[1] = ending(ids[1], amr="far too long " * 200)
    units[2] = replace(units[2], events=(event(), event("\0")))

    found = written(units)

    assert [type(one) for one in found] == [bool, StorageError, StorageError, bool]
    assert bystander.events(EVENT) == 2
    assert [str(g.pk) for g in Grant.objects.filter(revoked_at=None).order_by("pk")] == ids[1:3]


@pytest.mark.parametrize("spoiled", ["\0", "\ud800", "x" * 10_000])
def test_one_event_that_cannot_be_stored_fails_alone(bystander: Bystander, spoiled: str) -> None:
    make_world()
    units = [Unit(events=(event(f"c{n}"),)) for n in range(5)]
    units[2] = Unit(events=(event("fine"), event(spoiled)))

    found = written(units)

    assert [type(one) for one in found] == [bool, bool, StorageError, bool, bool]
    assert bystander.events(EVENT) == 4


def test_a_new_key_that_exists_already_fails_alone(bystander: Bystander) -> None:
    world = make_world(token_format="opaque")
    sign_in(world)
    row = AccessToken.objects.values().get()
    units = [
        Unit(inserts=(Insert(ACCESS_TOKEN, ({**row, "digest": name},)),), events=(event(),))
        for name in ("one", row["digest"], "two")
    ]

    assert [type(one) for one in written(units)] == [bool, StorageError, bool]

    assert AccessToken.objects.count() == 3
    assert bystander.events(EVENT) == 2


def test_a_unit_with_two_conditions_is_refused_before_anybody_hears_of_it() -> None:
    make_world()
    claim = revoking("x").inserts[0]
    units = [
        Unit(inserts=(claim, claim)),
        Unit(inserts=(replace(claim, rows=claim.rows * 2),)),
        Unit(revoke_grant("x", "client", datetime.now(UTC)), inserts=(claim,)),
        revoking("y"),
    ]

    assert [type(one) for one in written(units)] == [ValueError] * 3 + [bool]


def test_a_row_that_somebody_holds_makes_only_its_own_unit_wait(
    bystander: Bystander, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others don't wait until the shared statement has waited long enough, either."""
    monkeypatch.setattr(pipelined_store, "SHARED_LOCK_MILLISECONDS", 60_000)
    ids = families(5)

    async def scenario() -> None:
        store = PipelinedStore(nothing)
        now = datetime.now(UTC)
        with bystander.connection.transaction():
            bystander.rows("SELECT 1 FROM tokens_grant WHERE id = %s FOR UPDATE", ids[2])
            tasks = [asyncio.create_task(store.write(ending(one), now)) for one in ids]
            others = [*tasks[:2], *tasks[3:]]
            assert await asyncio.gather(*others) == [True] * 4
            assert not tasks[2].done()
        assert await tasks[2] is True
        store.close()

    running(scenario)
    assert bystander.events(EVENT) == 5


def test_a_key_that_somebody_is_claiming_makes_only_its_own_unit_wait(bystander: Bystander) -> None:
    make_world()

    async def scenario() -> list[bool]:
        store = PipelinedStore(nothing)
        now = datetime.now(UTC)
        with bystander.connection.transaction():
            bystander.rows(
                "INSERT INTO tokens_revokedtoken (jti_digest, revoked_by, revoked_at, expires_at) "
                "VALUES ('b', 'somebody', now(), now())"
            )
            tasks = [asyncio.create_task(store.write(revoking(one), now)) for one in "abc"]
            assert await asyncio.gather(tasks[0], tasks[2]) == [True, True]
            assert not tasks[1].done()
        try:
            return await asyncio.gather(*tasks)
        finally:
            store.close()

    assert running(scenario) == [True, False, True]
    assert bystander.events(EVENT) == 2


def test_no_answer_leaves_before_its_commit(bystander: Bystander) -> None:
    (ident,) = families(1)

    async def scenario() -> None:
        store = PipelinedStore(nothing)
        with bystander.holding_commits("tokens_revokedtoken") as release:
            tasks = [
                asyncio.create_task(store.write(revoking(name), datetime.now(UTC)))
                for name in "abc"
            ]
            await until(lambda: bystander.waiting("advisory") > 0)
            assert not any(task.done() for task in tasks)
            assert bystander.events(EVENT) == 0
            release()
            assert await asyncio.gather(*tasks) == [True] * 3
            assert bystander.events(EVENT) == 3
        store.close()

    running(scenario)


def test_a_statement_that_is_lost_is_never_sent_again(
    bystander: Bystander, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have happened."""
    make_world()
    sent: list[int] = []
    execute = Lane.execute

    async def counted(self: Lane, sql: str, values: dict[str, Any]) -> list[Any]:
        sent.append(1)
        return await execute(self, sql, values)

    monkeypatch.setattr(Lane, "execute", counted)
    monkeypatch.setattr(pipelined_store, "SHARED_LOCK_MILLISECONDS", 60_000)

    async def scenario() -> list[Outcome]:
        store = PipelinedStore(nothing)
        now = datetime.now(UTC)
        with bystander.holding_commits("tokens_revokedtoken"):
            tasks = [asyncio.create_task(store.write(revoking(name), now)) for name in "abc"]
            await until(lambda: bystander.waiting("advisory") > 0)
            assert bystander.end_lanes("active") == 1
            found = await asyncio.gather(*tasks, return_exceptions=True)
        try:
            assert await store.write(revoking("d"), now) is True
            return found
        finally:
            store.close()

    assert [type(one) for one in running(scenario)] == [StorageError] * 3
    assert len(sent) == 2
    assert bystander.events(EVENT) == 1


def test_who_goes_away_while_it_is_alone_leaves_its_lane_to_others(
    bystander: Bystander, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = families(2)
    monkeypatch.setattr(pipelined_store, "LANES", 1)

    async def scenario() -> None:
        store = PipelinedStore(nothing)
        now = datetime.now(UTC)
        with bystander.connection.transaction():
            bystander.rows("SELECT 1 FROM tokens_grant WHERE id = %s FOR UPDATE", ids[0])
            task = asyncio.create_task(store.write(ending(ids[0]), now))
            await until(lambda: bystander.waiting("transactionid") > 0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await store._write_alone(job_of(ending(ids[1]), now)) is True
        store.close()

    running(scenario)
