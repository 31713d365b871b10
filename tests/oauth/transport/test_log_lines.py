"""G4: what the stream says of a refusal."""

import json
import logging

import pytest
from django.test import Client as Browser

from authzsite.logs import JsonFormatter
from tests.oauth.http import token
from tests.oauth.world import World

pytestmark = pytest.mark.once  # no statement differs between the databases


def test_g4_a_line_of_the_stream_has_event_reason_and_reference(
    client: Browser, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(JsonFormatter().format(record))  # type: ignore[method-assign]
    logging.getLogger("authzsite.refused").addHandler(handler)
    try:
        response = token(client, world.server, ("unknown-client", "canary"))
    finally:
        logging.getLogger("authzsite.refused").removeHandler(handler)
    line = json.loads(lines[0])
    assert (line["event"], line["reason"], line["error"]) == (
        "app.oauth2.invalid_client_credentials",
        "invalid_client_id",
        "invalid_client",
    )
    assert line["request_id"] == response.headers["X-Request-Reference"]
    assert "canary" not in lines[0]


def test_g4_what_isnt_listed_stays_out() -> None:
    record = logging.makeLogRecord({"msg": "said", "reason": "why", "secret": "canary"})
    assert "canary" not in JsonFormatter().format(record)
    assert json.loads(JsonFormatter().format(record))["reason"] == "why"
