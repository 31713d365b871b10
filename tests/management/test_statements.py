"""Every list and every reading of the management APIs, generated from the URL configuration: four
statements at most, however much there is of it."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Http
from django.test.utils import CaptureQueriesContext

from apps.clients.models import Client
from apps.clients.services import assign_group, assign_user
from apps.servers.models import AuthorizationServer
from tests.factories import (
    TESTER,
    make_claim,
    make_client,
    make_group,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_user,
)
from tests.management.caller import enrol
from tests.management.openapi.scene import Scene, make_scene
from tests.management.routes import Route, routes

pytestmark = [pytest.mark.once, pytest.mark.django_db]
MOST, MORE = 4, 6
QUERIES = {"api/v1/policies": "?type=ACCESS_POLICY"}
READING = [route for route in routes() if "GET" in route.methods]
_CONVERTER = re.compile(r"<(?:str:)?(\w+)>")


def path_of(scene: Scene, route: Route) -> str:
    """The address of something that is there."""
    template = "/" + _CONVERTER.sub(r"{\1}", route.template)
    ids = {name: scene.known("GET", template, name) for name in route.names}
    assert None not in ids.values(), f"{route}: nothing is known there"
    return route.path({name: str(value) for name, value in ids.items()})


def add_more(scene: Scene) -> None:
    """More of whatever is listed than one page of a careless view would hide."""
    server = AuthorizationServer.objects.get(pk=scene.ids["server_id"])
    app = Client.objects.get(pk=scene.ids["app_id"])
    for number in range(MORE):
        user = make_user()
        group = make_group(user)
        make_server()
        make_client()
        make_scope(server, f"more:{number}")
        make_claim(server, f"more{number}", "'x'")
        make_rule(make_policy(server, clients=[app.pk]), groups=[group.pk])
        make_rule(server.policies.get(pk=scene.ids["policy_id"]))
        assign_user(actor=TESTER, client=app, user=user)
        assign_group(actor=TESTER, client=app, group=group)
        enrol("*:config/**")


def read(scene: Scene, route: Route, path: str) -> tuple[Any, list[str]]:
    """The answer, and the statements that it took."""
    template = "/" + _CONVERTER.sub(r"{\1}", route.template)
    with CaptureQueriesContext(connection) as seen:
        answer = Http().get(path, HTTP_AUTHORIZATION=scene.authorization(template))
    return answer, [one["sql"] for one in seen.captured_queries]


def test_no_reading_takes_more_than_four_statements_however_much_there_is() -> None:
    scene = make_scene()
    add_more(scene)
    for route in READING:
        path = path_of(scene, route) + QUERIES.get(route.template, "")
        read(scene, route, path)  # what is compiled once
        answer, statements = read(scene, route, path)
        expected = 409 if route.template.endswith("/secret") else 200  # only its digest is kept
        assert answer.status_code == expected, (path, answer.content)
        assert len(statements) <= MOST, "\n".join([path, *statements])
