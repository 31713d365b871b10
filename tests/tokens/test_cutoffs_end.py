"""The end of an explicit revocation (R18): its row goes, what it meant stays dead (I7, R16)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.servers.models import Installation
from apps.systemlog.models import RevocationJob
from apps.tokens import clock
from apps.tokens.cutoffs import LASTS, close_due
from apps.tokens.models import Grant, TokenCutoff
from apps.tokens.tasks import close_cutoffs
from tests.edge import STORES
from tests.oauth.grants_fixture import (
    REFUSED,
    authorize,
    client_credentials,
    exchange,
    make_world,
    outcome,
    refresh,
    sign_in,
    tokens_of,
)
from tests.oauth.watching import watch
from tests.tokens.test_cascade import drain, marked
from tests.tokens.test_cutoffs import FORMATS, in_days, revoke

pytestmark = pytest.mark.django_db


@FORMATS
def test_what_is_issued_afterwards_lives_and_outlives_the_cutoff(
    token_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(token_format=token_format)
    watcher = watch(world)
    old = [sign_in(world), client_credentials(world)]
    for criteria in ({"client": world.client.pk}, {"rule": world.rule.pk}):
        revoke(**criteria)

    assert watcher.alive(*old) == []
    new, own = sign_in(world), client_credentials(world)
    assert len(watcher.alive(new, own)) == 3
    new = tokens_of(refresh(world, new.refresh))
    drain()
    assert len(watcher.alive(new, own)) == 3

    in_days(2.1, monkeypatch)
    close_cutoffs()
    drain()
    assert not TokenCutoff.objects.exists() and not Installation.objects.get(pk=1).has_cutoffs
    assert refresh(world, new.refresh).status_code == 200
    assert outcome(refresh(world, old[0].refresh)) == REFUSED


class Between:
    """A request that has read, and writes when everything else is over."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, happening: Any) -> None:
        pending = [happening]

        def waiting(before: Any) -> Any:
            async def write(*args: Any) -> bool:
                if pending:
                    pending.pop()()
                written: bool = await before(*args)
                return written

            return write

        for store in STORES:
            monkeypatch.setattr(store, "write", waiting(store.write))


@FORMATS
def test_a_token_is_stillborn_when_its_decision_had_not_read_the_revocation(
    token_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read, revoked and acknowledged, issued: linearizable like an epoch."""
    world = make_world(token_format=token_format)
    client_credentials(world)  # this process has seen that there are no cutoffs
    Between(monkeypatch, lambda: revoke(client=world.client.pk))
    stillborn = client_credentials(world)
    assert watch(world).alive(stillborn) == []
    assert len(watch(world).alive(client_credentials(world))) == 1


@FORMATS
@pytest.mark.parametrize("criteria", ["user", "client", "server", "scope", "rule"])
def test_a_row_that_comes_late_is_dead_for_ever_also_without_the_cutoff(
    criteria: str, token_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code's grant is read before the revocation, and written after its marking (I7, R16)."""
    world = make_world(token_format=token_format)

    def revocation() -> None:
        revoke(**{criteria: getattr(world, criteria).pk})
        drain()

    if criteria in ("scope", "rule"):  # a code outlives these; what it is exchanged for doesn't
        code = authorize(world)
        Between(monkeypatch, revocation)
        late = tokens_of(exchange(world, code))
    else:
        Between(monkeypatch, revocation)
        code = authorize(world)
        assert outcome(exchange(world, code)) == REFUSED
        late = None
    grant = Grant.objects.get()
    assert grant.revoked_at is None  # the marking came too early
    assert not late or watch(world).alive(late) == []

    Grant.objects.update(expires_at=None, idle_expires_at=clock.now() + timedelta(days=900))
    in_days(2.1, monkeypatch)
    close_cutoffs()
    drain()

    assert not TokenCutoff.objects.exists()
    assert {pk for pk, _ in marked()} >= {grant.pk}
    assert not late or outcome(refresh(world, late.refresh)) == REFUSED
    revoke(user=world.user.pk)  # and whatever comes, nothing makes it alive again
    assert not late or outcome(refresh(world, late.refresh)) == REFUSED


def test_a_token_without_a_row_is_over_before_its_cutoff_is() -> None:
    """So the cutoff may go: the longest access token, and a day for clocks that jump (F24)."""
    longest = timedelta(hours=24)
    world = make_world(rule={"access_token_minutes": 1440})
    answer = client_credentials(world).answer
    assert timedelta(seconds=answer["expires_in"]) == longest
    row = revoke(client=world.client.pk)
    assert row.expires_at - row.created == LASTS == longest + timedelta(days=1)


def test_no_cutoff_goes_before_its_time_nor_before_its_last_marking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = make_world()
    row = revoke(client=world.client.pk)
    drain()
    assert close_due(clock.now()) == 0
    in_days(2.1, monkeypatch)
    close_cutoffs()
    close_cutoffs()  # two beats are harmless
    assert TokenCutoff.objects.filter(pk=row.pk, is_closing=True).exists()
    assert RevocationJob.objects.filter(scope__final=True).count() == 1
    drain()
    assert not TokenCutoff.objects.exists()
