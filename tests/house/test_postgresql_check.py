"""What the checks ask the database server itself."""

import pytest
from django.db import connection

from authzsite.checks import check_postgresql


@pytest.mark.postgres
@pytest.mark.django_db
def test_answers_that_may_be_forgotten_stop_the_server() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    assert "authz.E025" in [message.id for message in check_postgresql(databases=["default"])]


@pytest.mark.postgres
@pytest.mark.django_db
def test_synchronous_commit_passes() -> None:
    assert [m.id for m in check_postgresql(databases=["default"])] == ["authz.W026"]  # fsync=off


def test_nothing_is_asked_of_sqlite() -> None:
    assert check_postgresql(databases=None) == []
