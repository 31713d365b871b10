"""Export: the same state gives the same text, and the text gives the same state."""

from typing import Any

import pytest
from django.db import transaction

from apps.clients.models import Client
from apps.directory.services import suspend_user
from apps.management.configuration import run
from apps.management.configuration.export import export
from apps.policies.models import Rule
from apps.servers.models import AuthorizationServer
from apps.systemlog.models import LogEvent
from tests.configuration.files import DEMO, apply, verbs
from tests.factories import (
    TESTER,
    make_claim,
    make_client,
    make_group,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_token_policy,
    make_user,
)
from tests.logbook import events, mark

pytestmark = pytest.mark.django_db

RICH = """
groups: [{name: Engineering}, {name: "Été"}]
users:
  - login: root@example.com
    email: root@example.com
    firstName: R
    lastName: O
    administration: ALL
    profile: {b: [1, {c: null}], a: "x: y"}
tokenPolicies: [{title: all, allowedScopes: ["*:**"], useAccessJWT: true}]
clients:
  - {name: Night job, type: service}
  - clientId: key-client
    type: service
    tokenEndpointAuthMethod: private_key_jwt
    jwksUri: https://app.example.com/jwks
    status: INACTIVE
  - clientId: own-keys
    type: service
    tokenEndpointAuthMethod: private_key_jwt
    jwks: {keys: [{kty: OKP, crv: Ed25519, kid: k1,
                   x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}
  - {clientId: ops-cli, type: config, tokenPolicy: all}
  - clientId: full-web
    type: web
    name: Full
    redirectUris: ["https://app.example.com/b", "https://app.example.com/a"]
    pkceRequired: false
    consentMethod: REQUIRED
    refreshToken: {leeway: 7}
    allowedOrigins: ["https://other.example.com"]
    clientUri: https://app.example.com/
    initiateLoginUri: https://app.example.com/login
    assignments:
      users: [{login: root@example.com, validFrom: 2026-01-01T00:00:00+01:00}]
      groups: [EVERYONE, {name: "Été", validUntil: 2031-01-01T00:00:00Z}]
authorizationServers:
  - id: org
    description: Another one
  - id: default
    scopes: [{name: profile, consent: REQUIRED}]
    claims:
      - {name: sub, claimType: RESOURCE, value: app.clientId}
      - {name: level, claimType: IDENTITY, value: "'1'", alwaysIncludeInToken: false}
      - {name: level, claimType: RESOURCE, value: "'2'", status: INACTIVE}
  - id: other
    name: Other
    audience: api://other
    accessTokenFormat: opaque
    signingAlg: EdDSA
    rotationMode: MANUAL
    revokeOnPasswordChange: false
    status: INACTIVE
    resourceServers: [Night job, full-web]
    policies:
      - {name: B, description: "", clients: [Night job, full-web], status: INACTIVE}
      - name: A
        clients: ALL_CLIENTS
        rules:
          - name: Z
            grantTypes: [client_credentials, authorization_code]
            people:
              groups: [EVERYONE]
              users: [root@example.com]
              excludeGroups: [Engineering]
              excludeUsers: [root@example.com]
            scopes: ["*"]
            validFrom: 2026-01-01T00:00:00Z
            validUntil: 2031-01-01T00:00:00Z
            status: INACTIVE
          - {name: Y, grantTypes: []}
"""


class Undo(Exception):
    """Back to the empty database."""


def on_an_empty_database(data: bytes, **options: Any) -> str:
    """Carry a file out and export; then everything is as before."""
    text = ""
    try:
        with transaction.atomic():
            run.apply(data, **options)
            text = export()
            raise Undo
    except Undo:
        return text


@pytest.mark.parametrize("data", [DEMO.read_bytes(), b"apiVersion: authzsite/v1" + RICH.encode()])
def test_an_export_makes_the_same_again_on_an_empty_database(data: bytes) -> None:
    first = on_an_empty_database(data)
    assert on_an_empty_database(first.encode()) == first


@pytest.mark.parametrize("data", [DEMO.read_bytes(), b"apiVersion: authzsite/v1" + RICH.encode()])
def test_applying_an_export_changes_nothing_and_records_nothing(data: bytes) -> None:
    run.apply(data)
    versions, log = list(AuthorizationServer.objects.values_list("pk", "version")), mark()
    text = export()
    assert run.apply(text.encode(), prune=True).changes == []
    assert export() == text
    assert (events(since=log), versions) == (
        [],
        list(AuthorizationServer.objects.values_list("pk", "version")),
    )


def test_what_the_services_made_is_exported_and_made_again() -> None:
    group = make_group(make_user(profile={"department": "R&D"}))
    client, server = make_client(), make_server("orders")
    make_client("config", token_policy=make_token_policy())
    make_scope(server, "orders:read", is_default=True)
    make_claim(server, "department", "user.department", scopes=["orders:read"])
    make_rule(make_policy(server, clients=[client.pk]), groups=[group.pk], scopes=["orders:read"])
    text = export()
    assert run.apply(text.encode(), prune=True).changes == []
    assert group.name in text and group.pk not in text and client.pk not in text


def test_an_export_puts_back_what_was_changed_since() -> None:
    """What an object leaves out has its default: a suspension or a new origin is a difference."""
    user = make_user(login="alice@example.com")
    client = make_client(client_id="demo-web")
    text = export()
    suspend_user(actor=TESTER, user=user)
    apply("clients: [{clientId: demo-web, allowedOrigins: ['https://new.example.com']}]")
    make_group(name="New")
    assert verbs(run.drift(text.encode())) == [
        ("update", "users[alice@example.com]"),
        ("update", "clients[demo-web]"),
    ]
    run.apply(text.encode())
    user.refresh_from_db()
    client.refresh_from_db()
    assert (user.status, client.allowed_origins) == ("ACTIVE", [])


def test_an_export_holds_no_ids_and_no_secrets() -> None:
    result = run.apply(DEMO.read_bytes())
    text = export()
    assert not [one.text for one in result.secrets if one.text in text]
    ids = [*Client.objects.values_list("pk", flat=True), *Rule.objects.values_list("pk", flat=True)]
    assert not [pk for pk in ids if pk in text]
    assert "password" not in text and "azcs_" not in text


def test_people_who_are_gone_are_left_out() -> None:
    """R16: an id in a rule whose user is gone matches nobody."""
    user, server = make_user(login="gone@example.com"), make_server("orders")
    rule = make_rule(make_policy(server, name="P"), name="R", groups=[], scopes=[])
    rule.conditions[1] = {"type": "people", "include_users": [user.pk]}
    rule.save()
    user.delete()
    assert run.apply(export().encode()).changes == []
    assert LogEvent.objects.filter(event_type="policy.rule.update").count() == 0
