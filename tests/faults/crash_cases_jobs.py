"""More work that may be killed: a change that revokes, the job that follows it, a consent."""

from dataclasses import dataclass, replace

from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client as Browser

from apps.clients.services import assign_user
from apps.directory.models import User
from apps.directory.services import deactivate_user
from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens import clock
from apps.tokens.cascade import advance
from apps.tokens.models import AccessToken, Consent, Grant
from tests.factories import TESTER, make_client_and_secret, make_user
from tests.faults.crash_cases import Case, State, new_events
from tests.oauth import flow
from tests.oauth.grants_fixture import World, beside, client_credentials, is_active, sign_in
from tests.oauth.races.endings import end_client

BATCH, TOKENS = 2, 3
COUNT_EVENT = "app.oauth2.token.revoke.implicit.client"


def deactivating(world: World) -> Case:
    """R15: status, epoch, outbox row and event are one change."""
    other = beside(world)
    tokens = sign_in(other)
    events = LogEvent.objects.filter(event_type="user.lifecycle.deactivate", user_id=other.user.pk)
    jobs = RevocationJob.objects.filter(object_id=other.user.pk)

    def state() -> State:
        user = User.objects.get(pk=other.user.pk)
        return user.status, user.epoch, events.count(), jobs.count()

    def settle(done: bool) -> None:
        if not done:
            assert is_active(other, tokens.access)
            deactivate_user(actor=TESTER, user=User.objects.get(pk=other.user.pk))
        assert state()[2:] == (1, 1)
        assert not is_active(other, tokens.access)

    return Case(lambda: deactivate_user(actor=TESTER, user=other.user), state, settle)


@dataclass(frozen=True)
class Cascade:
    """A job over the tokens of a client that has ended."""

    job: RevocationJob
    marked: "QuerySet[AccessToken]"
    events: "QuerySet[LogEvent]"

    def run(self) -> None:
        """To its end, as a worker does."""
        while advance(self.job.pk, clock.now(), batch=BATCH):
            pass

    def assert_in_step(self) -> None:
        """What the row says is what was done, and the event is there when the job is."""
        self.job.refresh_from_db()
        is_done = self.job.state == RevocationJob.State.DONE
        assert (self.job.rows_done, self.events.count()) == (self.marked.count(), int(is_done))

    def assert_done(self) -> None:
        """All of it, told in one event."""
        self.assert_in_step()
        [event] = self.events
        assert event.body["target"][0]["detailEntry"]["TokenCount"] == TOKENS == self.job.rows_done


def make_cascade(world: World) -> Cascade:
    """More tokens than a batch holds."""
    client, secret = make_client_and_secret("service")
    ended = replace(world, client=client, secret=secret)
    for _ in range(TOKENS):
        client_credentials(ended)
    end_client(ended)
    job = RevocationJob.objects.get(object_id=client.pk)
    marked = AccessToken.objects.filter(client_id=client.pk).exclude(revoked_at=None)
    events = LogEvent.objects.filter(event_type=COUNT_EVENT, body__debugData__job=job.pk)
    return Cascade(job, marked, events)


def consenting(world: World) -> Case:
    """A code, what is remembered of the consent, and the events: all of it or nothing."""
    user, browser = make_user(), Browser()
    assign_user(actor=TESTER, client=world.client, user=user)
    page_world = flow.World(world.server, world.client, world.secret, user)
    flow.sign_in(browser, user)
    page = flow.authorize(browser, page_world, scope="openid orders:read", prompt="consent")
    events = new_events(world)

    def work() -> flow.Answer:
        return flow.consent(browser, page_world, page)

    def state() -> State:
        rows = (Consent.objects.filter(user_id=user.pk), Grant.objects.filter(user_id=user.pk))
        return *(found.count() for found in rows), events()

    def settle(done: bool) -> None:
        answer = work()
        assert state()[1] == 1, "one code at most, however often it is posted (row 110)"
        if done:
            assert "code" not in answer.members and answer.response.status_code < 500
        else:
            response: HttpResponse = flow.exchange(page_world, answer.code)
            assert response.status_code in (200, 400)

    return Case(work, state, settle)
