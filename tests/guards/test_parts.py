"""The rest of the net: token policies, resource servers, what a catch tells, what follows it."""

import json
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from apps.clients.models import Client, TokenPolicy
from apps.directory.models import User
from apps.policies.models import Rule
from apps.servers.models import AuthorizationServer
from apps.servers.services import delete_server
from apps.systemlog.models import LogEvent
from apps.tokens.models import Grant
from apps.tokens.tasks import run_revocation_job
from tests.factories import PASSWORD, TESTER, make_client, make_server, make_user
from tests.guards.bypass import EVENT, WRITES, Write, jobs, told, value_for
from tests.oauth.grants_fixture import is_active, make_world, sign_in
from tests.oauth.liveness.test_token_policies import FIELDS, caller

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("committed")]
guards = import_module("apps.policies.migrations.0002_guards")


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("column", FIELDS)
def test_row_293_a_token_policy_written_past_its_service(column: str, write: Write) -> None:
    one = caller(use_access_jwt=True)
    row, before = one.policy, Client.objects.get(pk=one.client.pk).version
    is_revoking = FIELDS[column][1]

    write(row, column, value_for(row, column))
    assert one.is_active() is not is_revoking
    assert Client.objects.get(pk=one.client.pk).version == before + 1
    write(row, column, getattr(row, column))

    assert one.is_active() is not is_revoking
    assert bool(jobs()) is is_revoking and told()


def test_every_column_of_a_token_policy_has_a_line() -> None:
    columns = {field.attname for field in TokenPolicy._meta.concrete_fields}
    assert columns == FIELDS.keys() | {"id", "epoch", "created", "last_updated"}


def test_resource_servers_named_past_the_service_count_at_once() -> None:
    world = make_world()
    version = AuthorizationServer.objects.get(pk=world.server.pk).version

    world.server.resource_servers.add(make_client("service"))

    assert AuthorizationServer.objects.get(pk=world.server.pk).version == version + 1


def test_r24_the_event_names_table_row_and_database_user_and_no_value() -> None:
    user = make_user()

    User.objects.filter(pk=user.pk).update(password="argon2$a-new-hash")

    event = LogEvent.objects.get(event_type=EVENT)
    assert (event.severity, event.user_id) == ("WARN", user.pk)
    assert event.body["debugData"] == {
        "table": "directory_user",
        "row": user.pk,
        "operation": "update",
        "databaseUser": connection.settings_dict["USER"],
    }
    assert "a-new-hash" not in json.dumps(event.body)


def test_the_marking_follows_a_catch() -> None:
    world = make_world()
    sign_in(world)

    Rule.objects.filter(pk=world.rule.pk).update(conditions=[])
    run_revocation_job(jobs()[0].pk)

    assert Grant.objects.get().revoked_by == jobs()[0].cause


def test_one_statement_over_many_rows_gives_each_an_epoch_of_its_own() -> None:
    world = make_world()
    for _ in range(3):
        Rule.objects.create(policy=world.policy, name=f"Raw {_}")

    Rule.objects.update(status="INACTIVE")

    epochs = list(Rule.objects.values_list("epoch", flat=True))
    assert len(set(epochs)) == 4
    assert max(epochs) == AuthorizationServer.objects.get(pk=world.server.pk).version


def test_r16_a_row_put_in_past_the_services_takes_no_epoch_that_ever_was() -> None:
    world = make_world()
    tokens = sign_in(world)
    Rule.objects.filter(pk=world.rule.pk).delete()

    world.rule.save(force_insert=True)

    assert Rule.objects.get().epoch > world.rule.epoch
    assert not is_active(world, tokens.access)


@pytest.mark.parametrize("through_the_service", [True, False])
def test_r16_a_server_made_anew_past_the_services_revives_nothing(
    through_the_service: bool,
) -> None:
    old = make_server("orders")
    if through_the_service:
        delete_server(actor=TESTER, server_id="orders")
    else:
        AuthorizationServer.objects.filter(pk="orders").delete()

    AuthorizationServer.objects.create(pk="orders", name="Orders", audience="api://orders")

    new = AuthorizationServer.objects.get(pk="orders")
    assert new.version > old.version and new.epoch > old.version


def test_a_write_past_the_services_rolls_back_with_what_it_caught() -> None:
    world = make_world()
    epoch = Client.objects.get(pk=world.client.pk).epoch
    with pytest.raises(RuntimeError), transaction.atomic():
        Client.objects.filter(pk=world.client.pk).update(status="INACTIVE")
        raise RuntimeError
    assert told() == [] and jobs() == []
    assert Client.objects.get(pk=world.client.pk).epoch == epoch


@override_settings(PASSWORD_HASHERS=["tests.hashers.OlderHasher", "tests.hashers.QuickHasher"])
def test_r15_a_renewed_hash_is_no_new_password_but_the_next_one_is() -> None:
    with override_settings(PASSWORD_HASHERS=["tests.hashers.QuickHasher"]):
        user = make_user()
    with transaction.atomic():
        assert user.check_password(PASSWORD)
        assert User.objects.get(pk=user.pk).password_epoch == 1 and told() == []

        User.objects.filter(pk=user.pk).update(password="another")

    assert User.objects.get(pk=user.pk).password_epoch == 2 and told()


def test_the_migration_goes_back_and_forth() -> None:
    def functions() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_proc WHERE proname LIKE 'guard%%'")
            return int(cursor.fetchone()[0])

    before = functions()
    assert before > len(guards.FUNCTIONS)
    with pytest.raises(IntegrityError, match="undo"), transaction.atomic():
        with connection.schema_editor() as editor:
            for name in ("apps.tokens.migrations.0004_dead_is_dead", guards.__name__):
                import_module(name).drop(None, editor)
            assert functions() == 0
            for name in (guards.__name__, "apps.tokens.migrations.0004_dead_is_dead"):
                import_module(name).create(None, editor)
            assert functions() == before
        raise IntegrityError("undo")
