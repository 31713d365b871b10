"""What is revoked stays revoked, and what is spent stays spent (R16): PostgreSQL refuses the rest.

No service ever undoes either, so no write past the services may. Beside `policies/0002_guards`,
which ends what a bypassing write should have ended. SQLite has no such triggers.
"""

from typing import Any

from django.db import migrations

REVOKED = "OLD.revoked_at IS NOT NULL AND OLD.revoked_at IS DISTINCT FROM NEW.revoked_at"
SPENT = (
    "OLD.code_consumed_at IS NOT NULL AND ("
    "OLD.code_consumed_at IS DISTINCT FROM NEW.code_consumed_at "
    "OR OLD.vector IS DISTINCT FROM NEW.vector)"
)


def differs(*columns: str) -> str:
    """SQL: whether any of the columns changes."""
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


OWNERS = ("server_id", "client_id", "user_id")
REACH = (*OWNERS, "epoch", "scope_epoch", "issued_before")
EARLY = "OLD.expires_at > clock_timestamp()"

# (table, name, event, condition, what the refusal says)
REFUSALS = (
    ("tokens_grant", "fixed", "UPDATE", differs("id", *OWNERS), "its owners can never change"),
    ("tokens_grant", "revoked", "UPDATE", REVOKED, "what is revoked stays revoked"),
    ("tokens_grant", "spent", "UPDATE", SPENT, "a code is spent once"),
    (
        "tokens_accesstoken",
        "fixed",
        "UPDATE",
        differs("digest", "grant_id", "vector", *OWNERS),
        "what it stands on can never change",
    ),
    ("tokens_accesstoken", "revoked", "UPDATE", REVOKED, "what is revoked stays revoked"),
    ("tokens_revokedtoken", "kept", "UPDATE", "OLD.* IS DISTINCT FROM NEW.*", "it never changes"),
    ("tokens_revokedtoken", "needed", "DELETE", EARLY, "its token could still live"),
    ("tokens_tokencutoff", "kept", "UPDATE", differs("id", *REACH), "its reach never changes"),
)
CUTOFFS = """
CREATE FUNCTION guard_cutoffs() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM tokens_tokencutoff) THEN
    RAISE EXCEPTION '%: there are open cutoffs', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $guard$
"""
# One that covers it may take its place, in the same transaction.
CUTOFF_GONE = """
CREATE FUNCTION guard_cutoff_gone() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM tokens_tokencutoff c WHERE c.id > OLD.id
      AND c.server_id IN ('', OLD.server_id) AND c.client_id IN ('', OLD.client_id)
      AND c.user_id IN ('', OLD.user_id)
      AND (c.epoch IS NULL OR c.epoch = OLD.epoch)
      AND (c.scope_epoch IS NULL OR c.scope_epoch = OLD.scope_epoch)
      AND (c.issued_before IS NULL OR c.issued_before >= OLD.issued_before)) THEN
    RAISE EXCEPTION '%: a token that it ends could still live', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $guard$
"""
STILL_NEEDED = f"""
CREATE CONSTRAINT TRIGGER guard_needed AFTER DELETE ON tokens_tokencutoff
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NOT OLD.is_closing AND {EARLY}) EXECUTE FUNCTION guard_cutoff_gone()
"""
NO_CUTOFFS = """
CREATE TRIGGER guard_d_cutoffs BEFORE UPDATE ON servers_installation
FOR EACH ROW WHEN (OLD.has_cutoffs AND NOT NEW.has_cutoffs) EXECUTE FUNCTION guard_cutoffs()
"""


def create(apps: Any, schema_editor: Any) -> None:
    """On PostgreSQL only."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, name, event, condition, message in REFUSALS:
        schema_editor.execute(
            f"CREATE TRIGGER guard_{name} BEFORE {event} ON {table} "
            f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION guard_refuse('{message}')",
            None,
        )
    for statement in (CUTOFF_GONE, STILL_NEEDED, CUTOFFS, NO_CUTOFFS):
        schema_editor.execute(statement, None)


def drop(apps: Any, schema_editor: Any) -> None:
    """The tables as they were."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, name, *_ in REFUSALS:
        schema_editor.execute(f"DROP TRIGGER guard_{name} ON {table}", None)
    for name in ("guard_cutoffs", "guard_cutoff_gone"):
        schema_editor.execute(f"DROP FUNCTION {name}() CASCADE", None)


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0003_cutoff_columns"),
        ("policies", "0002_guards"),
        ("servers", "0002_has_cutoffs"),
    ]
    operations = [migrations.RunPython(create, drop)]
