"""Rows 250 and 251: the addresses in a registration. None is connected to, and keys are never
looked for inside of this network."""

import socket
from typing import Any, Final

import pytest

from apps.clients.models import Client
from tests.management.okta.caller import Program
from tests.management.okta.test_registration import BODY, CLIENTS, refusal

pytestmark = pytest.mark.once  # no statement differs between the databases

INSIDE: Final = (
    *("localhost", "127.0.0.1", "127.1", "0", "[::1]", "169.254.169.254", "10.0.0.1"),
    *("100.64.0.1", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]"),
    *("[2001:0:a00:1::]", "2130706433", "0177.0.0.1", "0x7f.1", "192.168.0.1"),
)


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_row_250_keys_are_never_looked_for_inside(
    api: Program, monkeypatch: pytest.MonkeyPatch, host: str, scheme: str
) -> None:
    monkeypatch.setattr(socket.socket, "connect", _forbidden)
    body = BODY | {"jwks_uri": f"{scheme}://{host}/keys"}
    text = refusal(api.post(CLIENTS, body))
    assert "jwks_uri" in text and "refused" not in text and "timed out" not in text
    assert not Client.objects.exists()


def _forbidden(*args: Any) -> None:
    raise AssertionError("a connection was begun")


@pytest.mark.parametrize(
    "uri",
    [
        "file:///etc/passwd",
        "gopher://x.example/",
        "unix:/run/x",
        "javascript:alert(1)",
        "https://user:password@x.example/",
        "x",
        "https://",
    ],
)
@pytest.mark.parametrize(
    "member",
    [
        *("redirect_uris", "post_logout_redirect_uris", "client_uri", "logo_uri", "tos_uri"),
        *("policy_uri", "initiate_login_uri", "jwks_uri"),
    ],
)
def test_row_250_no_member_takes_what_is_no_web_address(
    api: Program, member: str, uri: str
) -> None:
    body = BODY | {member: [uri] if member.endswith("uris") else uri}
    assert member in refusal(api.post(CLIENTS, body))


def test_row_250_nothing_is_connected_to_by_a_registration(
    api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _forbidden)
    monkeypatch.setattr(socket, "create_connection", _forbidden)
    names = ("client_uri", "logo_uri", "tos_uri", "policy_uri", "initiate_login_uri", "jwks_uri")
    body = BODY | dict.fromkeys(names, "https://elsewhere.example/x")
    assert api.post(CLIENTS, body).status_code == 201


def test_row_251_sectors_arent_offered_so_their_documents_arent_fetched(api: Program) -> None:
    body = BODY | {"sector_identifier_uri": "https://sector.example/uris.json"}
    assert "sector_identifier_uri" in refusal(api.post(CLIENTS, body))
    assert "subject_type" in refusal(api.post(CLIENTS, BODY | {"subject_type": "pairwise"}))
