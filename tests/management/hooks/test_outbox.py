"""The outbox: a delivery is written in the transaction of its event, whoever writes it (I5)."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client as Browser

from apps.directory.services import deactivate_user
from apps.management.hooks.events import ELIGIBLE, REUSE, REVOKE
from apps.management.hooks.models import EventDelivery, EventHook
from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens.administration import revoke_grant
from apps.tokens.models import Grant
from apps.tokens.tasks import run_revocation_job
from tests.admin.conftest import signed_in
from tests.admin.pressing import press
from tests.factories import REDIRECT_URI, TESTER, make_superuser
from tests.management.hooks.scene import START, happen, make_hook
from tests.oauth.http import revoke, token
from tests.oauth.world import make_world

pytestmark = pytest.mark.django_db
IMPLICIT_USER = "app.oauth2.token.revoke.implicit.user"


def told() -> list[tuple[str, str]]:
    """(hook, event type) of all deliveries."""
    return list(EventDelivery.objects.order_by("hook_id").values_list("hook_id", "event_type"))


def test_a_revocation_is_to_be_told_to_every_hook_that_asked_for_it() -> None:
    one, _ = make_hook(name="One")
    two, _ = make_hook(name="Two", event_types=[REVOKE])
    make_hook(name="Three", event_types=[REUSE])
    event = happen()
    assert told() == sorted([(one.pk, REVOKE), (two.pk, REVOKE)])
    first, second = EventDelivery.objects.all()
    assert (first.event_id, first.event_uuid) == (event.pk, event.uuid)
    assert (first.state, first.attempts, first.last_error) == ("PENDING", 0, "")
    assert first.created == first.next_attempt == first.queued == START
    assert first.pk.startswith("evt") and first.pk != second.pk


def test_an_inactive_hook_is_told_nothing_and_an_unverified_one_later() -> None:
    hook, _ = make_hook(is_verified=False)
    happen()
    EventHook.objects.update(status="INACTIVE")
    happen()
    assert told() == [(hook.pk, REVOKE)]


@pytest.mark.parametrize("event_type", sorted(CATALOGUE))
def test_exactly_the_eligible_types_are_told(event_type: str) -> None:
    hook, _ = make_hook()
    hook.types.all().delete()
    hook.types.create(event_type=event_type)
    EventDelivery.objects.all().delete()
    happen(event_type=event_type)
    assert EventDelivery.objects.exists() == (event_type in ELIGIBLE)


def test_a_refused_revocation_is_not_told_and_a_replay_is() -> None:
    make_hook()
    happen(outcome="FAILURE", reason="mismatched_client")
    assert told() == []
    happen(outcome="FAILURE", reason="code_replayed")
    happen(outcome="FAILURE", reason="reused", event_type=REUSE)
    assert {kind for _, kind in told()} == {REVOKE, REUSE}


def test_many_events_in_one_statement_are_each_told() -> None:
    make_hook()
    row = {name: getattr(happen(event_type="user.session.start"), name) for name in COLUMNS}
    events = [
        LogEvent(**row | {"uuid": f"{number:036}", "event_type": REVOKE}) for number in range(50)
    ]
    LogEvent.objects.bulk_create(events)
    assert EventDelivery.objects.count() == 50


COLUMNS = ("published", "event_type", "severity", "outcome", "reference", "body")


def test_the_same_event_is_told_once_even_if_its_row_is_moved() -> None:
    make_hook()
    event = happen()
    LogEvent.objects.filter(pk=event.pk).delete()
    event.save(force_insert=True)
    assert len(told()) == 1


@pytest.mark.django_db(transaction=True)
def test_event_and_delivery_commit_together_and_roll_back_together() -> None:
    make_hook()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        happen()
        assert EventDelivery.objects.count() == 1
        raise ZeroDivisionError
    assert not EventDelivery.objects.exists()
    assert not LogEvent.objects.filter(event_type=REVOKE).exists()
    with transaction.atomic():
        event = happen()
    assert EventDelivery.objects.get().event_uuid == event.uuid


@pytest.mark.django_db(transaction=True)
def test_a_hook_that_is_deleted_meanwhile_fails_no_revocation() -> None:
    hook, _ = make_hook()
    with transaction.atomic():
        happen()
        hook.delete()
    assert LogEvent.objects.filter(event_type=REVOKE).exists()


def test_a_token_revoked_by_its_client_is_told(client: Browser) -> None:
    world = make_world()
    tokens = world.user_tokens(client)
    make_hook()
    assert revoke(client, world.server, tokens["refresh_token"], world.web_auth).status_code == 200
    assert [kind for _, kind in told()] == [REVOKE]
    event = LogEvent.objects.get(uuid=EventDelivery.objects.get().event_uuid)
    assert (event.client_id, event.user_id) == (world.web.pk, world.user.pk)


def test_a_replayed_code_is_told(client: Browser) -> None:
    world = make_world()
    make_hook()
    data = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code": world.code()}
    statuses = [token(client, world.server, world.web_auth, **data).status_code for _ in range(2)]
    assert statuses == [200, 400]
    assert [kind for _, kind in told()] == [REVOKE]


def test_what_a_cascade_has_ended_is_told(client: Browser) -> None:
    world = make_world()
    world.user_tokens(client)
    make_hook()
    deactivate_user(actor=TESTER, user=world.user)
    assert told() == []
    for pk in RevocationJob.objects.values_list("pk", flat=True):
        run_revocation_job(pk)
    assert {kind for _, kind in told()} == {IMPLICIT_USER}


def test_what_an_administrator_ends_in_the_console_is_told(client: Browser) -> None:
    world = make_world()
    world.user_tokens(client)
    make_hook()
    root = signed_in(make_superuser())
    data = {"action": "revoke_grants", "_selected_action": [Grant.objects.get().pk]}
    press(root, "/admin/tokens/grant/", data)
    assert [kind for _, kind in told()] == [REVOKE]


def test_what_ended_already_is_not_told_again(client: Browser) -> None:
    world = make_world()
    world.user_tokens(client)
    make_hook()
    for _ in range(2):
        revoke_grant(actor=TESTER, grant_id=Grant.objects.get().pk)
    assert len(told()) == 1


def test_the_trigger_stands_after_all_migrations_and_names_the_types_that_are_offered() -> None:
    source = definition()
    assert {name for name in CATALOGUE if f"'{name}'" in source} == set(ELIGIBLE)


def definition() -> str:
    """The trigger as the database holds it."""
    query = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = %s",
        "postgresql": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s"
        " AND tgrelid = 'systemlog_logevent'::regclass",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query, ["management_fill_outbox"])
        rows: list[Any] = cursor.fetchall()
    assert len(rows) == 1
    return str(rows[0][0])
