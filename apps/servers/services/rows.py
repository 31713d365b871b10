"""What every change of a server's things shares: the lock, the version, the differences, the log
entry."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    F,
    IntegerField,
    JSONField,
    Model,
    QuerySet,
    TextChoices,
)

from apps.directory.owners import FIELD, ids_of_owners
from apps.servers.models import AuthorizationServer, Installation
from apps.servers.services import second_person
from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.record import record
from authzsite.domain.validation import Invalid, InvalidError, raise_if

Changes = dict[str, tuple[Any, Any]]


def lock_installation() -> Installation:
    """The installation's row, locked: creations, renames and deletions of servers queue here."""
    Installation.objects.get_or_create(pk=1)
    return Installation.objects.select_for_update().get(pk=1)


def lock_server(server_id: str) -> AuthorizationServer:
    """The server's row, locked until the transaction ends, so that its changes come one after
    the other."""
    _queue(f"server {server_id}")
    return AuthorizationServer.objects.select_for_update().get(pk=server_id)


def _queue(name: str) -> None:
    """Wait in turn. PostgreSQL lets the waiters for a row that each holder changes overtake one
    another, so under steady load some wait for ever; those for this lock are served in order."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def touch(server: AuthorizationServer, *, alone: bool = False) -> int:
    """Raise the server's version by one and return it: the epoch of what the change made or
    revoked. Raises SecondPersonNeeded where the server, as it is stored, asks for one; `alone`:
    what only ends tokens, or what no person does."""
    row = AuthorizationServer.objects.filter(pk=server.pk)
    row.update(version=F("version") + 1)
    server.version, is_asked_for = row.values_list("version", "second_person").get()
    second_person.check(server.pk, is_asked_for and not alone)
    return server.version


def lock_to_change(server_id: str) -> AuthorizationServer:
    """The server's row, locked, for a change that raises no version. Raises as `touch` does."""
    server = lock_server(server_id)
    second_person.check(server.pk, server.second_person)
    return server


def check_types(model: type[Model], fields: Mapping[str, Any]) -> None:
    """Refuse values of another type than the field's, so that every later check may rely on it."""
    raise_if(
        Invalid(name, message)
        for name, value in fields.items()
        if (message := _type_problem(model._meta.get_field(name), value))
    )


def _type_problem(field: object, value: object) -> str:
    match field:
        case BooleanField():
            return "" if isinstance(value, bool) else "must be true or false"
        case JSONField():
            return "" if isinstance(value, list | tuple) else "must be a list"
        case IntegerField():
            is_number = isinstance(value, int) and not isinstance(value, bool)
            return "" if is_number else "must be a whole number"
    return "" if is_text(value) else "must be text"


def is_text(value: object) -> bool:
    """Whether it is a text that every database can store and compare: no NUL, no lone surrogate."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)


def check_texts(values: Iterable[object], field: str) -> None:
    """Refuse a list that holds anything but texts."""
    raise_if([] if all(map(is_text, values)) else [Invalid(field, "must hold texts")])


def apply_changes(row: Model, changes: Mapping[str, Any]) -> Changes:
    """Set the given fields and return field → (before, after) of those that differ."""
    differing = {
        name: (getattr(row, name), value)
        for name, value in changes.items()
        if getattr(row, name) != value
    }
    for name, (_, value) in differing.items():
        setattr(row, name, value)
    return differing


def values_of(row: Model, fields: Iterable[str]) -> dict[str, Any]:
    """The row's values of these fields."""
    return {name: getattr(row, name) for name in fields}


def made(row: Model, fields: Iterable[str]) -> Changes:
    """The changes of a creation: everything came out of nothing."""
    return {name: (None, value) for name, value in values_of(row, fields).items()}


def gone(row: Model, fields: Iterable[str]) -> Changes:
    """The changes of a deletion, complete enough to put the object back."""
    return {name: (value, None) for name, value in values_of(row, fields).items()}


def content(row: Model) -> dict[str, Any]:
    """What an administrator has set of a row, with its id."""
    fields = row._meta.concrete_fields
    return {
        "id": row.pk,
        **{
            one.name: getattr(row, one.name)
            for one in fields
            if one.editable and not one.is_relation and not one.primary_key
        },
    }


def settings_of(server: AuthorizationServer) -> dict[str, Any]:
    """What an administrator has set of a server itself."""
    values = content(server)
    del values["id"]
    return {
        **values,
        "resource_servers": sorted(server.resource_servers.values_list("id", flat=True)),
        FIELD: ids_of_owners(server),
    }


def all_of(server: AuthorizationServer) -> dict[str, Any]:
    """A server with everything that goes with it, as its deletion's event keeps it: policies and
    rules are of an app above, so they are reached through relations only."""
    policies: Any = getattr(server, "policies")  # noqa: B009 - of an app above
    return {
        **settings_of(server),
        "scopes": [content(one) for one in server.scopes.all()],
        "claims": [content(one) for one in server.claims.all()],
        "policies": [with_rules(one) for one in policies.order_by("priority", "pk")],
    }


def with_rules(policy: Any) -> dict[str, Any]:
    """A policy with its rules in order."""
    rules = policy.rules.order_by("priority", "pk")
    return {**content(policy), "rules": [content(one) for one in rules]}


def check_unique(others: QuerySet[Any], row: Model, field: str = "name") -> list[Invalid]:
    """Whether no other row has the same value."""
    is_taken = others.filter(**{field: getattr(row, field)}).exclude(pk=row.pk).exists()
    return [Invalid(field, "is already in use")] if is_taken else []


def check_choice(value: str, choices: type[TextChoices], field: str) -> list[Invalid]:
    """Whether the value is one of the field's choices."""
    if value in choices.values:
        return []
    return [Invalid(field, f"must be one of {', '.join(choices.values)}")]


def refuse(field: str, message: str) -> InvalidError:
    """The error of a change that may not be made at all."""
    return InvalidError(Invalid(field, message))


def log_change(
    event_type: str,
    *,
    actor: Actor,
    server: AuthorizationServer,
    targets: Iterable[Target],
    debug: Mapping[str, Any] | None = None,
) -> None:
    """Record a configuration event of this server in the current transaction (R24)."""
    said = {**(debug or {}), **second_person.words_of(server.pk)}
    record(Entry(event_type, actor, tuple(targets), server_id=server.pk, debug=said))


def server_target(server: AuthorizationServer, changes: Changes | None = None) -> Target:
    """The server as the target of an event."""
    detail = {
        "AuthorizationServerId": server.pk,
        "AuthorizationServerDescription": server.description or None,
    }
    return Target(
        server.pk, "AuthorizationServer", server.audience, server.name, detail, changes or {}
    )
