"""Row 293: whatever column is written past the services, what stands on it dies for good."""

import itertools

import pytest
from django.db import IntegrityError, ProgrammingError

from apps.clients.models import ClientSecret, GroupAssignment
from apps.directory.models import Group, GroupMembership
from apps.servers.models import AuthorizationServer
from tests.factories import make_token_policy
from tests.guards.bypass import (
    CHOSEN,
    WRITES,
    Row,
    Write,
    by_sql,
    can,
    counters,
    jobs,
    row_of,
    told,
    value_for,
)
from tests.guards.decisions import TABLES, Table
from tests.oauth.liveness.scene import COLUMNS, Scene, make_scene

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("committed")]
REFUSALS = (IntegrityError, ProgrammingError)  # the latter by a column that PostgreSQL fills in
BY_GROUP = (Group, GroupMembership, GroupAssignment)


def scene_for(table: Table, token_format: str = "jwt") -> Scene:
    scene = make_scene(token_format, paths=("group",) if table.model in BY_GROUP else ("direct",))
    scene.issue()
    return scene


def killing() -> list[tuple[Table, str, Write]]:
    """Each killing column, by one way of writing in turn."""
    turn = itertools.cycle(WRITES)
    return [(table, column, next(turn)) for table in TABLES for column in table.kills]


def name(value: object) -> str:
    return (
        value.model.__name__ if isinstance(value, Table) else getattr(value, "__name__", str(value))
    )


@pytest.mark.parametrize(("table", "column", "write"), killing(), ids=name)
def test_row_293_a_revoking_write_ends_exactly_what_stands_on_it_and_r16_for_good(
    table: Table, column: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    if column == "token_policy_id":
        monkeypatch.setitem(CHOSEN, column, make_token_policy().pk)
    scene = scene_for(table)
    row = row_of(table.model, scene)
    before = getattr(row, column)
    assert told() == [] and jobs() == []

    write(row, column, value_for(row, column))

    living = COLUMNS - table.kills[column]
    assert scene.alive() == living
    assert (row._meta.db_table, str(row.pk)) in told()
    assert jobs()
    try:
        write(row, column, before)
    except IntegrityError:
        return  # as dead as before
    assert scene.alive() <= living
    for other in set(WRITES) - {write}:
        was = counters(scene)
        other(row, column, value_for(row, column))
        assert was != counters(scene), other
        other(row, column, before)


@pytest.mark.parametrize("table", [t for t in TABLES if t.versions], ids=name)
@pytest.mark.parametrize("write", WRITES)
def test_row_293_a_harmless_write_raises_the_version_and_ends_nothing(
    table: Table, write: Write
) -> None:
    scene = scene_for(table)
    columns = [column for column in table.versions if can(write, table.model, column)]
    for column in columns:
        row = row_of(table.model, scene)
        before = counters(scene)

        write(row, column, value_for(row, column))

        risen = {key for key, value in counters(scene).items() if before[key] != value}
        assert {key.split()[-1] for key in risen} == {"version"} and len(risen) == 1, column
        write(row, column, getattr(row, column))
    assert jobs() == []
    assert scene.alive() == COLUMNS


@pytest.mark.parametrize("table", [t for t in TABLES if t.free], ids=name)
def test_a_write_that_nothing_reads_is_left_alone(table: Table) -> None:
    scene = scene_for(table)
    before = counters(scene)

    for column in table.free:
        row = row_of(table.model, scene)
        by_sql(row, column, value_for(row, column))

    assert counters(scene) == before
    assert told() == [] and jobs() == []


@pytest.mark.parametrize("table", [t for t in TABLES if t.refused], ids=name)
def test_r16_a_row_never_becomes_anothers(table: Table) -> None:
    scene = scene_for(table)
    for column in table.refused:
        for write in WRITES:
            if can(write, table.model, column):
                row = row_of(table.model, scene)
                with pytest.raises(REFUSALS):
                    write(row, column, value_for(row, column))
    assert scene.alive() == COLUMNS
    assert told() == []


@pytest.mark.parametrize("table", [t for t in TABLES if t.lower], ids=name)
def test_r16_counters_only_rise(table: Table) -> None:
    scene = scene_for(table)
    for column in table.lower:
        row = row_of(table.model, scene)
        for write in WRITES:
            with pytest.raises(IntegrityError, match="can only rise"):
                write(row, column, getattr(row, column) - 1)
    assert scene.alive() == COLUMNS


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
@pytest.mark.parametrize("table", [t for t in TABLES if t.deleted is not None], ids=name)
def test_row_293_a_deletion_ends_what_stood_on_the_row_and_r16_putting_it_back_revives_nothing(
    table: Table, token_format: str
) -> None:
    scene = scene_for(table, token_format)
    row = row_of(table.model, scene)
    assert table.deleted is not None

    table.model._default_manager.filter(pk=row.pk).delete()

    living = COLUMNS - table.deleted
    if table.deleted:
        assert jobs() and told()
    if table.model is not ClientSecret:  # without which its client can't even ask
        assert scene.alive() == living
    try:
        put_back(row)
    except REFUSALS:
        return  # as dead as before
    if table.model is AuthorizationServer:  # it has no keys yet
        assert AuthorizationServer.objects.get(pk=row.pk).epoch > scene.world.server.epoch
    else:
        assert scene.alive() == living


def put_back(row: Row) -> None:
    """The same row again, key and all."""
    row._state.adding = True
    row.save(force_insert=True)


def test_the_installation_can_not_be_deleted() -> None:
    table = next(t for t in TABLES if t.model.__name__ == "Installation")
    with pytest.raises(IntegrityError, match="every token stands on this row"):
        table.model._default_manager.all().delete()
