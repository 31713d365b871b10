"""`/api/v1/logs`: filters, words, time, and how a program follows the log."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from okta.models.log_event import LogEvent as SdkEvent

from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.events import EVENT_TYPES
from apps.systemlog.models import LogEvent
from apps.systemlog.record import record, row_of
from tests.management.okta.caller import Program

ADA = Actor("00uAda", "User", "ada@example.com", "Ada Lovelace")
CLIENT = Target("0oaOrders", "PublicClientApp", "orders", "Orders", {"hash": "h1"})
GRANT = "app.oauth2.as.token.grant"


@pytest.fixture
def events(db: None) -> None:
    """Two events, of which the filters below mean the first."""
    record(
        Entry(
            GRANT,
            ADA,
            (Target("ausDefault", "AuthorizationServer"), CLIENT),
            outcome="FAILURE",
            reason="no_matching_policy",
            client_id="0oaOrders",
            debug={"grantType": "password", "requestedScopes": "50%_off, orders:read", "tries": 3},
        ),
        Entry("group.lifecycle.create", Actor("00uBob"), (Target("00gTeam", "UserGroup"),)),
    )


def of(api: Program, **parameters: Any) -> list[dict[str, Any]]:
    """The events of a call."""
    answer = api.get(f"logs?{urlencode(parameters)}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()
    return found


MEANT = [
    f'eventType eq "{GRANT}"',
    'eventType sw "app.oauth2" and outcome.result eq "FAILURE"',
    'EVENTTYPE EQ "app.oauth2.as.token.grant"',
    'outcome.reason co "Matching"',
    'actor.id eq "00uAda"',
    'actor.alternateId ew "DA@example.com"',
    'actor.displayName eq "Ada Lovelace"',
    'client.id eq "0oaOrders"',
    'target.id eq "0oaOrders"',
    'target.type eq "PublicClientApp" and target.displayName sw "ord"',
    'target.detailEntry.hash eq "h1"',
    'debugContext.debugData.grantType eq "password"',
    "debugContext.debugData.tries eq 3",
    'debugContext.debugData.requestedScopes co "50%_OFF"',
    "debugContext.debugData.grantType pr",
    'displayMessage eq "OAuth2 token request"',
    'legacyEventType ew "grant_failure"',
    'severity eq "WARN"',
    '(actor.id eq "00uBob" or actor.id eq "00uAda") and not (eventType sw "group")',
    'target.id ne "00gTeam" and target.type eq "PublicClientApp"',
    'securityContext.asOrg eq null and outcome.reason eq "no_matching_policy"',
]


@pytest.mark.parametrize("text", MEANT)
def test_a_filter_means_what_it_says(api: Program, events: None, text: str) -> None:
    assert [one["eventType"] for one in of(api, filter=text)] == [GRANT]


@pytest.mark.parametrize(
    "text",
    [
        'target.id eq "0oaorders"',
        'debugContext.debugData.requestedScopes co "50x"',
        'debugContext.debugData.requestedScopes sw "%"',
        "device.id pr",
        'client.zone eq "a"',
        'target.id eq "ausDefault" and target.id eq "00gTeam"',
        'eventType eq "a\\"b"',
    ],
)
def test_a_filter_that_means_nothing_finds_nothing(api: Program, events: None, text: str) -> None:
    assert of(api, filter=text) == []


@pytest.mark.parametrize(
    "text",
    [
        "eventType",
        'eventType is "a"',
        "eventType eq a",
        'eventType eq "a" and',
        '(eventType eq "a"',
        'eventType eq "a")',
        'published gt "2020-01-01T00:00:00Z"',
        'debugContext.debugData.url co "a"',
        'debugContext.debugData.requestUri co "a"',
        'actor.password eq "a"',
        'target.secret eq "a"',
        'target.id.more eq "a"',
        'debugContext.debugData.a"b eq "a"',
        'debugContext.debugData.a.b.c.d.e eq "a"',
        'body__actor eq "a"',
        "not " * 3 + 'eventType eq "a"',
        "(" * 50 + 'eventType eq "a"' + ")" * 50,
        " or ".join(['eventType eq "a"'] * 200),
        "eventType eq " + "9" * 5000,
        'target[type eq "a"]',
        "\\",
    ],
)
def test_a_text_that_is_no_filter_is_refused(api: Program, text: str) -> None:
    refused = api.get(f"logs?filter={quote(text[:4000])}")
    assert refused.status_code == 400 and refused.json()["errorCode"] == "E0000053"


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("lovelace", 1),
        ("LOVELACE no_matching", 1),
        ("token request", 1),
        ("50%_off", 1),
        ("lovelace 00gTeam", 0),
        ("debugData", 0),
        ("alternateId", 0),
        ("grant_failure", 1),
        ("50xoff", 0),
    ],
)
def test_all_words_must_occur_in_values(api: Program, events: None, words: str, count: int) -> None:
    assert len(of(api, q=words)) == count


@pytest.mark.parametrize("words", ["a " * 11, "x" * 41])
def test_words_are_few_and_short(api: Program, words: str) -> None:
    assert api.get(f"logs?q={quote(words)}").status_code == 400


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("since=yesterday", 400, "E0000001"),
        ("since=2026-01-01T00:00:00", 400, "E0000001"),
        ("until=9999-99-99T00:00:00Z", 400, "E0000001"),
        ("since=2001-01-01T00:00:00Z", 400, "E0000053"),
        ("since=2100-01-02T00:00:00Z&until=2100-01-01T00:00:00Z", 400, "E0000031"),
        ("sortOrder=UP", 400, "E0000001"),
        ("limit=-1", 400, "E0000001"),
        ("limit=" + "9" * 5000, 400, "E0000001"),
        ("ordering=body", 400, "E0000001"),
        ("after=x", 400, "E0000029"),
    ],
)
def test_what_is_wrong_is_refused(api: Program, query: str, status: int, code: str) -> None:
    refused = api.get(f"logs?{query}")
    assert (refused.status_code, refused.json()["errorCode"]) == (status, code)


def write(*moments: datetime) -> None:
    """Events of these moments, in this order of arrival."""
    entry = Entry("policy.rule.add", ADA)
    LogEvent.objects.bulk_create([LogEvent(**row_of(entry, now=at)) for at in moments])


def next_of(answer: Any) -> str:
    """The address of the next page."""
    _, _, rest = answer["Link"].partition('rel="self"')
    return rest.partition("/api/v1/")[2].partition(">")[0]


ONLY = quote('eventType eq "policy.rule.add"')


def test_polling_always_goes_on_and_loses_no_late_event(api: Program) -> None:
    now = datetime.now(UTC)
    page = api.get(f"logs?filter={ONLY}&limit=2")
    assert page.json() == [] and 'rel="next"' in page["Link"]
    write(now, now - timedelta(seconds=1), now - timedelta(seconds=2))
    first = api.get(next_of(page))
    assert len(first.json()) == 2
    write(now - timedelta(hours=1))
    second = api.get(next_of(first))
    assert len(second.json()) == 2, "the late one, too"
    third = api.get(next_of(second))
    assert third.json() == [] and api.get(next_of(third)).json() == []
    uuids = [one["uuid"] for page in (first, second) for one in page.json()]
    assert len(set(uuids)) == 4


def test_bounded_goes_by_the_time_of_the_event_and_ends(api: Program) -> None:
    now = datetime.now(UTC)
    moments = [now - timedelta(minutes=m) for m in (3, 1, 2, 90)]
    write(*moments)
    span = {"since": (now - timedelta(hours=1)).isoformat(), "until": now.isoformat()}
    found, path = [], f"logs?{urlencode(span)}&filter={ONLY}&limit=2"
    while path:
        page = api.get(path)
        assert page.status_code == 200, page.content
        found += [one["published"] for one in page.json()]
        path = next_of(page)
    assert found == sorted(found) and len(found) == 3
    newest = api.get(f"logs?{urlencode({**span, 'sortOrder': 'DESCENDING'})}&filter={ONLY}")
    assert [one["published"] for one in newest.json()] == found[::-1]
    assert 'rel="next"' not in newest["Link"]


def test_the_last_week_is_shown_unless_told_otherwise(api: Program) -> None:
    now = datetime.now(UTC)
    write(now - timedelta(days=8), now - timedelta(days=6))
    assert len(api.get(f"logs?filter={ONLY}").json()) == 1
    since = quote((now - timedelta(days=9)).isoformat())
    assert len(api.get(f"logs?filter={ONLY}&since={since}").json()) == 2


def test_row_275_a_cursor_belongs_to_its_filter_and_time(api: Program) -> None:
    write(datetime.now(UTC))
    cursor = next_of(api.get(f"logs?filter={ONLY}")).partition("after=")[2]
    for query in ("", "filter=" + quote("eventType pr") + "&", "since=2026-11-01T00:00:00Z&"):
        moved = api.get(f"logs?{query}after={cursor}")
        assert moved.status_code == 400 and moved.json()["errorCode"] == "E0000029"


def test_a_page_costs_the_same_whatever_the_log_holds(
    api: Program, django_assert_max_num_queries: Any
) -> None:
    write(*[datetime.now(UTC)] * 300)
    for query in ("limit=1000", "q=lovelace&limit=5", f"filter={ONLY}&limit=0"):
        with django_assert_max_num_queries(4):
            assert api.get(f"logs?{query}").status_code == 200


def test_every_type_of_event_fits_the_sdks_models(api: Program) -> None:
    LogEvent.objects.bulk_create(
        LogEvent(**row_of(Entry(kind.name, ADA, (CLIENT,), outcome, reason)))
        for kind in EVENT_TYPES
        for outcome, reason in (("SUCCESS", ""), ("FAILURE", "x" * 300))
    )
    found = of(api, limit=1000)
    assert len({one["eventType"] for one in found}) == len(EVENT_TYPES)
    for one in found:
        parsed = SdkEvent.from_dict(one)
        assert parsed is not None and parsed.uuid == one["uuid"]


def test_the_log_can_only_be_read(api: Program) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert api.call(method, "logs").status_code == 405


def test_an_auditor_may_read_the_log(auditor: Program) -> None:
    assert auditor.get("logs").status_code == 200
