"""Members of an object that can't go together, or can't change."""

from collections.abc import Iterator, Mapping
from typing import Any

from apps.clients.services.clients import SECRET_METHODS
from apps.management.configuration import schema
from apps.management.configuration.items import Item
from apps.management.configuration.problems import Problem
from apps.management.configuration.stored_secrets import OF_STORE_OWNER, is_secret_in_place
from apps.management.configuration.values import Secret


def contradictions(item: Item, before: Item | None) -> Iterator[Problem]:
    """Members that can't go together, or can't change."""
    have = before.values if before else {}
    if (
        item.kind is schema.CLIENTS
        and before
        and item.values.get("type", have["type"]) != have["type"]
    ):
        message = f"can't be changed from {have['type']}: give the new client another clientId"
        yield Problem(item.line_of("type"), f"{item.path}.type", message)
    if item.kind is schema.CLIENTS and "secret" in item.values:
        given = {**item.kind.defaults({**have, **item.values}), **have, **item.values}
        if given["tokenEndpointAuthMethod"] not in SECRET_METHODS:
            message = f"is not for {given['tokenEndpointAuthMethod']}"
            yield Problem(item.line_of("secret"), f"{item.path}.secret", message)
    if item.kind is schema.CLAIMS:
        yield from _claim_contradictions(item, {**item.kind.defaults({}), **have, **item.values})
    if item.kind is schema.LOGIN_POLICIES and before:
        yield from _of_identity_store(item, before)
    if item.kind is schema.USERS and before:
        wanted = item.values.get("status", have["status"])
        if wanted == "STAGED" and have["status"] != "STAGED":
            yield Problem(item.line_of("status"), f"{item.path}.status", "can't be STAGED again")


def _claim_contradictions(item: Item, given: Mapping[str, Any]) -> Iterator[Problem]:
    """Members that the service would have to put right, so that every apply would differ."""
    faults = {
        "alwaysIncludeInToken": item.key[1] == "RESOURCE" and not given["alwaysIncludeInToken"],
        "groupFilterType": given["valueType"] != "GROUPS" and bool(given["groupFilterType"]),
    }
    words = {
        "alwaysIncludeInToken": "must be true for claims of access tokens",
        "groupFilterType": "is for claims of valueType GROUPS",
    }
    for name, is_wrong in faults.items():
        if is_wrong:
            yield Problem(item.line_of(name), f"{item.path}.{name}", words[name])


def _of_identity_store(item: Item, before: Item) -> Iterator[Problem]:
    """Where the users of a login policy are is said once."""
    secret = item.values.get(OF_STORE_OWNER)
    is_other = isinstance(secret, Secret) and not is_secret_in_place(before.row, secret)
    for name, value in item.values.items():
        is_fixed = name.startswith("identityStoreDetails.") and name != OF_STORE_OWNER
        if (is_fixed and value != before.values[name]) or (is_other and name == OF_STORE_OWNER):
            message = "can't be changed: give the new login policy another title"
            yield Problem(item.line_of(name), f"{item.path}.{name}", message)
