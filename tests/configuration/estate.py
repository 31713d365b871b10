"""An organisation with everything in it that a configuration file can say."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

WHOLE: Final = """
apiVersion: authzsite/v1
installation: {staffNeedSecondFactor: true, peopleNeedVerifiedEmail: true}
groups: [{name: Orders team}, {name: Web team}]
users:
  - {login: alice@example.com, email: alice@example.com, firstName: A, lastName: A,
     administration: ALL}
  - {login: bob@example.com, email: bob@example.com, firstName: B, lastName: B}
loginPolicies:
  - title: Customers
    loginURL: https://login.example.com/
    customClaims: {userinfo: {loyalty: profile.loyalty}}
    identityStoreDetails:
      connectionDetails:
        domain: store.example.com
        applicationId: app-1
        entityType: user
        clientId: owner
        clientSecret: {env: STORE_SECRET}
  - title: Staff
    loginURL: https://staff.example.com/
    identityStoreDetails:
      connectionDetails: {domain: s.example.com, applicationId: a, entityType: user, clientId: o}
clients:
  - clientId: demo-web
    type: web
    redirectUris: ["https://app.example.com/"]
    loginPolicy: Customers
    owners: [Orders team, Web team]
    assignments: {groups: [EVERYONE]}
  - {clientId: nightly, type: service}
inlineHooks:
  - name: Add the shop
    url: https://93.184.216.34/claims
    version: 1.0.1
    headers: [{key: X-Shop, value: north}, {key: X-Area, value: "1"}]
    authScheme: {key: Authorization, value: {env: HOOK_SECRET}}
  - {name: Asleep, url: "https://93.184.216.34/asleep", status: INACTIVE}
authorizationServers:
  - id: orders
    name: Orders API
    audience: api://orders
    signingAlg: ES256
    policyTestMode: warn
    secondPerson: true
    owners: [Orders team]
    scopes: [{name: "orders:read"}]
    policies:
      - name: Web
        clients: [demo-web]
        rules:
          - {name: Read, grantTypes: [authorization_code], people: {groups: [EVERYONE]},
             scopes: ["orders:read"], inlineHook: Add the shop}
      - name: Jobs
        clients: [nightly]
        rules:
          - {name: Read, grantTypes: [client_credentials], scopes: ["orders:read"]}
    tests:
      - name: Bob reads
        client: demo-web
        user: bob@example.com
        grantType: authorization_code
        scopes: ["orders:read"]
        expect: {policy: Web, rule: Read}
      - {client: nightly, grantType: client_credentials, scopes: ["orders:read"], expect: allowed}
      - {client: nightly, grantType: client_credentials, scopes: ["orders:drop"], expect: denied}
eventHooks:
  - name: Watch
    url: https://93.184.216.34/events
    events: [app.oauth2.as.token.revoke, app.oauth2.as.token.detect_reuse]
    authScheme: {key: X-Key, value: {generate: true}}
  - {name: Quiet, url: "https://93.184.216.34/off", events: [app.oauth2.as.token.revoke],
     status: INACTIVE}
"""
VARIABLES: Final = {"STORE_SECRET": "store-secret-0", "HOOK_SECRET": "Bearer hook-secret-0"}

Edit = tuple[tuple[str | int, ...], Any]
# Where each part stands in the parsed file, and another value: by what a difference calls it.
EDITS: Final[Mapping[str, Edit]] = {
    "installation": (("installation", "staffNeedSecondFactor"), False),
    "loginPolicies[Customers]": (("loginPolicies", 0, "loginURL"), "https://other.example.com/"),
    "loginPolicies[Staff]": (("loginPolicies", 1, "customClaims"), {"userinfo": {"a": "b"}}),
    "clients[demo-web]": (("clients", 0, "loginPolicy"), "Staff"),
    "clients[nightly]": (("clients", 1, "owners"), ["Web team"]),
    "inlineHooks[Add the shop]": (("inlineHooks", 0, "headers"), []),
    "inlineHooks[Asleep]": (("inlineHooks", 1, "status"), "ACTIVE"),
    "authorizationServers[orders]": (("authorizationServers", 1, "owners"), ["Web team"]),
    "authorizationServers[orders].policies[Web].rules[Read]": (
        ("authorizationServers", 1, "policies", 0, "rules", 0, "inlineHook"),
        "Asleep",
    ),
    "authorizationServers[orders].tests[Bob reads]": (
        ("authorizationServers", 1, "tests", 0, "expect"),
        "allowed",
    ),
    "eventHooks[Quiet]": (("eventHooks", 0, "events"), ["app.oauth2.as.token.detect_reuse"]),
    "eventHooks[Watch]": (("eventHooks", 1, "url"), "https://93.184.216.34/other"),
}


def set_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that the file refers to."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
