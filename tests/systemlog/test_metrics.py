"""/metrics: what the rows say, in the text that Prometheus reads, to those who may read it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families as text_families

from apps.systemlog import metrics
from apps.systemlog.jobs import registered
from apps.systemlog.models import PeriodicJob
from tests.admin.jobs_scene import done, periodic, revocation, seed

pytestmark = pytest.mark.django_db
SWEEP = {"job": "sweep-expired"}
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
OWN_STATEMENTS = 3
"""Periodic jobs; open revocations; those that were done lately."""


def scrape(**headers: str) -> str:
    """As Prometheus on this machine would."""
    response = Browser().get("/metrics", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def value(name: str, labels: dict[str, str] | None = None) -> float | None:
    """One sample, by the library's own parser; None where there is none."""
    samples = (one for family in text_families(scrape()) for one in family.samples)
    found = [s.value for s in samples if (s.name, s.labels) == (name, labels or {})]
    assert len(found) < 2
    return found[0] if found else None


def test_every_job_is_there_before_it_has_ever_run() -> None:
    for name, job in registered().items():
        labels = {"job": name}
        assert value("authzsite_job_interval_seconds", labels) == job.interval
        assert value("authzsite_job_runs_total", labels) == 0
        assert value("authzsite_job_last_start_timestamp_seconds", labels) is None


def test_a_periodic_job_tells_of_its_last_run() -> None:
    row = periodic(SWEEP["job"], ago=60, took=2.5, rows_done=41, runs=7, failures=2)
    assert row.started and row.finished
    expected = {
        "last_start_timestamp_seconds": row.started.timestamp(),
        "last_finish_timestamp_seconds": row.finished.timestamp(),
        "last_failure_timestamp_seconds": None,
        "duration_seconds": 2.5,
        "rows": 41,
        "rows_left": 0,
        "runs_total": 7,
        "failures_total": 2,
        "running": 0,
        "stalled": 0,
        "failed": 0,
    }
    found = {name: value(f"authzsite_job_{name}", SWEEP) for name in expected}
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"holder": "w", "leased_until": datetime(2100, 1, 1, tzinfo=UTC)}, (1, 0, 0)),
        ({"holder": "w", "leased_until": datetime(2000, 1, 1, tzinfo=UTC)}, (0, 1, 0)),
        ({"next_run": datetime(2000, 1, 1, tzinfo=UTC)}, (0, 1, 0)),
        ({"failed": datetime(2100, 1, 1, tzinfo=UTC)}, (0, 0, 1)),
    ],
)
def test_a_periodic_job_is_running_stalled_or_failed(
    fields: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    periodic(SWEEP["job"], ago=10, **fields)
    states = ("running", "stalled", "failed")
    assert tuple(value(f"authzsite_job_{one}", SWEEP) for one in states) == expected


def test_revocations_tell_how_many_wait_how_long_and_how_many_are_stuck() -> None:
    seed()
    prefix = "authzsite_revocation_jobs"
    assert value(f"{prefix}_open") == 4
    assert value(f"{prefix}_stuck") == 1
    assert value(f"{prefix}_failed") == 1
    assert value(f"{prefix}_open_rows_marked") == 318_904 + 9_871 + 4_212
    assert value(f"{prefix}_oldest_age_seconds") == pytest.approx(1560, abs=60)
    assert value(f"{prefix}_done_last_hour") == 1


def test_an_installation_without_revocations_says_zero() -> None:
    prefix = "authzsite_revocation_jobs"
    for name in ("open", "stuck", "failed", "open_rows_marked", "oldest_age_seconds"):
        assert value(f"{prefix}_{name}") == 0
    assert value(f"{prefix}_done_last_hour") == 0


def test_names_follow_the_conventions_and_both_formats_can_be_read() -> None:
    seed()
    for families, text in (
        (text_families, scrape()),
        (openmetrics_families, scrape(accept=OPENMETRICS)),
    ):
        found = list(families(text))
        assert len(found) > 10
        for family in found:
            assert family.name.startswith("authzsite_") and family.documentation.endswith(".")
            for sample in family.samples:
                assert sample.name.endswith("_total") == (family.type == "counter")


def test_a_scrape_takes_a_fixed_number_of_statements_and_counts_no_large_table() -> None:
    def statements() -> list[str]:
        now = timezone.now()
        own = (metrics.collect_periodic, metrics.collect_revocations)
        with CaptureQueriesContext(connection) as captured:
            assert [family for collect in own for family in collect(now)]
        return [query["sql"] for query in captured]

    assert len(statements()) == OWN_STATEMENTS
    for _ in range(3):
        seed()
    assert len(statements()) == OWN_STATEMENTS
    assert [s for s in statements() if "COUNT" in s and "LIMIT" not in s] == []


def test_another_app_adds_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_collectors", [*metrics._collectors])

    @metrics.register
    def collect(now: datetime) -> Iterator[Metric]:
        yield GaugeMetricFamily("authzsite_letters_waiting", "Letters.", 12)

    assert value("authzsite_letters_waiting") == 12
    assert value("authzsite_revocation_jobs_open") == 0


@pytest.mark.parametrize(
    ("address", "allowed", "status"),
    [
        ("127.0.0.1", None, 200),
        ("::1", None, 200),
        ("::ffff:127.0.0.1", None, 200),
        ("10.1.2.3", None, 404),
        ("10.1.2.3", ["10.1.0.0/16"], 200),
        ("10.2.2.3", ["10.1.0.0/16"], 404),
        ("127.0.0.1", [], 404),
        ("", None, 404),
        ("unix:", None, 404),
    ],
)
def test_only_the_named_networks_may_read(
    address: str, allowed: list[str] | None, status: int
) -> None:
    default = ["127.0.0.0/8", "::1"]
    networks = [ip_network(one) for one in (default if allowed is None else allowed)]
    with override_settings(METRICS_ALLOW=networks):
        assert Browser(REMOTE_ADDR=address).get("/metrics").status_code == status


def test_nobody_reads_through_a_proxy_that_is_not_ours() -> None:
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host"):
        assert Browser().get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


@override_settings(TRUSTED_PROXIES=[ip_network("127.0.0.1")])
def test_behind_our_own_proxy_the_caller_counts() -> None:
    def status(caller: str) -> int:
        return Browser().get("/metrics", headers={"X-Forwarded-For": caller}).status_code

    assert status("203.0.113.9") == 404
    with override_settings(METRICS_ALLOW=[ip_network("203.0.113.0/24")]):
        assert status("203.0.113.9") == 200


def test_a_refusal_looks_like_an_address_that_is_not_there() -> None:
    stranger = Browser(REMOTE_ADDR="203.0.113.9")
    refused, unknown = stranger.get("/metrics"), stranger.get("/no-such-page")
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert refused.content == unknown.content


def test_a_program_reads_it_whatever_host_it_names_and_gets_no_cookie() -> None:
    response = Browser().get("/metrics", headers={"host": "10.0.0.5:8000"})
    assert response.status_code == 200
    assert response.cookies == {}
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"].startswith("text/plain; version=")


@pytest.mark.fault
def test_a_database_that_does_not_answer_is_a_503() -> None:
    with patch.object(metrics, "open_jobs", side_effect=OperationalError("gone")):
        assert Browser().get("/metrics").status_code == 503


def test_numbers_follow_the_rows_at_every_scrape() -> None:
    ident = revocation("revoked", "a", ago=1, state="OPEN")
    assert value("authzsite_revocation_jobs_open") == 1
    done("revoked", "b", ago=timedelta(minutes=61).total_seconds(), took=1, rows=1)
    assert value("authzsite_revocation_jobs_done_last_hour") == 0
    assert ident
    PeriodicJob.objects.create(name="no-longer-scheduled", next_run=timezone.now())
    assert "no-longer-scheduled" not in scrape()
