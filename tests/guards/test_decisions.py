"""Every table that a token stands on, and every column of it, has a line."""

import pytest
from django.apps import apps
from django.db.models import Model

from apps.clients.models import Client, ClientOrigin, LoginPolicy
from apps.clients.services.clients import REVOKING as CLIENT_REVOKING
from apps.directory.models import Attempt
from apps.policies.models import InlineHook, PolicyTest, WhatIfFinding, WhatIfRun
from apps.policies.services.rules import FIELDS as RULE_FIELDS
from apps.policies.services.rules import HARMLESS as RULE_HARMLESS
from apps.servers.models import AuthorizationServer, Review
from apps.servers.services.servers import REVOKING as SERVER_REVOKING
from tests.guards.decisions import CLIENTS, ELSEWHERE, RULES, SERVERS, TABLES, Table

pytestmark = pytest.mark.once
NOTHING_STANDS_ON: dict[type[Model], str] = {
    Attempt: "counts guesses; no token reads it",
    ClientOrigin: "a preflight reads it; no token does",
    LoginPolicy: "kept and shown; no token reads it",
    PolicyTest: "asked before changes",
    WhatIfRun: "a draft; nothing that decides reads it",
    WhatIfFinding: "what a draft would do; nothing that decides reads it",
    InlineHook: "asked when tokens are issued, of its row",
    Review: "a change that waits; no token reads it",
    Client.owners.through: "who may administer; no token reads it",
    AuthorizationServer.owners.through: "who may administer; no token reads it",
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.model.__name__)
def test_every_column_has_one_line(table: Table) -> None:
    assert sorted(table.columns) == sorted(f.attname for f in table.model._meta.concrete_fields)


def test_every_table_below_the_tokens_has_a_line() -> None:
    found = {
        model
        for app in ("directory", "clients", "servers", "policies")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    }
    assert found == {t.model for t in TABLES} | ELSEWHERE.keys() | NOTHING_STANDS_ON.keys()


def test_what_revokes_through_a_service_revokes_past_it() -> None:
    clients = {name.removesuffix("_id") for name in CLIENTS.kills}
    assert clients >= CLIENT_REVOKING
    assert SERVERS.kills.keys() >= SERVER_REVOKING
    assert RULES.kills.keys() >= set(RULE_FIELDS) - RULE_HARMLESS
