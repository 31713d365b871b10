"""Rows 265-267 over every route: a path has one spelling. Any other that the router would resolve
is judged like the canonical one, or is no path at all (P4)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import pytest
from django.test import Client as Http
from django.test import RequestFactory
from django.urls import Resolver404, resolve

from apps.management.exceptions import Refusal
from apps.management.okta.base import UnknownResourceView
from apps.management.permissions import requirement_of
from apps.management.views.base import UnknownView
from tests.management.caller import Caller
from tests.management.routes import Route, routes

pytestmark = pytest.mark.once  # no statement differs between the databases

ROUTES = routes()
UNKNOWN = {UnknownView, UnknownResourceView}
WHOLE = frozenset(map(str, ROUTES[::12]))  # where what the router knows nothing of is sent, too
ANY_ID = "0oaAAAAAAAAAAAAAAAAA"


class AnyIds(dict[str, str]):
    """The same id for whatever an address names."""

    def __missing__(self, name: str) -> str:
        return ANY_ID


IDS = AnyIds()


def spellings(path: str) -> Iterator[str]:
    """Other ways to write a path, as an attacker would try them (row 265's list, and more)."""
    parts = path[1:].split("/")
    for at, part in enumerate(parts):
        head, tail = "/".join(["", *parts[:at]]), "/".join([*parts[at + 1 :]])
        tail = f"/{tail}" if tail else ""
        for other in _segments(part):
            yield f"{head}/{other}{tail}"
        for between in ("//", "/./", "/%2e/", "/x/../", "/x/%2e%2e/", "/..%2f", "%2F", "%252F"):
            yield f"{head}{between}{part}{tail}"
        for between in ("\\", "%5C", "∕", "%E2%88%95", "／", "%EF%BC%8F"):
            yield f"{head}/{between}{part}{tail}"
    for end in (
        "/",
        "/.",
        "/..",
        "//",
        ";x=1",
        "%3Fa",
        "%23",
        "%00",
        "%0a",
        "%20",
        ".json",
        ".xml",
    ):
        yield path + end


def _segments(part: str) -> Iterator[str]:
    yield f"%{ord(part[0]):02X}{part[1:]}"
    yield f"%{ord(part[0]):02x}{part[1:]}"
    yield f"%25{ord(part[0]):02x}{part[1:]}"
    yield part[:-1] + f"%{ord(part[-1]):02x}"
    yield f"{part};a=b"
    yield f"%2e%2e;/{part}"
    yield f"{part}%00"
    yield quote(part.swapcase())
    yield f"{part}%2f"


def resolved(raw: str) -> Any:
    """The view that a server would hand this path to, decoded once as WSGI does; or None."""
    try:
        found = resolve(unquote(raw.partition("?")[0]))
    except Resolver404:
        return None
    return getattr(found.func, "cls", None)


def test_every_route_is_known_here() -> None:
    templates = {route.template for route in ROUTES}
    assert "<str:organization>/config/loginPolicies/<str:policy_id>" in templates
    assert "api/v1/authorizationServers/<str:server_id>" in templates
    assert len(templates) == len(ROUTES) and all(route.view for route in ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_p4_the_canonical_path_is_judged_by_its_own_segments(route: Route) -> None:
    path = route.path(IDS)
    is_config = route.template.startswith("<str:organization>")
    request = RequestFactory().get(path)
    needed = requirement_of(request, in_organization=is_config)
    assert needed.segments == tuple(path[1:].split("/")[1 if is_config else 0 :])
    assert resolved(path) is not None


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_p4_another_spelling_is_the_same_path_or_none(route: Route) -> None:
    """Both with the raw path that a server hands on, and with the decoded one alone."""
    path = route.path(IDS)
    is_config = route.template.startswith("<str:organization>")
    for raw in spellings(path):
        found = resolved(raw)
        if found is None or found in UNKNOWN:
            continue  # 404
        for sent in (raw, ""):
            request = RequestFactory().get("/")
            request.path_info = unquote(raw)
            if sent:
                request.META["RAW_URI"] = sent
            try:
                needed = requirement_of(request, in_organization=is_config)
            except Refusal as refusal:
                assert refusal.status in {400, 404}
                continue
            # It was let through, so what is judged is what was routed, segment by segment.
            routed = tuple(unquote(raw)[1:].split("/")[1 if is_config else 0 :])
            assert needed.segments == routed, raw
            assert "" not in routed and not any(set(part) & set("/\\%;?#\0") for part in routed)


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_row_265_a_raw_path_that_isnt_canonical_is_never_answered(
    admin: Caller, route: Route
) -> None:
    """Over HTTP, by a client that may do everything: no success. What no route takes is the same
    answer at every route, so that is asked at some."""
    path = route.path(IDS)
    http = Http(HTTP_AUTHORIZATION=f"Bearer {admin.token}")
    method = min(route.methods)
    for raw in spellings(path):
        if resolved(raw) in (None, *UNKNOWN) and str(route) not in WHOLE:
            continue
        answer = http.generic(method, raw, b"{}", "application/json", RAW_URI=raw)
        # 405: a letter of another case may name an object of another route (`tests/RUN`).
        assert answer.status_code in {400, 404, 405}, (raw, answer.status_code)


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_row_265_a_raw_path_of_another_route_is_never_answered(admin: Caller, route: Route) -> None:
    """What was routed and what was sent must be the same path, or a proxy could be fooled."""
    path, other = route.path(IDS), "/org/config/tokenPolicies"
    if path == other:
        other = "/org/config/clients"
    header = f"Bearer {admin.token}"
    answer = Http().generic(
        min(route.methods),
        path,
        b"{}",
        "application/json",
        HTTP_AUTHORIZATION=header,
        RAW_URI=other,
    )
    assert answer.status_code == 404
