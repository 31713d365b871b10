"""`manage.py apply`: what is, as a file, with one thing changed; that file is the way back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from apps.management.configuration.export import export
from apps.systemlog.ids import new_id
from tests.oauth.liveness.clients import FIELDS
from tests.oauth.liveness.configuration import SCOPE_FIELDS, SERVER_FIELDS
from tests.oauth.liveness.doors.document import (
    SECRET,
    Document,
    Edit,
    adding,
    apply,
    as_before,
    client,
    edited,
    fields,
    line,
    one_of,
    policy,
    rule,
    scope,
    server,
    setting,
    user,
    without,
)
from tests.oauth.liveness.doors.door import Door, Line
from tests.oauth.liveness.explicit import EXPLICIT as EXPLICITLY
from tests.oauth.liveness.policies import POLICY_FIELDS, RULE_FIELDS


def assignments(scene: Any, document: Document) -> Document:
    found: Document = client(scene, document).setdefault("assignments", {})
    return found


def unassigned(*kinds: str) -> Line:
    def edit(scene: Any, document: Document) -> None:
        for kind in kinds:
            assignments(scene, document).pop(kind)

    return line(edit)


def path_added_then_removed() -> Line:
    def first(scene: Any, document: Document) -> None:
        assignments(scene, document)["groups"] = [scene.group.name]

    def second(scene: Any, document: Document) -> None:
        assignments(scene, document).pop("users")

    def change(scene: Any) -> None:
        edited(first)(scene)
        edited(second)(scene)

    return Line(change, as_before)


def until(kind: str, hours: float) -> Line:
    def edit(scene: Any, document: Document) -> None:
        end = (timezone.now() + timedelta(hours=hours)).isoformat()
        world = scene.world
        one = {"login": world.user.login} if kind == "users" else {"name": scene.group.name}
        assignments(scene, document)[kind] = [{**one, "validUntil": end}]

    return line(edit)


def no_group(scene: Any, document: Document) -> None:
    """The group is gone, from everywhere that names it."""
    document["groups"].remove(one_of(document["groups"], name=scene.group.name))
    user(scene, document).pop("groups")
    assignments(scene, document).pop("groups", None)


def no_user(scene: Any, document: Document) -> None:
    document["users"].remove(user(scene, document))
    assignments(scene, document).pop("users")


def deactivated(scene: Any, document: Document) -> None:
    """Who is DEPROVISIONED is assigned to nothing."""
    user(scene, document)["status"] = "DEPROVISIONED"
    assignments(scene, document).pop("users")


def renamed(scene: Any, document: Document) -> None:
    """Its id is what it is known by, where the file says it."""
    client(scene, document).update(clientId=scene.world.client.client_id, name="Renamed")


def secret(scene: Any, document: Document) -> None:
    client(scene, document)["secret"] = {"env": "OTHER_SECRET"}
    scene.world = replace(scene.world, secret=SECRET)


def watch_too(scene: Any, document: Document) -> None:
    row = server(scene, document)
    row["resourceServers"] = [*row["resourceServers"], scene.neighbour.client.name]


def claims_come_and_go() -> Line:
    def with_value(value: str) -> Edit:
        one = {"name": "kind", "claimType": "RESOURCE", "value": value}

        def edit(scene: Any, document: Document) -> None:
            rows = server(scene, document).setdefault("claims", [])
            rows[:] = [row for row in rows if row["name"] != "kind"] + [one]

        return edit

    def change(scene: Any) -> None:
        before = export()
        for value in ("'a'", "'b'"):
            edited(with_value(value))(scene)
        apply(before)

    return Line(change)


def clients_of_policy(scene: Any, document: Document) -> None:
    policy(scene, document)["clients"] = [scene.world.client.name]


def with_hook(scene: Any, document: Document) -> None:
    document["inlineHooks"] = [{"name": "claims", "url": "https://93.184.216.34/claims"}]
    rule(scene, document)["inlineHook"] = "claims"


def another_server(scene: Any, document: Document) -> None:
    one = {"id": new_id("aus"), "name": "Another", "audience": "api://a", "signingAlg": "ES256"}
    document["authorizationServers"].append(one)


def turned(rows: Callable[[Any, Document], list[Document]]) -> Line:
    return line(lambda scene, document: rows(scene, document).reverse())


RULE: Final = {"name": "Another", "grantTypes": ["client_credentials"], "scopes": ["*"]}
INACTIVE: Final = {"status": "INACTIVE"}
PEOPLE: Final = {
    "user deactivated": line(deactivated),
    "user suspended": setting(user, status="SUSPENDED"),
    "user deleted": line(no_user),
    "password changed": setting(user, password={"env": "OTHER_PASSWORD"}),
    "password changed where that doesn't count": setting(user, password={"env": "OTHER_PASSWORD"}),
    "profile changed": setting(user, firstName="Eve"),
    "made an administrator": setting(user, administration="READ"),
    "direct assignment removed": unassigned("users"),
    "group's assignment removed": unassigned("groups"),
    "membership removed": line(lambda scene, document: user(scene, document).pop("groups")),
    "group deleted": line(no_group),
    "Everyone's assignment removed": unassigned("groups"),
    "assignment ended by an edit": until("users", -1),
    "group's assignment ended by an edit": until("groups", -1),
    "assignment moved to another end": until("users", 2),
    "direct assignment removed, group stays": unassigned("users"),
    "membership removed, direct stays": line(
        lambda scene, document: user(scene, document).pop("groups")
    ),
    "group deleted, direct stays": line(no_group),
    "last path removed though another was added later": path_added_then_removed(),
    "both paths removed": unassigned("users", "groups"),
    "another group made": adding(lambda scene, document: document["groups"], name="Another"),
}
CLIENTS: Final = {
    "client deactivated": setting(client, **INACTIVE),
    "client deleted": without(lambda scene, document: document["clients"], client),
    "secret rotated": Line(edited(secret)),
    "client's name changed": line(renamed),
    **fields("client", client, FIELDS, besides=("name",)),
}
CONFIGURATION: Final = {
    "server deactivated": setting(server, **INACTIVE),
    "server deleted": without(lambda scene, document: document["authorizationServers"], server),
    "another server made": line(another_server),
    "resource servers named": line(watch_too),
    "claims changed": claims_come_and_go(),
    **fields("server", server, SERVER_FIELDS, besides=("access_token_format",)),
    "server's access_token_format changed": setting(server, accessTokenFormat="opaque"),
    "scope deleted": without(lambda scene, document: server(scene, document)["scopes"], scope),
    "scope added": adding(
        lambda scene, document: server(scene, document)["scopes"], name="orders:write"
    ),
    **fields("scope", scope, SCOPE_FIELDS),  # another name is another scope
    "policy deactivated": setting(policy, **INACTIVE),
    "policy deleted": without(lambda scene, document: server(scene, document)["policies"], policy),
    "policy added": adding(
        lambda scene, document: server(scene, document)["policies"],
        name="Another",
        clients="ALL_CLIENTS",
        rules=[RULE],
    ),
    "policies reordered": turned(lambda scene, document: server(scene, document)["policies"]),
    **fields("policy", policy, POLICY_FIELDS, besides=("name", "clients")),
    "policy's clients changed": line(clients_of_policy),
    "rule deactivated": setting(rule, **INACTIVE),
    "rule deleted": without(lambda scene, document: policy(scene, document)["rules"], rule),
    "rule added": adding(lambda scene, document: policy(scene, document)["rules"], **RULE),
    "rules reordered": turned(lambda scene, document: policy(scene, document)["rules"]),
    **fields("rule", rule, RULE_FIELDS, besides=("name", "conditions")),
    "rule's hook_id changed": line(with_hook),
    "rule's conditions changed": setting(rule, scopes=["orders:read"]),
}
EXPLICIT: Final = "an explicit revocation is no state that a file could ask for"
RENAMED: Final = "a file knows objects by their names: another name is another object"
NO_WORD: Final = "no word of the file: it says what shall be, and this leaves nothing different"
FILES: Final = Door(
    "apply",
    {**PEOPLE, **CLIENTS, **CONFIGURATION},
    {
        **dict.fromkeys(
            (
                *("user locked by an administrator", "password expired", "password reset"),
                *("secret rotated with overlap", "leaked secret revoked"),
                *("secret deactivated and deleted", "secret deactivated and activated"),
                *("server's tokens revoked", "all tokens revoked", "scope's tokens revoked"),
                *("tokens with openid revoked", "tokens with email revoked"),
                *("signing key revoked", "retired key revoked", "signing key rotated"),
                *("policy's tokens revoked", "rule's tokens revoked"),
            ),
            NO_WORD,
        ),
        **{cause.name: EXPLICIT for cause in EXPLICITLY},
        **dict.fromkeys(("group renamed", "policy's name changed", "rule's name changed"), RENAMED),
        **dict.fromkeys(
            ("end of the assignment passed", "end of the group's assignment passed"),
            "time passes through no door",
        ),
    },
)
