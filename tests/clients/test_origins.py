"""Preflights: which web origins may call at all (row 29)."""

from typing import Any

import pytest

from apps.clients.selectors import is_registered_origin
from apps.clients.services import deactivate_client, delete_client, update_client
from tests.factories import TESTER, make_client

pytestmark = pytest.mark.django_db
APP, OTHER = "https://app.example.com", "https://other.example.com"


def make_app() -> Any:
    return make_client(redirect_uris=[f"{APP}/callback"], allowed_origins=[OTHER])


def test_origins_of_redirect_uris_and_registered_ones_may_call() -> None:
    make_app()
    assert is_registered_origin(APP)
    assert is_registered_origin(OTHER)
    assert not is_registered_origin("https://evil.example.com")
    assert not is_registered_origin("https://app.example.com.evil.com")


def test_an_origin_that_is_taken_away_may_call_no_more() -> None:
    client = make_app()
    update_client(actor=TESTER, client=client, allowed_origins=[])
    assert is_registered_origin(APP)
    assert not is_registered_origin(OTHER)


def test_an_origin_of_two_clients_stays_while_one_has_it() -> None:
    client = make_app()
    make_app()
    update_client(actor=TESTER, client=client, redirect_uris=[f"{OTHER}/callback"])
    assert is_registered_origin(APP)


@pytest.mark.parametrize("end", [deactivate_client, delete_client])
def test_a_client_that_has_ended_brings_no_origin(end: Any) -> None:
    end(actor=TESTER, client=make_app())
    assert not is_registered_origin(APP)


def test_asking_is_one_statement(django_assert_num_queries: Any) -> None:
    make_app()
    with django_assert_num_queries(1):
        is_registered_origin(APP)
