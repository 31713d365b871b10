"""The console in another language: what a page says comes out of the catalogue, whole."""

import re
from collections.abc import Iterator
from datetime import date
from gettext import NullTranslations

import pytest
from django.test import Client as Browser
from django.utils import translation
from django.utils.translation import trans_real

from apps.servers.services import activate_server, deactivate_server
from tests.admin.conftest import World
from tests.factories import TESTER

SPEECH = "xx"
HIDDEN = re.compile(r"<(script|style|code|svg|textarea)\b.*?</\1>|<!--.*?-->|<!DOCTYPE[^>]*>", re.S)
TAG = re.compile(r"<[^>]*>", re.S)
SAID = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[^\W\d_]{3,}")


class Marking(NullTranslations):
    """Every message of the catalogue in brackets; there is no file to read."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧" if message else ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def language(self) -> str:
        return SPEECH

    to_language = language


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody reads it in the language of brackets."""
    monkeypatch.setitem(vars(trans_real)["_translations"], SPEECH, Marking())
    with translation.override(SPEECH):
        yield


def english(body: str) -> list[str]:
    """Words of a page outside of any bracket."""
    text = TAG.sub("\0", HIDDEN.sub("\0", body))
    while SAID.search(text):
        text = SAID.sub("\0", text)
    return [word for part in text.split("\0") for word in WORD.findall(part)]


PLACES = (
    *("/admin/", "/admin/servers/authorizationserver/orders/change/"),
    *(f"/admin/servers/authorizationserver/orders/{tab}/" for tab in ("policies", "keys")),
    *("/admin/servers/authorizationserver/orders/deactivate/", "/admin/clients/client/add/"),
    *("/admin/servers/authorizationserver/", "/admin/systemlog/logevent/", "/admin/jobs/"),
)
NAMED = {
    *("authzsite", "Orders", "API", "Warehouse", "Shop", "All", "Read", "Engineering", "Default"),
    *(
        "Ada",
        "root",
        "api",
        "localhost",
        "oauth",
        "server",
        "http",
        "orders",
    ),  # rows, and who is signed in
    *("JWT", "RFC", "EdDSA", "CSV", "JSON", "ACTIVE", "INACTIVE"),  # everybody's words
    *("authorization", "client", "code", "credentials", "refresh", "token"),  # grant types
    *(date(2026, month, 1).strftime("%b") for month in range(1, 13)),
    *(
        "When",
        "people",
        "sign",
        "asks",
        "for",
        "and",
        "acts",
        "itself",
    ),  # a rule's: `policies.words`
    *("Server", "deactivated"),  # a job's cause, as it was recorded
}
"""What rows are called, and what is the same in every language."""


@pytest.mark.usefixtures("marked")
def test_pages_speak_another_language(world: World, root: Browser) -> None:
    deactivate_server(actor=TESTER, server_id="orders")
    activate_server(actor=TESTER, server_id="orders")
    left = {}
    for place in PLACES:
        response = root.get(place)
        assert response.status_code == 200, place
        body = response.content.decode()
        assert body.count("⟦") > 20, place
        left[place] = sorted({*english(body)} - NAMED)
    assert {place: words for place, words in left.items() if words} == {}
