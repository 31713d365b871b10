"""The Jobs page: what is at work, what is stuck, and running it now (R24)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.directory.models import User
from apps.systemlog import nudge
from apps.systemlog.admin import jobs_words as words
from apps.systemlog.jobs import registered
from apps.systemlog.models import LogEvent, PeriodicJob, RevocationJob
from tests.admin.jobs_scene import done, periodic, revocation, seed
from tests.admin.test_statements import statements
from tests.logbook import events, mark

PAGE, LIVE, RUN = "/admin/jobs/", "/admin/jobs/live/", "/admin/jobs/run/"
SWEEP = "sweep-expired"
FRAGMENT_STATEMENTS = 5
"""The session, the person, periodic jobs, open revocations, finished ones."""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, list[str]]]]:
    """What the broker was told, in place of a broker."""
    told: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(
        "celery.app.base.Celery.send_task",
        lambda self, name, args=(), **options: told.append((name, list(args))),
    )
    nudge.breaker.succeeded()
    yield told


def row_of(body: str, ident: str) -> str:
    """The table row of one job."""
    _, _, rest = body.partition(f'<tr id="{ident}">')
    assert rest, ident
    return rest.partition("</tr>")[0]


def page(browser: Browser, url: str = LIVE) -> str:
    response = browser.get(url)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    return response.content.decode()


def test_a_running_revocation_shows_how_far_it_is_and_who_caused_it(root: Browser) -> None:
    ids = seed()
    row = row_of(page(root), ids["running"])
    assert "Running" in row and 'value="641"' in row and "64 %" in row
    assert "318,904" in row and "≈ 179,507" in row
    assert "Deactivate application" in row and "Shop iOS" in row
    assert "by dana.kim@example.com" in row
    assert "/admin/systemlog/logevent/?reference=" in row


def test_open_for_five_minutes_without_a_movement_is_stuck(root: Browser) -> None:
    still = revocation("user.lifecycle.suspend", "a", ago=900, quiet=301, state="RUNNING")
    moving = revocation("user.lifecycle.suspend", "b", ago=900, quiet=290, state="RUNNING")
    body = page(root)
    assert "Stuck" in row_of(body, still) and "Nothing has moved for 5 min" in row_of(body, still)
    assert "Running" in row_of(body, moving)
    assert "1 job needs attention: 1 stuck." in body


def test_a_failed_attempt_shows_its_error_until_the_next_one_goes_on(root: Browser) -> None:
    ident = revocation("revoked", "a", ago=60, state="OPEN", last_error="ValueError: no")
    assert "Failed" in row_of(page(root), ident)
    assert "ValueError: no" in row_of(page(root), ident)
    RevocationJob.objects.update(state="RUNNING", updated=timezone.now())
    assert "Running" in row_of(page(root), ident)


def test_a_revocation_that_nobody_has_begun_has_no_bar(root: Browser) -> None:
    ids = seed()
    row = row_of(page(root), ids["waiting"])
    assert "Waiting" in row and "not begun" in row and "<progress" not in row


def test_every_registered_job_is_there_before_it_has_ever_run(root: Browser) -> None:
    assert not PeriodicJob.objects.exists()
    body = page(root)
    for name, job in registered().items():
        assert job.title in row_of(body, name)
        assert "Waiting" in row_of(body, name) and "never" in row_of(body, name)
        assert "within " in row_of(body, name)


def test_every_job_says_in_a_sentence_what_it_does() -> None:
    assert {
        name: job.does for name, job in registered().items() if not job.does.endswith(".")
    } == {}


def test_a_periodic_job_shows_its_last_run_its_rows_and_its_next_run(root: Browser) -> None:
    periodic(SWEEP, ago=120, took=2.5, rows_done=4_210, counts={"accessTokens": 4_210})
    row = row_of(page(root), SWEEP)
    assert "Idle" in row and "1 min ago" in row and "2.5 s" in row
    assert "access tokens 4,210" in row
    assert "in 2 min" in row and "every 5 minutes" in row


def test_a_running_periodic_job_shows_a_bar_and_what_is_left(root: Browser) -> None:
    lease = timezone.now() + timedelta(seconds=30)
    fields: dict[str, Any] = {
        "holder": "w",
        "leased_until": lease,
        "rows_done": 100,
        "rows_left": 300,
    }
    periodic(SWEEP, ago=4, progress=250, **fields)
    row = row_of(page(root), SWEEP)
    assert "Running" in row and 'value="250"' in row and "100 of ≈ 400" in row
    assert "Run now" not in row


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"ago": 10, "holder": "w", "leased_until": None}, "Stalled"),
        ({"ago": 899}, "Waiting"),
        ({"ago": 901}, "Stalled"),
        ({"ago": 10, "is_wanted": True}, "Waiting"),
        ({"ago": 10}, "Idle"),
    ],
)
def test_a_periodic_job_is_stalled_when_its_holder_is_gone_or_nobody_runs_it(
    fields: dict[str, Any], expected: str, root: Browser
) -> None:
    periodic(SWEEP, interval=300, **fields)
    assert expected in row_of(page(root), SWEEP)


def test_a_failed_run_is_shown_until_a_good_one(root: Browser) -> None:
    failed = timezone.now() - timedelta(seconds=5)
    periodic(SWEEP, ago=6, finished=None, failed=failed, last_error="KeyError: …")
    row = row_of(page(root), SWEEP)
    assert "Failed" in row and "KeyError: …" in row
    periodic(SWEEP, ago=2, took=1, failed=failed, last_error="KeyError: …")
    row = row_of(page(root), SWEEP)
    assert "Idle" in row and "KeyError" not in row


def test_when_nothing_runs_at_all_the_page_asks_for_a_worker(root: Browser) -> None:
    for name, job in registered().items():
        periodic(name, ago=7200 + 2 * job.interval, interval=job.interval)
    assert "Are a worker and beat running?" in page(root)
    assert "No job has begun for" in page(root)


def test_run_now_wants_the_job_tells_a_worker_and_is_an_event(
    root: Browser,
    superuser: User,
    sent: list[tuple[str, list[str]]],
    django_capture_on_commit_callbacks,
) -> None:
    before = mark()
    with django_capture_on_commit_callbacks(execute=True):
        response = root.post(RUN, {"periodic": SWEEP}, follow=True)
    assert b"the next free worker takes it up" in response.content
    assert PeriodicJob.objects.get(name=SWEEP).is_wanted
    assert sent == [("apps.tokens.tasks.sweep_expired", [])]
    assert events(since=before) == ["system.job.request"]
    event = LogEvent.objects.order_by("-pk")[0]
    assert (event.actor_id, event.body["target"][0]["id"]) == (superuser.pk, SWEEP)
    assert "asked for" in row_of(page(root), SWEEP)


def test_run_now_offers_an_open_revocation_again(
    root: Browser, sent: list[tuple[str, list[str]]], django_capture_on_commit_callbacks
) -> None:
    ids, before = seed(), mark()
    with django_capture_on_commit_callbacks(execute=True):
        root.post(RUN, {"revocation": ids["stuck"]})
    assert sent == [("apps.tokens.tasks.run_revocation_job", [ids["stuck"]])]
    assert events(since=before) == ["system.job.request"]


@pytest.mark.parametrize("asked", [{"periodic": "no-such-job"}, {"revocation": "rvjNone"}, {}])
def test_what_is_gone_is_not_run(
    asked: dict[str, str], root: Browser, sent: list[tuple[str, list[str]]]
) -> None:
    before = mark()
    response = root.post(RUN, asked, follow=True)
    assert b"nothing to run any more" in response.content
    assert (sent, events(since=before)) == ([], [])


def test_a_finished_revocation_is_not_run_again(
    root: Browser, sent: list[tuple[str, list[str]]]
) -> None:
    ident = done("revoked", "Orders API", ago=60, took=1, rows=3)
    assert "Run now" not in row_of(page(root), ident)
    root.post(RUN, {"revocation": ident})
    assert sent == []


def test_an_auditor_reads_and_runs_nothing(auditor: Browser, sent: list[object]) -> None:
    ids = seed()
    assert "Stuck" in page(auditor, PAGE)
    assert "Run now" not in page(auditor) and "run-job" not in page(auditor, PAGE)
    before = mark()
    for asked in ({"periodic": SWEEP}, {"revocation": ids["stuck"]}):
        assert auditor.post(RUN, asked).status_code == 403
    assert (sent, events(since=before)) == ([], [])


def test_nothing_runs_by_a_get_or_without_the_token_of_the_page(superuser: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(superuser)
    assert browser.get(RUN, {"periodic": SWEEP}).status_code == 405
    assert browser.post(RUN, {"periodic": SWEEP}).status_code == 403
    assert not PeriodicJob.objects.exists()


def test_people_without_the_console_are_sent_to_sign_in() -> None:
    for url in (PAGE, LIVE):
        assert Browser().get(url).status_code == 302


def test_a_fragment_takes_a_fixed_number_of_statements(root: Browser) -> None:
    root.get(LIVE)
    assert statements(root, LIVE) == FRAGMENT_STATEMENTS
    for _ in range(3):
        seed()
    assert statements(root, LIVE) == FRAGMENT_STATEMENTS


def test_row_296_neither_the_page_nor_the_list_counts_jobs(root: Browser) -> None:
    seed()
    with CaptureQueriesContext(connection) as captured:
        root.get(LIVE)
        root.get("/admin/systemlog/revocationjob/")
    unbounded = [q["sql"] for q in captured if "COUNT" in q["sql"] and "LIMIT" not in q["sql"]]
    assert [sql for sql in unbounded if "systemlog" in sql] == []


def test_the_list_pages_through_all_revocations(root: Browser) -> None:
    for number in range(51):
        done("revoked", f"Server {number:02}", ago=100 - number, took=1, rows=3)
    answer = root.get("/admin/systemlog/revocationjob/")
    first = answer.content.decode()
    assert "Server 50" in first and "Server 00" not in first
    older = answer.context["cl"].older
    second = root.get(f"/admin/systemlog/revocationjob/{older}")
    assert "Server 00" in second.content.decode() and not second.context["cl"].older


def test_the_script_asks_soon_while_something_is_open_and_rarely_otherwise(root: Browser) -> None:
    assert 'data-busy="0"' in page(root)
    row = periodic(SWEEP, ago=1, is_wanted=True)
    assert 'data-busy="1"' in page(root)
    row.delete()
    revocation("revoked", "a", ago=1, state="OPEN")
    assert 'data-busy="1"' in page(root)


def test_the_menu_and_the_dashboard_say_what_is_open_and_what_needs_a_person(
    root: Browser,
) -> None:
    body = root.get("/admin/").content.decode()
    assert "not cleaned up yet" in body and "is-alert" not in body
    seed()
    periodic("maintain-keys", ago=100_000, interval=3600)
    body = root.get("/admin/").content.decode()
    assert '<span class="menu-count is-alert">4</span>' in body
    assert "1 stuck · cleaned up 5 min ago" in body
    assert "A revocation is stuck" in body and "A revocation is failing" in body
    assert "“Rotate and drop signing keys” is stalled" in body


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "< 0.1 s"),
        (0.42, "0.4 s"),
        (12, "12 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (3605, "1 h"),
        (7800, "2 h 10 min"),
        (90_000, "1 d 1 h"),
        (-5, "< 0.1 s"),
    ],
)
def test_lengths_of_time_read_well(seconds: float, expected: str) -> None:
    assert words.length(timedelta(seconds=seconds)) == expected
