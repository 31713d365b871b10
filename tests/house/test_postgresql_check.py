"""What the checks ask the database server itself."""

import pytest
from django.db import connection

from authzsite.checks import check_postgresql


@pytest.mark.postgres
@pytest.mark.django_db
def test_our_sessions_are_durable_whatever_the_server_is_set_to() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT source FROM pg_settings WHERE name = 'synchronous_commit'")
        assert cursor.fetchone() == ("session",)


@pytest.mark.postgres
@pytest.mark.django_db
def test_synchronous_commit_passes() -> None:
    assert [m.id for m in check_postgresql(databases=["default"])] == ["authz.W026"]  # fsync=off


def test_nothing_is_asked_of_sqlite() -> None:
    assert check_postgresql(databases=None) == []
