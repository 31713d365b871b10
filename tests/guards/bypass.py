"""Ways to write past the services, and what the net says afterwards."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.db import connection, models
from django.utils import timezone

from apps.clients.models import (
    Client,
    ClientSecret,
    GroupAssignment,
    LoginPolicy,
    UserAssignment,
)
from apps.directory.models import Group, GroupMembership, User
from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer, Claim, Installation, Scope, SigningKey
from apps.systemlog.models import LogEvent, RevocationJob
from tests.oauth.liveness.scene import Scene, signing_key

EVENT: Final = "system.guard.bypass"
CAUSE: Final = "write that bypassed the services"
Row = models.Model
Write = Callable[[Row, str, Any], None]


def by_update(row: Row, column: str, value: Any) -> None:
    """`queryset.update`."""
    type(row)._default_manager.filter(pk=row.pk).update(**{column: value})


def by_bulk_update(row: Row, column: str, value: Any) -> None:
    """`bulk_update`."""
    fresh = type(row)._default_manager.get(pk=row.pk)
    setattr(fresh, column, value)
    type(row)._default_manager.bulk_update([fresh], [column])


def by_save(row: Row, column: str, value: Any) -> None:
    """A row saved in the shell, all columns of it."""
    fresh = type(row)._default_manager.get(pk=row.pk)
    setattr(fresh, column, value)
    fresh.save(force_update=True)


def by_sql(row: Row, column: str, value: Any) -> None:
    """SQL, as psql would send it."""
    field = field_of(type(row), column)
    key = row._meta.pk
    assert key
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {field.column} = %s WHERE {key.column} = %s",
            [field.get_db_prep_save(value, connection), row.pk],
        )


WRITES: Final[tuple[Write, ...]] = (by_update, by_sql, by_bulk_update, by_save)


def can(write: Write, row_type: type[Row], column: str) -> bool:
    """`bulk_update` and `save` find their row by the key, so they can't change it; and a moment
    that is set at each save is no choice of the writer's."""
    field = field_of(row_type, column)
    is_fixed = field.primary_key or getattr(field, "auto_now", False)
    return not (write in (by_bulk_update, by_save) and is_fixed)


def field_of(row_type: type[Row], column: str) -> Any:
    """The field behind a column."""
    return next(f for f in row_type._meta.concrete_fields if f.attname == column)


def row_of(row_type: type[Row], scene: Scene) -> Row:
    """The row of this table that the scene's tokens stand on."""
    world = scene.world
    finders: dict[type[Row], Callable[[], Row]] = {
        User: lambda: world.user,
        Group: lambda: scene.group,
        GroupMembership: lambda: GroupMembership.objects.get(group=scene.group, user=world.user),
        Client: lambda: world.client,
        ClientSecret: lambda: ClientSecret.objects.get(client=world.client),
        UserAssignment: lambda: UserAssignment.objects.get(client=world.client, user=world.user),
        GroupAssignment: lambda: GroupAssignment.objects.get(client=world.client),
        Installation: lambda: Installation.objects.get(pk=1),
        AuthorizationServer: lambda: world.server,
        Scope: lambda: world.scope,
        Claim: lambda: Claim.objects.filter(server=world.server)[0],
        SigningKey: lambda: signing_key(scene),
        Policy: lambda: world.policy,
        Rule: lambda: world.rule,
    }
    row = finders[row_type]()
    return row_type._default_manager.get(pk=row.pk)


CHOSEN: Final[dict[str, Any]] = {
    "access_token_format": "",  # the other one: see `value_for`
    "scope_mode": "narrow",
    "state": "REVOKED",
    "type": "native",
    "token_endpoint_auth_method": "none",
    "signing_alg": "RS256",
    "alg": "RS256",
    "jwks": {"keys": []},
    "clients": [],
    "conditions": [],
    "token_policy_id": None,  # filled in by the test
}
STATUS: Final[dict[type[Row], str]] = {User: "SUSPENDED"}


def value_for(row: Row, column: str) -> Any:
    """Another value that the column takes."""
    before, field = getattr(row, column), field_of(type(row), column)
    if column == "status":
        return STATUS.get(type(row), "INACTIVE")
    if column == "access_token_format":
        return {"jwt": "opaque", "opaque": "jwt"}[before]
    if column == "valid_until":
        return timezone.now() - timedelta(seconds=1)
    if column == "valid_from":
        return timezone.now() + timedelta(hours=1)
    if column == "type" and isinstance(row, Group):
        return Group.Type.BUILT_IN
    if column == "login_policy_id":
        return LoginPolicy.objects.create(title="another").pk
    if column in CHOSEN:
        return CHOSEN[column]
    return _another(field, before)


def _another(field: Any, before: Any) -> Any:
    if field.choices:
        return next(value for value, _ in field.flatchoices if value != before)
    match field:
        case models.BooleanField():
            return not before
        case models.DateTimeField():
            return (before or timezone.now()) + timedelta(days=1)
        case models.JSONField():
            return {**before, "a": 1} if isinstance(before, dict) else [*before, "another"]
        case models.BinaryField():
            return b"another"
        case models.IntegerField() | models.ForeignKey() if isinstance(before, int):
            return before + 1_000
    return f"{before[:-1]}{'y' if before.endswith('x') else 'x'}"


def counters(scene: Scene) -> dict[str, int]:
    """Every version and epoch there is, by table and row."""
    found: dict[str, int] = {}
    for row_type in (User, Client, Installation, AuthorizationServer, Scope, Policy, Rule):
        for row in row_type._default_manager.order_by("pk"):
            for name in ("version", "epoch", "password_epoch", "first_version"):
                if hasattr(row, name):
                    found[f"{row._meta.label} {row.pk} {name}"] = getattr(row, name)
    return found


def told() -> list[tuple[str, str]]:
    """Table and row of each catch."""
    events = LogEvent.objects.filter(event_type=EVENT).order_by("pk")
    return [(e.body["debugData"]["table"], e.body["debugData"]["row"]) for e in events]


def jobs() -> list[RevocationJob]:
    """The outbox rows that the net has written."""
    return list(RevocationJob.objects.filter(cause=CAUSE).order_by("created"))
