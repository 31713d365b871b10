"""Registered clients that nobody has ever used leave again (row 254)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.clients.models import Client, ClientSecret
from apps.management.tasks import expire_registrations
from apps.systemlog.entries import SYSTEM, Entry
from apps.systemlog.models import LogEvent
from apps.systemlog.record import record
from tests.factories import make_client
from tests.management.okta.caller import Program
from tests.management.okta.test_registration import BODY, CLIENTS

pytestmark = pytest.mark.once  # no statement differs between the databases


def test_row_254_registered_clients_that_nobody_used_expire(api: Program) -> None:
    ids = [api.post(CLIENTS, BODY).json()["client_id"] for _ in range(5)]
    rows = dict(Client.objects.values_list("client_id", "pk"))
    made_here, now = make_client(), timezone.now()
    Client.objects.update(created=now - timedelta(days=31))
    Client.objects.filter(client_id=ids[0]).update(created=now - timedelta(days=29))
    ClientSecret.objects.filter(client=rows[ids[1]]).update(last_used_at=now)
    record(Entry("app.oauth2.as.token.grant.access_token", SYSTEM, client_id=rows[ids[2]]))
    denied = "app.oauth2.as.token.grant"
    record(Entry(denied, SYSTEM, outcome="FAILURE", client_id=rows[ids[3]]))
    expire_registrations()
    left = set(Client.objects.values_list("client_id", flat=True))
    assert left == {*ids[:3], made_here.client_id}  # a stranger's wrong secret is no use
    gone = LogEvent.objects.filter(event_type="application.lifecycle.delete")
    assert gone.count() == 2 and {one.actor_type for one in gone} == {SYSTEM.type}


def test_row_254_nothing_expires_where_the_log_cant_tell_who_was_used(
    api: Program, settings: Any
) -> None:
    assert api.post(CLIENTS, BODY).status_code == 201
    Client.objects.update(created=timezone.now() - timedelta(days=31))
    settings.LOG_RETENTION_DAYS = 30
    expire_registrations()
    assert Client.objects.count() == 1
