"""What may be killed in the middle: each case names its work, what storage says of it, and what a
retry must come to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from apps.systemlog.models import LogEvent
from apps.tokens import administration
from apps.tokens.models import AccessToken, Grant, RevokedToken
from authzsite.domain.tokens import Kind, digest
from tests.factories import TESTER
from tests.oauth.grants_fixture import (
    REFUSED,
    Tokens,
    World,
    authorize,
    body_of,
    client_credentials,
    code_form,
    exchange,
    is_active,
    outcome,
    post,
    refresh,
    revoke,
    sign_in,
    tokens_of,
)

State = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """`settle` is told whether the killed work took effect; it retries and checks what then is."""

    work: Callable[[], object]
    state: Callable[[], State]
    settle: Callable[[bool], object]


def new_events(world: World) -> Callable[[], tuple[str, ...]]:
    """The types of the events about the world's server from now on, sorted."""
    last = LogEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
    found = LogEvent.objects.filter(id__gt=last, server_id=world.server.pk)
    return lambda: tuple(sorted(found.values_list("event_type", flat=True)))


def issuing(world: World) -> Case:
    """client_credentials: the event, and the token's row where it has one."""
    form = {"grant_type": "client_credentials", "scope": world.scope.name}
    events, before = new_events(world), AccessToken.objects.count()
    return Case(
        lambda: client_credentials(world),
        lambda: (AccessToken.objects.count() - before, events()),
        lambda done: assert_granted(world, post(world, "token", form)),
    )


def exchanging(world: World) -> Case:
    """A code: consumed with everything that came from it, or not at all."""
    code = authorize(world)
    grant = Grant.objects.get(code_digest=digest(Kind.CODE, code))
    events = new_events(world)

    def state() -> State:
        grant.refresh_from_db()
        used = (grant.code_consumed_at is not None, grant.refresh_digest != "")
        return *used, AccessToken.objects.filter(grant_id=grant.pk).count(), events()

    def settle(done: bool) -> None:
        response = exchange(world, code)
        if not done:
            assert_granted(world, response)
            return
        assert outcome(response) == REFUSED  # a second use: everything of the first one dies
        grant.refresh_from_db()
        assert grant.revoked_at is not None

    return Case(lambda: post(world, "token", code_form(code)), state, settle)


def refreshing(world: World) -> Case:
    """A rotation. Inside the leeway the retry gets the same successor, else the family dies."""
    presented = sign_in(world).refresh
    grant = Grant.objects.get(refresh_digest=digest(Kind.REFRESH, presented))
    events, before = new_events(world), AccessToken.objects.filter(grant_id=grant.pk).count()

    def state() -> State:
        grant.refresh_from_db()
        rotated = grant.refresh_digest != digest(Kind.REFRESH, presented)
        minted = AccessToken.objects.filter(grant_id=grant.pk).count() - before
        return rotated, grant.previous_digest != "", grant.escrow != "", minted, events()

    def settle(done: bool) -> None:
        response = refresh(world, presented)
        if done and world.client.leeway == 0:
            assert outcome(response) == REFUSED
            grant.refresh_from_db()
            assert grant.revoked_by == "detect_reuse"
            return
        successor = assert_granted(world, response).refresh
        grant.refresh_from_db()
        assert grant.refresh_digest == digest(Kind.REFRESH, successor)  # the one and only
        assert_granted(world, refresh(world, successor))

    return Case(lambda: refresh(world, presented), state, settle)


def revoking(world: World, pick: Callable[[Tokens], str]) -> Case:
    """RFC 7009: the mark and its event together; a retry says 200 and adds no second event."""
    token = pick(sign_in(world))
    events = new_events(world)

    def state() -> State:
        marks = (
            Grant.objects.exclude(revoked_at=None).count(),
            AccessToken.objects.exclude(revoked_at=None).count(),
            RevokedToken.objects.count(),
        )
        return sum(marks) - before, events()

    def settle(done: bool) -> None:
        response = revoke(world, token)
        assert response.status_code == 200
        assert events() == ("app.oauth2.as.token.revoke",)
        assert not is_active(world, token)

    before = 0
    before = int(state()[0])
    return Case(lambda: revoke(world, token), state, settle)


def revoking_access(world: World) -> Case:
    return revoking(world, lambda tokens: tokens.access)


def revoking_family(world: World) -> Case:
    return revoking(world, lambda tokens: tokens.refresh)


def ending_grant(world: World) -> Case:
    """An administrator ends a family."""
    tokens = sign_in(world)
    grant = Grant.objects.get(refresh_digest=digest(Kind.REFRESH, tokens.refresh))
    events = new_events(world)

    def work() -> None:
        administration.revoke_grant(actor=TESTER, grant_id=grant.pk)

    def state() -> State:
        grant.refresh_from_db()
        return grant.revoked_at is not None, events()

    def settle(done: bool) -> None:
        assert administration.revoke_grant(actor=TESTER, grant_id=grant.pk) is not done
        assert events() == ("app.oauth2.as.token.revoke",)
        assert not is_active(world, tokens.access)

    return Case(work, state, settle)


def assert_granted(world: World, response: HttpResponse) -> Tokens:
    """A retry's tokens, all of them alive."""
    tokens = tokens_of(response)
    assert is_active(world, tokens.access)
    assert not tokens.refresh or is_active(world, tokens.refresh)
    assert body_of(response)["token_type"] == "Bearer"
    return tokens
