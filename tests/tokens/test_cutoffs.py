"""Explicit revocation by any combination (R18): checked, instant, marked, and dead for good."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.clients.models import Client
from apps.directory.models import User
from apps.servers.models import AuthorizationServer, Installation
from apps.systemlog.context import RequestContext, use
from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens import clock
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import close_due, cutoff_of, job_of, revoke_matching
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.models import AccessToken, Grant, TokenCutoff
from apps.tokens.standing import load_vector
from apps.tokens.store import Lookup
from apps.tokens.tasks import close_cutoffs
from authzsite.domain.validation import InvalidError
from tests.factories import (
    TESTER,
    make_client,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_token_policy,
)
from tests.oauth.grants_fixture import (
    REFUSED,
    World,
    authorize,
    beside,
    client_credentials,
    exchange,
    make_world,
    outcome,
    sign_in,
    tokens_of,
)
from tests.oauth.watching import watch
from tests.tokens.test_cascade import drain, implicit_events

pytestmark = pytest.mark.django_db
FORMATS = pytest.mark.parametrize("token_format", ["jwt", "opaque"])


def revoke(**criteria: Any) -> TokenCutoff:
    return revoke_matching(actor=TESTER, criteria=Criteria(**criteria))


def in_days(days: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the clock."""
    moment = clock.now() + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: moment)


def refused_field(**criteria: Any) -> str:
    with pytest.raises(InvalidError) as caught:
        revoke(**criteria)
    assert not TokenCutoff.objects.exists()
    return caught.value.problems[0].field


def test_r18_criteria_must_name_what_exists_and_fits_together() -> None:
    server, other = make_server(), make_server()
    scope, policy = make_scope(server, "orders:read"), make_policy(server)
    rule, foreign = make_rule(policy), make_rule(make_policy(server))
    soon = clock.now() + timedelta(minutes=1)

    assert refused_field() == "criteria"
    for name in ("user", "client", "server", "scope", "policy", "rule"):
        assert refused_field(**{name: "nobody"}) == name
    assert refused_field(user="nobody\0") == "user"
    assert refused_field(server=other.pk, scope=scope.pk) == "scope"
    assert refused_field(server=other.pk, policy=policy.pk) == "policy"
    assert refused_field(server=other.pk, rule=rule.pk) == "rule"
    assert refused_field(policy=policy.pk, rule=foreign.pk) == "rule"
    assert refused_field(server=server.pk, policy=make_token_policy().pk) == "policy"
    assert refused_field(issued_before=soon) == "issued_before"


def test_a_scope_policy_or_rule_stands_for_its_server() -> None:
    server = make_server()
    rule = make_rule(make_policy(server))
    row = revoke(rule=rule.pk, issued_before=clock.now())
    assert (row.server_id, row.client_id, row.user_id) == (server.pk, "", "")
    assert (row.epoch, row.scope_epoch) == (rule.epoch, None)
    assert row.issued_before and row.issued_before.microsecond == 0


def test_r24_it_is_one_row_one_job_and_one_event_that_tells_the_criteria() -> None:
    world = make_world()
    moment = clock.now().replace(microsecond=0)
    criteria = {"user": world.user.pk, "client": world.client.pk, "scope": world.scope.pk}

    with use(RequestContext(reference="AAAA-BBBB-CCCC-DDDD", kind="WEB")):
        row = revoke(**criteria, issued_before=moment)

    event = LogEvent.objects.get(event_type="app.oauth2.as.token.revoke")
    debug = event.body["debugData"]
    told = {**criteria, "server": world.server.pk, "issuedBefore": moment.isoformat()}
    assert debug["criteria"] == told and debug["cutoff"] == row.pk
    assert world.user.login in debug["meant"] and world.scope.name in debug["meant"]
    assert (event.user_id, event.client_id) == (world.user.pk, world.client.pk)
    assert {one["type"] for one in event.body["target"]} >= {"User", "PublicClientApp", "scope"}
    job = job_of(row)
    assert job and job.reference == event.reference and job.kind == "cutoff"


def test_what_is_refused_writes_nothing() -> None:
    refused_field(user="nobody")
    assert not RevocationJob.objects.exists()
    assert not LogEvent.objects.filter(event_type="app.oauth2.as.token.revoke").exists()
    assert not Installation.objects.filter(has_cutoffs=True).exists()


def test_r17_a_code_that_waits_dies_with_its_client_and_survives_its_rule() -> None:
    world = make_world()
    code, other = authorize(world), authorize(world)
    revoke(rule=world.rule.pk)
    drain()
    tokens = tokens_of(exchange(world, code))
    assert len(watch(world).alive(tokens)) == 2

    revoke(client=world.client.pk)
    assert outcome(exchange(world, other)) == REFUSED
    assert watch(world).alive(tokens) == []


def test_r24_the_job_counts_what_died_in_one_event_of_the_narrowest_family(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = make_world(token_format="opaque")
    others = beside(world)
    sign_in(world), sign_in(others), client_credentials(world)
    revoke(user=world.user.pk, client=world.client.pk)
    drain()
    revoke(client=world.client.pk)
    drain()
    revoke(server=world.server.pk)
    drain()
    assert implicit_events() == [("user", 2), ("client", 1), ("as", 2)]
    in_days(2.1, monkeypatch)
    close_cutoffs()
    drain()
    assert len(implicit_events()) == 3  # the last look found nothing: nothing to tell


def test_the_same_again_takes_the_place_of_the_first_so_that_tokens_remember_few() -> None:
    world = make_world()
    early = sign_in(world)
    now = clock.now()
    for moment in (now - timedelta(hours=2), now - timedelta(hours=1), None, None):
        revoke(client=world.client.pk, issued_before=moment)
        between = sign_in(world)
    assert TokenCutoff.objects.count() == 1
    revoke(client=world.client.pk, server=world.server.pk)
    revoke(client=world.client.pk, scope=world.scope.pk)
    revoke(client=world.client.pk, scope=world.scope.pk, rule=world.rule.pk)
    revoke(client=world.client.pk, rule=world.rule.pk, issued_before=now)
    assert TokenCutoff.objects.count() == 5

    assert watch(world).alive(early, between) == []
    last = sign_in(world)
    vector = load_vector(Grant.objects.latest("created").vector)
    assert vector and len(vector.cutoffs) == 5
    drain()
    assert len(watch(world).alive(last)) == 2 and watch(world).alive(early, between) == []


def test_asking_for_cutoffs_costs_a_second_read_once_and_nothing_while_there_are_none(
    django_assert_num_queries: Any,
) -> None:
    server = make_server()

    def reading() -> Any:
        return drive(DjangoStore().read(server.pk, "nobody", Lookup(), clock.now()))

    reading()
    with django_assert_num_queries(1):
        assert reading().cutoffs == ()
    row = revoke(server=server.pk)
    with django_assert_num_queries(2):
        assert reading().cutoffs == (cutoff_of(row),)
    with django_assert_num_queries(1):
        assert reading().cutoffs == (cutoff_of(row),)
    TokenCutoff.objects.update(expires_at=clock.now())
    close_due(clock.now())
    drain()
    for _ in range(2):
        with django_assert_num_queries(1):
            assert reading().cutoffs == ()


@pytest.fixture
def small_world() -> tuple[list[AuthorizationServer], list[Client], list[User], list[World]]:
    """Two of each, and a grant and an opaque token for each pair of client and user."""
    worlds = [make_world(token_format="opaque") for _ in range(2)]
    for world in worlds:
        authorize(world)
        client_credentials(world)
    return [w.server for w in worlds], [w.client for w in worlds], [w.user for w in worlds], worlds


combos = st.tuples(*(st.integers(0, 2) for _ in range(3)))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(combos, min_size=1, max_size=6), st.booleans())
def test_the_select_finds_what_matches_by_the_naive_reading(
    small_world: Any, cuts: list[tuple[int, int, int]], with_age: bool
) -> None:
    servers, clients, users, worlds = small_world
    TokenCutoff.objects.all().delete()
    now = clock.now().replace(microsecond=0)
    Installation.objects.filter(pk=1).update(has_cutoffs=True)
    rows = [
        TokenCutoff.objects.create(
            server_id=["", *(s.pk for s in servers)][server],
            client_id=["", *(c.pk for c in clients)][client],
            user_id=["", *(u.pk for u in users)][user],
            epoch=place or None,
            scope_epoch=7 if with_age else None,
            issued_before=now if with_age else None,
            created=now,
            expires_at=now,
        )
        for place, (server, client, user) in enumerate(cuts)
    ]
    for world in worlds:
        server, client, user = world.server.pk, world.client.pk, world.user.pk
        grant = Grant.objects.get(user_id=user)
        token = AccessToken.objects.get(client_id=client)
        lookups = {
            Lookup(): "",
            Lookup(owner=world.client.client_id): "",
            Lookup(access=token.pk): "",
            Lookup(user=user): user,
            Lookup(grant=grant.pk): user,
            Lookup(code=grant.code_digest or ""): user,
        }
        for lookup, whose in lookups.items():
            found = drive(DjangoStore().read(server, world.client.client_id, lookup, now)).cutoffs
            expected = {
                cutoff_of(row)
                for row in rows
                if row.server_id in ("", server)
                and row.client_id in ("", client)
                and row.user_id in ("", whose)
            }
            assert set(found) == expected, lookup


def test_a_cutoff_of_a_deleted_users_namesake_means_nobody_else() -> None:
    """Ids come never back, names may."""
    client = make_client("web")
    row = revoke(client=client.pk)
    other = make_client("web", name=client.name)
    reading = drive(DjangoStore().read("default", other.client_id, Lookup(), clock.now()))
    assert row.pk not in {cutoff.id for cutoff in reading.cutoffs}
