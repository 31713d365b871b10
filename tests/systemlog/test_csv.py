"""Lists as files: safe in a spreadsheet, bounded, streamed, and never without an event."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.test import RequestFactory

from apps.systemlog.admin.csv import RUNS, csv_response, in_chunks, safe_cell
from apps.systemlog.models import LogEvent
from apps.tokens import clock
from tests.factories import make_superuser
from tests.systemlog.eventful import event_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(db: None) -> HttpRequest:
    request = RequestFactory().get("/admin/", {"q": "a-secret-somebody-typed", "what": ""})
    request.user = make_superuser()
    return request


def read(response: StreamingHttpResponse) -> list[list[str]]:
    text = b"".join(response).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("start", RUNS)
def test_row_288_cells_that_a_spreadsheet_would_run_are_text(
    start: str, request_: HttpRequest
) -> None:
    evil = f"{start}cmd|' /C calc'!A0"
    assert read(csv_response(request_, "x", ["=a"], [[evil, "a;=1"]])) == [
        ["'=a"],
        [f"'{evil}", "a;=1"],
    ]


def test_row_288_every_cell_is_quoted_so_that_no_other_separator_makes_new_ones(
    request_: HttpRequest,
) -> None:
    sent = b"".join(csv_response(request_, "x", ["a"], [['b";=1+1', None, -5, True]]))
    assert sent == b'"a"\r\n"b"";=1+1","","-5","True"\r\n'
    assert safe_cell("-5") == "'-5" and safe_cell("\0=1") == "'=1"


def test_an_export_is_bounded_and_says_that_it_was_cut(request_: HttpRequest) -> None:
    def endless() -> Iterator[list[int]]:
        number = 0
        while True:
            yield [number]
            number += 1

    lines = read(csv_response(request_, "x", ["n"], endless(), most=1200))
    assert lines[1:1201] == [[str(number)] for number in range(1200)]
    assert lines[1201:] == [
        ["Cut after 1,200 rows: there are more. Narrow the filters to get them."]
    ]
    whole = read(csv_response(request_, "x", ["n"], ([n] for n in range(3)), most=3))
    assert whole == [["n"], ["0"], ["1"], ["2"]]


def test_an_export_is_an_event_without_what_was_typed(request_: HttpRequest) -> None:
    csv_response(request_, "users", ["n"], [])
    event = LogEvent.objects.get(event_type="system.list.export")
    assert event.actor_id == request_.user.pk
    assert event.body["debugData"]["filters"] == "q"
    assert event.body["target"][0]["id"] == "users"
    assert "a-secret-somebody-typed" not in repr(event.body)


def test_rows_are_read_while_they_are_sent(request_: HttpRequest) -> None:
    read_rows: list[int] = []

    def rows() -> Iterator[list[int]]:
        for number in range(2000):
            read_rows.append(number)
            yield [number]

    pieces: Any = iter(csv_response(request_, "x", ["n"], rows()))
    next(pieces)
    assert 0 < len(read_rows) < 600


def test_under_asgi_rows_are_read_while_they_are_sent_too(request_: HttpRequest) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    request = ASGIRequest(scope, io.BytesIO())
    request.user = request_.user
    response = csv_response(request, "x", ["n"], ([n] for n in range(1200)))
    assert response.is_async

    async def gathered() -> list[bytes]:
        return [piece async for piece in response]

    pieces = async_to_sync(gathered)()
    assert len(pieces) == 3
    assert b"".join(pieces).count(b"\r\n") == 1201


def test_chunks_come_in_order_and_once(db: None, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        event_at(clock.now())
    with django_assert_num_queries(1):
        found = [row.pk for row in in_chunks(LogEvent.objects.all())]
    assert found == sorted(LogEvent.objects.values_list("pk", flat=True))
