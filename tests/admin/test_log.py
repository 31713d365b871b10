"""The list of events: narrowed by its address, followed, and taken away as a file."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.systemlog.admin import log_export
from apps.systemlog.entries import Entry
from apps.systemlog.models import LogEvent
from apps.systemlog.record import record, row_of
from authzsite.domain.tokens import Kind, mint
from tests.admin.conftest import World, ask_for_token, denial
from tests.factories import TESTER, make_scope, make_user
from tests.systemlog.eventful import event_at

AT = "/admin/systemlog/logevent/"


def found(browser: Browser, **query: Any) -> list[LogEvent]:
    response = browser.get(AT, query, follow=True)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def types(browser: Browser, **query: Any) -> set[str]:
    return {event.event_type for event in found(browser, **query)}


def test_a_refusal_reads_as_a_sentence_with_its_reason(world: World, root: Browser) -> None:
    make_scope(world.server, "orders:write")
    denial(world, "orders:write")
    body = root.get(AT, {"outcome": "FAILURE"}).content.decode()
    assert "Warehouse was refused a token for Orders API</a>" in body
    assert "no rule allows orders:write" in body


def test_filters_combine_in_the_address(world: World, root: Browser) -> None:
    make_scope(world.server, "orders:write")
    ask_for_token(world, "orders:read")
    event = denial(world, "orders:write")
    asked = {"client_id": world.service.pk, "server_id": "orders", "what": "grants"}
    assert {one.outcome for one in found(root, **asked)} == {"SUCCESS", "FAILURE"}
    for more in ({"outcome": "FAILURE"}, {"reference": event.reference}):
        assert found(root, **asked, **more) == [event]
    assert found(root, **asked, outcome="FAILURE", severity="INFO") == []
    assert types(root, event_type="oauth2.scope.created") == {"oauth2.scope.created"}
    assert types(root, actor_id=world.service.pk) == {
        *("app.oauth2.as.token.grant", "app.oauth2.as.token.grant.access_token")
    }


def test_names_in_the_address_become_ids_and_empty_fields_leave_it(
    world: World, root: Browser
) -> None:
    response = root.get(AT, {"client_id": "Warehouse", "user_id": "", "since": "day"})
    assert response.headers["Location"] == f"{AT}?client_id={world.service.pk}&since=day"
    assert root.get(AT, {"user_id": "", "q": " "}).headers["Location"] == AT
    assert "ada@example.com" in root.get(AT, {"user_id": world.user.pk}).content.decode()
    assert found(root, user_id="nobody@example.com") == []


def test_a_span_of_time_has_both_ends(superuser: object, root: Browser) -> None:
    start = datetime(2060, 3, 1, 12, tzinfo=UTC)  # ids follow time
    events = [event_at(start + timedelta(hours=3 * number)) for number in range(5)]
    span = {"since": "2060-03-01T15:00", "until": "2060-03-01T21:00:00+00:00"}
    assert found(root, **span) == events[3:0:-1]
    assert found(root, **span, what="applications") == events[3:0:-1]
    assert found(root, **span, what="people") == found(root, **span, outcome="FAILURE") == []
    assert found(root, until="2026-01-01T11:00") == []
    assert events[0] in found(root, since="yesterday")


@pytest.mark.parametrize("name", ["Warehouse", "=Warehouse", "^ware", "ware"])
def test_the_search_finds_whom_by_the_name_or_its_beginning(
    name: str, world: World, root: Browser
) -> None:
    events = found(root, q=name)
    assert events and {event.client_id for event in events} == {world.service.pk}


def test_the_search_finds_who_did_something_where_nobody_has_the_name(
    world: World, root: Browser
) -> None:
    assert {event.actor_name for event in found(root, q="^test")} == {TESTER.alternate_id}
    assert found(root, q="=test") == []
    assert {event.user_id for event in found(root, q="ada@")} == {world.user.pk}


def test_row_295_what_looks_like_a_token_is_not_searched_for(world: World, root: Browser) -> None:
    token = mint(Kind.ACCESS)
    for text in (token, f"={token}", f"^{token}", "eyJhbGciOiJ.eyJzdWIiOiJ4.c2lnbmF0dXJl"):
        with CaptureQueriesContext(connection) as captured:
            assert root.get(AT, {"q": text}).headers["Location"] == AT
        assert text.lstrip("=^") not in repr(captured.captured_queries)


def test_a_search_never_looks_into_the_bodies(world: World, root: Browser) -> None:
    for query in ({"q": "ware"}, {"q": "=x"}, {"what": "grants", "outcome": "FAILURE"}):
        with CaptureQueriesContext(connection) as captured:
            root.get(AT, query)
        wheres = [sql["sql"].partition("WHERE")[2] for sql in captured]
        assert not [one for one in wheres if "body" in one or " LIKE '%" in one]


def test_new_events_are_told_behind_a_place_and_none_twice(world: World, root: Browser) -> None:
    page = root.get(AT, {"what": "people"})
    url, beyond = page.context["live"], page.context["beyond"]
    quiet = root.get(url, {"beyond": beyond, "what": "people"})
    assert f'data-beyond="{beyond}"' in quiet.content.decode()
    assert "<tr" not in quiet.content.decode()
    user = make_user()
    record(Entry("application.lifecycle.create", TESTER))
    told = root.get(url, {"beyond": beyond, "what": "people"})
    assert told.content.decode().count("data-event=") == 1
    assert f"created the user {user.display_name}" in told.content.decode()
    place = re.search(r'data-beyond="(\d+)"', told.content.decode())
    assert place and int(place[1]) == LogEvent.objects.latest("pk").pk
    assert "<tr" not in root.get(url, {"beyond": place[1]}).content.decode()
    assert told.headers["Cache-Control"].find("no-store") >= 0


def test_only_the_newest_page_is_followed(world: World, root: Browser) -> None:
    assert root.get(AT).context["live"]
    assert not root.get(AT, {"until": "2026-01-01T00:00"}).context["live"]
    assert root.get(f"{AT}live/", {"beyond": "x"}).status_code == 404
    assert root.get(f"{AT}live/", {"beyond": "1", "user__password": "x"}).status_code == 400


def test_more_than_a_page_of_new_events_says_so(world: World, root: Browser) -> None:
    beyond = LogEvent.objects.latest("pk").pk
    rows = [row_of(Entry("application.lifecycle.create", TESTER)) for _ in range(60)]
    LogEvent.objects.bulk_create(LogEvent(**row) for row in rows)
    body = root.get(f"{AT}live/", {"beyond": beyond}).content.decode()
    assert body.count("data-event=") == 50
    assert "more new events" in body


def lines(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def exported(browser: Browser, query: dict[str, Any]) -> dict[str, Any]:
    response: Any = browser.get(f"{AT}export/json/", query)
    body: dict[str, Any] = json.loads(b"".join(response.streaming_content))
    return body


def test_the_filtered_list_is_taken_away_as_csv_and_json(world: World, root: Browser) -> None:
    make_scope(world.server, "orders:write")
    event = denial(world, "orders:write")
    query = {"client_id": world.service.pk, "what": "grants"}
    sent = root.get(f"{AT}export/csv/", query)
    assert sent.headers["Content-Disposition"] == 'attachment; filename="system-log.csv"'
    header, row = lines(sent)
    assert dict(zip(header, row, strict=True))["What happened"] == (
        "Warehouse was refused a token for Orders API: no rule allows orders:write"
    )
    body = exported(root, query)
    assert (body["count"], body["isCut"]) == (1, False)
    assert body["events"][0]["uuid"] == event.uuid
    exports = LogEvent.objects.filter(event_type="system.list.export")
    assert [one.body["debugData"]["format"] for one in exports] == ["json", "csv"]


def test_row_288_a_name_like_a_formula_is_text_in_the_export(world: World, root: Browser) -> None:
    make_user(login="=1+1@example.com", first_name="=1+1", last_name="x")
    cells = [cell for row in lines(root.get(f"{AT}export/csv/")) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert "'=1+1 x" in cells


def test_an_export_is_cut_and_says_so(
    world: World, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_export, "MOST_ROWS", 3)
    body = exported(root, {})
    assert (body["count"], body["isCut"], len(body["events"])) == (3, True, 3)
    published = [one["published"] for one in body["events"]]
    assert published == sorted(published, reverse=True)


def test_an_export_finds_all_over_ranges_of_ids(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_export, "WIDTH", (2, 8))
    everything = list(LogEvent.objects.order_by("-pk"))
    assert list(log_export.newest_first(LogEvent.objects.all())) == everything
    rare = LogEvent.objects.filter(event_type="policy.rule.add")
    assert list(log_export.newest_first(rare)) == list(rare)


def test_the_log_is_for_those_who_may_see_it(world: World, auditor: Browser) -> None:
    for part in ("", "live/?beyond=1", "export/csv/", "export/json/"):
        assert auditor.get(f"{AT}{part}").status_code == 200
        stranger = Browser()
        stranger.force_login(make_user())
        assert stranger.get(f"{AT}{part}").status_code in (302, 403)
    assert auditor.get(f"{AT}export/xml/").status_code == 404
