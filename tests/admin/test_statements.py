"""A list costs a fixed number of statements, however many rows it shows."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.clients.services import assign_user
from tests.admin.conftest import World, ask_for_token
from tests.admin.jobs_scene import seed
from tests.factories import (
    TESTER,
    make_client,
    make_group,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_token_policy,
    make_user,
)


def add_policies(world: World) -> None:
    policy = make_policy(world.server, clients=[make_client().pk])
    make_rule(policy, groups=[make_group().pk])
    make_rule(policy, groups=[make_group().pk])


def add_assignment(world: World) -> None:
    assign_user(actor=TESTER, client=world.web, user=make_user())


LISTS: dict[str, Callable[[World], object]] = {
    "servers/authorizationserver/": lambda world: make_server(),
    "servers/authorizationserver/orders/policies/": add_policies,
    "servers/authorizationserver/orders/scopes/": lambda world: make_scope(world.server, "x:y"),
    "servers/authorizationserver/orders/clients/": add_policies,
    "clients/client/": lambda world: make_client(),
    "clients/tokenpolicy/": lambda world: make_token_policy(),
    "directory/user/": lambda world: make_user(),
    "directory/group/": lambda world: make_group(),
    "systemlog/logevent/": lambda world: ask_for_token(world, "orders:read"),
    "systemlog/revocationjob/": lambda world: seed(),
    "jobs/": lambda world: seed(),
    "tokens/grant/": lambda world: None,
}


def statements(browser: Browser, url: str) -> int:
    """How many statements the page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("place", LISTS)
def test_a_list_takes_as_many_statements_for_many_rows(
    place: str, world: World, root: Browser
) -> None:
    LISTS[place](world)
    statements(root, f"/admin/{place}")
    few = statements(root, f"/admin/{place}")
    for number in range(3):
        if place.endswith("scopes/"):
            make_scope(world.server, f"more:{number}")
        else:
            LISTS[place](world)
    assert statements(root, f"/admin/{place}") == few


@pytest.mark.parametrize("place", ["systemlog/logevent/", "tokens/grant/"])
def test_row_296_big_tables_are_not_counted(place: str, world: World, root: Browser) -> None:
    with CaptureQueriesContext(connection) as captured:
        root.get(f"/admin/{place}")
    table = place.strip("/").replace("/", "_")
    assert [q["sql"] for q in captured if "COUNT(*)" in q["sql"] and table in q["sql"]] == []
