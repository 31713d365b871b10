"""Writes that bypass the services end what stands on the row all the same (rows 157 and 293).

`queryset.update`, `bulk_update`, the shell and psql know nothing of versions and epochs. On
PostgreSQL triggers on every table that a token stands on therefore do three things:

- catch: a revoking change that raised no epoch raises it, a change that no version tells of raises
  the version, so that tokens die and every process compiles anew;
- refuse: what would let the dead come back: a lower epoch, an ended assignment made to hold again,
  an id used twice, a row that becomes another's;
- tell: each catch writes an event (table, row, database user; never a value) and, where tokens
  end, the outbox row by which the marking follows.

What a service did right is left as it is: in one transaction it raises the version first, which
`guard_noted` remembers until the transaction's end. Checks that need the whole transaction wait
for its end (DEFERRED). SQLite has no users of its own and no such triggers.
"""

from typing import Any

from django.db import migrations

CAUSE = "write that bypassed the services"
SERVER_REVOKING = "audience scope_mode access_token_format is_organization".split()
CLIENT_REVOKING = "client_id type token_endpoint_auth_method jwks jwks_uri token_policy_id".split()
CLIENT_LISTS = "grant_types redirect_uris".split()  # whose order means nothing
TOKEN_POLICY_REVOKING = (
    "allowed_scopes access_token_lifetime refresh_token_lifetime use_access_jwt".split()
)
RULE_REVOKING = (
    "conditions access_token_minutes refresh_token_minutes refresh_window_minutes".split()
)


def differs(*columns: str) -> str:
    """SQL: whether any of the columns changes."""
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


LEAVES_ACTIVE = "OLD.status = 'ACTIVE' AND NEW.status IS DISTINCT FROM 'ACTIVE'"

# Function → (arguments, result, body), in the order in which they need each other.
FUNCTIONS = {
    # What this transaction has already raised or enqueued: s server's version, e its epoch,
    # c client, t token policy, j job of an object. Undone with its savepoint.
    "guard_note": (
        "key text",
        "void",
        """
DECLARE known text := coalesce(current_setting('authzsite.noted', true), '');
BEGIN
  IF position(' ' || key || ' ' IN known) = 0 THEN
    PERFORM set_config('authzsite.noted', known || ' ' || key || ' ', true);
  END IF;
END""",
    ),
    "guard_noted": (
        "key text",
        "boolean",
        """
BEGIN
  RETURN position(' ' || key || ' ' IN coalesce(current_setting('authzsite.noted', true), '')) > 0;
END""",
    ),
    "guard_raise": (
        "server text",
        "bigint",
        """
DECLARE raised bigint;
BEGIN
  UPDATE servers_authorizationserver SET version = version + 1 WHERE id = server
    RETURNING version INTO raised;
  RETURN raised;
END""",
    ),
    "guard_same": (  # two JSON lists that hold the same, in whatever order
        "a jsonb, b jsonb",
        "boolean",
        """
BEGIN
  IF jsonb_typeof(a) = 'array' AND jsonb_typeof(b) = 'array' THEN
    RETURN (SELECT jsonb_agg(one ORDER BY one) FROM jsonb_array_elements(a) one)
      IS NOT DISTINCT FROM (SELECT jsonb_agg(one ORDER BY one) FROM jsonb_array_elements(b) one);
  END IF;
  RETURN a IS NOT DISTINCT FROM b;
END""",
    ),
    "guard_tell": (  # the event of a catch
        "source text, row_id text, operation text, server text, client text, person text",
        "void",
        """
BEGIN
  INSERT INTO systemlog_logevent (uuid, published, event_type, severity, outcome, reason,
    actor_id, actor_type, actor_name, client_id, server_id, user_id, reference, ip_address, body)
  VALUES (gen_random_uuid()::text, clock_timestamp(), 'system.guard.bypass', 'WARN', 'SUCCESS', '',
    session_user, 'SystemPrincipal', session_user, client, server, person, '', '',
    jsonb_build_object(
      'actor', jsonb_build_object('displayName', session_user, 'alternateId', session_user),
      'target', jsonb_build_array(jsonb_build_object(
        'id', row_id, 'type', source, 'alternateId', NULL, 'displayName', NULL)),
      'userAgent', '', 'transactionType', 'JOB', 'credentialType', NULL,
      'debugData', jsonb_build_object('table', source, 'row', row_id,
        'operation', lower(operation), 'databaseUser', session_user)));
END""",
    ),
    "guard_enqueue": (  # the outbox row, as `systemlog.outbox.enqueue` writes it
        "job_kind text, object text, reach jsonb",
        "void",
        f"""
BEGIN
  INSERT INTO systemlog_revocationjob (id, kind, object_id, object_name, cause, scope, state,
    cursor, rows_seen, rows_done, progress, attempts, last_error, reference, created, updated)
  VALUES ('rvj' || left(replace(gen_random_uuid()::text, '-', ''), 17), job_kind, object, '',
    '{CAUSE}', reach, 'OPEN', '', 0, 0, 0, 0, '', '', clock_timestamp(), clock_timestamp());
END""",
    ),
    "guard_job": (
        "",
        "trigger",
        """
BEGIN
  PERFORM guard_note('j' || NEW.object_id);
  RETURN NULL;
END""",
    ),
    "guard_refuse": (
        "",
        "trigger",
        """
BEGIN
  RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END""",
    ),
    "guard_server": (
        "",
        "trigger",
        f"""
DECLARE first bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT first_version INTO first FROM servers_installation WHERE id = 1;
    NEW.version := greatest(NEW.version, first);
    NEW.epoch := greatest(NEW.epoch, first);
    PERFORM guard_note('s' || NEW.id);
    RETURN NEW;
  END IF;
  IF NEW.epoch > OLD.epoch THEN PERFORM guard_note('e' || NEW.id); END IF;
  IF NEW.version > OLD.version THEN PERFORM guard_note('s' || NEW.id); END IF;
  IF ({differs(*SERVER_REVOKING)} OR {LEAVES_ACTIVE}) AND NOT guard_noted('e' || NEW.id) THEN
    NEW.epoch := OLD.epoch + 1;
    PERFORM guard_note('e' || NEW.id);
    PERFORM guard_enqueue('as', NEW.id, jsonb_build_object('server', NEW.id));
    PERFORM guard_tell(TG_TABLE_NAME, NEW.id, TG_OP, NEW.id, '', '');
  ELSIF NOT guard_noted('s' || NEW.id) AND NEW.epoch = OLD.epoch THEN
    PERFORM guard_tell(TG_TABLE_NAME, NEW.id, TG_OP, NEW.id, '', '');
  END IF;
  IF NOT guard_noted('s' || NEW.id) THEN
    NEW.version := OLD.version + 1;
    PERFORM guard_note('s' || NEW.id);
  END IF;
  RETURN NEW;
END""",
    ),
    "guard_server_gone": (  # what comes later under its id counts on from above all it had (R16)
        "",
        "trigger",
        """
BEGIN
  UPDATE servers_installation SET first_version = greatest(OLD.version, OLD.epoch) + 1
    WHERE id = 1 AND first_version <= greatest(OLD.version, OLD.epoch);
  IF NOT guard_noted('j' || OLD.id) THEN
    PERFORM guard_enqueue('as', OLD.id, jsonb_build_object('server', OLD.id));
    PERFORM guard_tell(TG_TABLE_NAME, OLD.id, TG_OP, OLD.id, '', '');
  END IF;
  RETURN OLD;
END""",
    ),
    "guard_server_of": (  # the server of a row of one of its parts
        "part jsonb",
        "text",
        """
BEGIN
  IF part ? 'policy_id' THEN
    RETURN (SELECT server_id FROM policies_policy WHERE id = part ->> 'policy_id');
  END IF;
  RETURN coalesce(part ->> 'server_id', part ->> 'authorizationserver_id');
END""",
    ),
    # An epoch is the server's version at the row's last revoking change, and names one state.
    "guard_epoch": (
        "",
        "trigger",
        """
DECLARE
  server text := guard_server_of(to_jsonb(NEW));
  present bigint := (SELECT version FROM servers_authorizationserver WHERE id = server);
  reach jsonb := jsonb_build_object('server', server);
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.epoch BETWEEN 1 AND present AND guard_noted('s' || server) THEN RETURN NEW; END IF;
  ELSIF NEW.epoch <> OLD.epoch AND NEW.epoch = present THEN
    RETURN NEW;
  ELSE
    PERFORM guard_enqueue(TG_ARGV[0], NEW.id, reach || jsonb_build_object('epoch', OLD.epoch));
  END IF;
  NEW.epoch := guard_raise(server);
  PERFORM guard_tell(TG_TABLE_NAME, NEW.id, TG_OP, server, '', '');
  RETURN NEW;
END""",
    ),
    "guard_part": (  # at the end of the transaction: has the version told of this row?
        "",
        "trigger",
        """
DECLARE
  part jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
  server text := guard_server_of(part);
  ident text := coalesce(part ->> 'id', part ->> 'kid');
  ends boolean := TG_OP = 'DELETE' AND TG_ARGV[0] IN ('scope', 'policy', 'rule');
  is_caught boolean := NOT guard_noted('s' || server);
BEGIN
  IF NOT EXISTS (SELECT 1 FROM servers_authorizationserver WHERE id = server)
      OR part ? 'client_id'
        AND NOT EXISTS (SELECT 1 FROM clients_client WHERE id = part ->> 'client_id') THEN
    RETURN NULL;  -- with its server, or with its client, it is gone
  END IF;
  IF TG_ARGV[0] = 'key' THEN
    ends := part ->> 'state' = 'REVOKED' OR TG_OP = 'DELETE' AND part ->> 'state' <> 'NEXT';
    ends := ends AND is_caught;
  END IF;
  IF ends AND NOT guard_noted('j' || ident)
      AND NOT guard_noted('j' || coalesce(part ->> 'policy_id', ident)) THEN
    PERFORM guard_enqueue(TG_ARGV[0], ident, jsonb_build_object('server', server)
      || CASE TG_ARGV[0] WHEN 'key' THEN jsonb_build_object('kid', ident)
         ELSE jsonb_build_object('epoch', part -> 'epoch') END);
    is_caught := true;
  END IF;
  IF NOT is_caught THEN RETURN NULL; END IF;
  IF TG_ARGV[0] = 'key' AND TG_OP = 'DELETE' AND ends THEN
    -- Put back, it would verify again what it has signed.
    UPDATE servers_authorizationserver SET version = version + 1, epoch = epoch + 1
      WHERE id = server;
  ELSE
    PERFORM guard_raise(server);
  END IF;
  PERFORM guard_tell(TG_TABLE_NAME, ident, TG_OP, server, '', '');
  RETURN NULL;
END""",
    ),
    "guard_client": (
        "",
        "trigger",
        f"""
BEGIN
  IF NEW.version > OLD.version OR NEW.epoch > OLD.epoch THEN
    PERFORM guard_note('c' || NEW.id);
    IF NEW.version > OLD.version AND NEW.token_policy_id IS NOT NULL THEN
      PERFORM guard_note('t' || NEW.token_policy_id);
    END IF;
  END IF;
  IF ({differs(*CLIENT_REVOKING)} OR {LEAVES_ACTIVE}
      OR {" OR ".join(f"NOT guard_same(OLD.{name}, NEW.{name})" for name in CLIENT_LISTS)})
      AND NEW.epoch = OLD.epoch THEN
    NEW.epoch := OLD.epoch + 1;
    PERFORM guard_enqueue('client', NEW.id, jsonb_build_object('client', NEW.id));
    PERFORM guard_tell(TG_TABLE_NAME, NEW.id, TG_OP, '', NEW.id, '');
  ELSIF NOT guard_noted('c' || NEW.id) THEN
    PERFORM guard_tell(TG_TABLE_NAME, NEW.id, TG_OP, '', NEW.id, '');
  END IF;
  IF NOT guard_noted('c' || NEW.id) THEN
    NEW.version := OLD.version + 1;
    PERFORM guard_note('c' || NEW.id);
  END IF;
  RETURN NEW;
END""",
    ),
    "guard_secret": (  # at the end of the transaction: has the client's version told of it?
        "",
        "trigger",
        """
DECLARE owner text := CASE WHEN TG_OP = 'DELETE' THEN OLD.client_id ELSE NEW.client_id END;
BEGIN
  IF guard_noted('c' || owner) THEN RETURN NULL; END IF;
  UPDATE clients_client SET version = version + 1 WHERE id = owner;
  IF FOUND THEN
    PERFORM guard_tell(TG_TABLE_NAME,
      CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END, TG_OP, '', owner, '');
  END IF;
  RETURN NULL;
END""",
    ),
    "guard_token_policy": (
        "",
        "trigger",
        f"""
BEGIN
  IF ({differs(*TOKEN_POLICY_REVOKING)}) AND NEW.epoch = OLD.epoch THEN
    NEW.epoch := OLD.epoch + 1;
    PERFORM guard_enqueue('token_policy', NEW.id, jsonb_build_object('token_policy', NEW.id,
      'clients', (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') FROM clients_client
                  WHERE token_policy_id = NEW.id)));
    PERFORM guard_tell(TG_TABLE_NAME, NEW.id, TG_OP, '', '', '');
    PERFORM guard_note('k' || NEW.id);
  END IF;
  RETURN NEW;
END""",
    ),
    "guard_token_policy_users": (  # at the end of the transaction: have its clients' versions risen?
        "",
        "trigger",
        """
BEGIN
  IF guard_noted('t' || NEW.id) THEN RETURN NULL; END IF;
  UPDATE clients_client SET version = version + 1 WHERE token_policy_id = NEW.id;
  IF FOUND AND NOT guard_noted('k' || NEW.id) THEN
    PERFORM guard_tell(TG_TABLE_NAME, NEW.id, TG_OP, '', '', '');
  END IF;
  RETURN NULL;
END""",
    ),
    "guard_user": (
        "",
        "trigger",
        f"""
DECLARE reach jsonb := jsonb_build_object('user', NEW.id);
BEGIN
  IF {LEAVES_ACTIVE} AND NEW.epoch = OLD.epoch THEN
    NEW.epoch := OLD.epoch + 1;
    PERFORM guard_enqueue('user', NEW.id, reach);
    PERFORM guard_tell(TG_TABLE_NAME, NEW.id, TG_OP, '', '', NEW.id);
  END IF;
  IF OLD.password IS DISTINCT FROM NEW.password AND NEW.password_epoch = OLD.password_epoch
      AND coalesce(current_setting('authzsite.same_password', true), '') <> NEW.id THEN
    NEW.password_epoch := OLD.password_epoch + 1;
    PERFORM guard_enqueue('user', NEW.id,
      reach || jsonb_build_object('password_epoch', NEW.password_epoch));
    PERFORM guard_tell(TG_TABLE_NAME, NEW.id, TG_OP, '', '', NEW.id);
  END IF;
  RETURN NEW;
END""",
    ),
    "guard_gone": (  # a user's or client's id is never used again
        "",
        "trigger",
        """
BEGIN
  INSERT INTO guard_gone_id (id) VALUES (OLD.id) ON CONFLICT DO NOTHING;
  IF OLD.status = 'ACTIVE' AND NOT guard_noted('j' || OLD.id) THEN
    PERFORM guard_enqueue(TG_ARGV[0], OLD.id, jsonb_build_object(TG_ARGV[0], OLD.id));
    PERFORM guard_tell(TG_TABLE_NAME, OLD.id, TG_OP, '',
      CASE TG_ARGV[0] WHEN 'client' THEN OLD.id ELSE '' END,
      CASE TG_ARGV[0] WHEN 'user' THEN OLD.id ELSE '' END);
  END IF;
  RETURN NULL;
END""",
    ),
    "guard_new": (
        "",
        "trigger",
        """
BEGIN
  IF EXISTS (SELECT 1 FROM guard_gone_id WHERE id = NEW.id) THEN
    RAISE EXCEPTION '%: an id is never used again', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END""",
    ),
    "guard_holds": (
        "since timestamptz, until timestamptz",
        "boolean",
        """
BEGIN
  RETURN (since IS NULL OR since <= clock_timestamp())
    AND (until IS NULL OR until > clock_timestamp());
END""",
    ),
    "guard_window": (  # a path that was broken never holds again: it takes a new row (R16)
        "",
        "trigger",
        """
DECLARE held boolean := guard_holds(OLD.valid_from, OLD.valid_until);
BEGIN
  IF OLD.valid_until <= clock_timestamp() OR held AND NEW.valid_from > clock_timestamp() THEN
    RAISE EXCEPTION '%: an assignment that has ended never holds again', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END""",
    ),
    "guard_assignment": (  # at the end of the transaction: has a job followed the broken path?
        "",
        "trigger",
        """
DECLARE
  gone jsonb := to_jsonb(OLD);
  person text := coalesce(gone ->> 'user_id', '');
  team text := gone ->> 'group_id';
  reach jsonb := jsonb_build_object('clients', jsonb_build_array(OLD.client_id));
BEGIN
  IF NOT guard_holds(OLD.valid_from, OLD.valid_until)
      OR TG_OP = 'UPDATE' AND guard_holds(NEW.valid_from, NEW.valid_until)
      OR guard_noted('j' || OLD.client_id) OR guard_noted('j' || coalesce(team, person))
      OR NOT EXISTS (SELECT 1 FROM clients_client WHERE id = OLD.client_id)
      OR team IS NULL AND NOT EXISTS (
        SELECT 1 FROM directory_user WHERE id = person AND status = 'ACTIVE') THEN
    RETURN NULL;
  END IF;
  reach := reach || CASE WHEN team IS NULL
    THEN jsonb_build_object('user', person, 'paths', jsonb_build_array('u' || OLD.id))
    ELSE jsonb_build_object('group', team, 'paths',
      jsonb_build_array('g' || OLD.id || '.', 'e' || OLD.id)) END;
  PERFORM guard_tell(TG_TABLE_NAME, OLD.id::text, TG_OP, '', OLD.client_id, person);
  PERFORM guard_enqueue('assignment', OLD.client_id, reach);
  RETURN NULL;
END""",
    ),
    "guard_membership": (
        "",
        "trigger",
        """
DECLARE assigned jsonb;
BEGIN
  IF guard_noted('j' || OLD.group_id) OR NOT EXISTS (
      SELECT 1 FROM directory_user WHERE id = OLD.user_id AND status = 'ACTIVE') THEN
    RETURN NULL;
  END IF;
  SELECT jsonb_build_object('clients', jsonb_agg(DISTINCT client_id),
      'paths', jsonb_agg('g' || id || '.' || OLD.id)) INTO assigned
    FROM clients_groupassignment
    WHERE group_id = OLD.group_id AND guard_holds(valid_from, valid_until) HAVING count(*) > 0;
  IF assigned IS NULL THEN RETURN NULL; END IF;
  PERFORM guard_enqueue('assignment', OLD.group_id, assigned
    || jsonb_build_object('group', OLD.group_id, 'user', OLD.user_id));
  PERFORM guard_tell(TG_TABLE_NAME, OLD.id::text, TG_OP, '', '', OLD.user_id);
  RETURN NULL;
END""",
    ),
}

# What a row is, for good: (table, columns).
FIXED = (
    ("directory_user", ("id",)),
    ("directory_group", ("id", "type")),
    ("directory_groupmembership", ("id", "group_id", "user_id")),
    ("clients_client", ("id",)),
    ("clients_clientsecret", ("id", "client_id")),
    ("clients_tokenpolicy", ("id",)),
    ("clients_userassignment", ("id", "client_id", "user_id")),
    ("clients_groupassignment", ("id", "client_id", "group_id")),
    ("servers_installation", ("id",)),
    ("servers_authorizationserver", ("id",)),
    ("servers_scope", ("id", "server_id")),
    ("servers_claim", ("id", "server_id")),
    ("servers_signingkey", ("kid", "server_id", "alg", "public_jwk")),
    ("policies_policy", ("id", "server_id")),
    ("policies_rule", ("id", "policy_id")),
)
# What only rises.
RISING = (
    ("directory_user", ("epoch", "password_epoch")),
    ("clients_client", ("version", "epoch")),
    ("clients_tokenpolicy", ("epoch",)),
    ("servers_installation", ("epoch", "first_version")),
    ("servers_authorizationserver", ("version", "epoch")),
    ("servers_scope", ("epoch",)),
    ("servers_signingkey", ("epoch",)),
    ("policies_policy", ("epoch",)),
    ("policies_rule", ("epoch",)),
)
# (table, kind of its outbox row, columns that revoke beside the epoch itself)
WITH_EPOCH = (
    ("servers_scope", "scope", differs("name")),
    ("policies_policy", "policy", f"{differs('clients')} OR {LEAVES_ACTIVE}"),
    ("policies_rule", "rule", f"{differs(*RULE_REVOKING)} OR {LEAVES_ACTIVE}"),
)
PARTS = (
    *((table, kind) for table, kind, _ in WITH_EPOCH),
    ("servers_claim", "claim"),
    ("servers_signingkey", "key"),
    ("servers_authorizationserver_resource_servers", "resource_server"),
)
# Their ids are never used twice: PostgreSQL itself takes none but the sequence's.
PATHS = ("directory_groupmembership", "clients_userassignment", "clients_groupassignment")
CHANGED = "OLD.* IS DISTINCT FROM NEW.*"
WINDOW = differs("valid_from", "valid_until")


def before(name: str, event: str, table: str, function: str, when: str = "", *args: str) -> str:
    """A trigger that may change or refuse the row. Those of one table run in the order of names."""
    return _trigger(f"CREATE TRIGGER {name} BEFORE {event} ON {table}", function, when, args)


def at_end(name: str, event: str, table: str, function: str, when: str = "", *args: str) -> str:
    """A trigger that waits for the end of the transaction."""
    head = f"CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table}"
    return _trigger(f"{head} DEFERRABLE INITIALLY DEFERRED", function, when, args)


def after(name: str, event: str, table: str, function: str, when: str = "", *args: str) -> str:
    """A trigger that looks at what was written."""
    return _trigger(f"CREATE TRIGGER {name} AFTER {event} ON {table}", function, when, args)


def _trigger(head: str, function: str, when: str, args: tuple[str, ...]) -> str:
    condition = f" WHEN ({when})" if when else ""
    values = ", ".join(f"'{value}'" for value in args)
    return f"{head} FOR EACH ROW{condition} EXECUTE FUNCTION {function}({values})"


def refusals() -> list[str]:
    """What no write may do."""
    found = [
        before("guard_a_fixed", "UPDATE", table, "guard_refuse", differs(*columns), message)
        for table, columns in FIXED
        for message in [f"{', '.join(columns)} can never change"]
    ]
    for table, columns in RISING:
        lower = " OR ".join(f"NEW.{name} < OLD.{name}" for name in columns)
        message = f"{', '.join(columns)} can only rise"
        found.append(before("guard_b_rising", "UPDATE", table, "guard_refuse", lower, message))
    revived = "OLD.state = 'REVOKED' AND NEW.state IS DISTINCT FROM 'REVOKED'"
    message = "a revoked key stays revoked"
    key, row = "servers_signingkey", "servers_installation"
    found.append(before("guard_c_revoked", "UPDATE", key, "guard_refuse", revived, message))
    message = "every token stands on this row"
    return [*found, before("guard_c_kept", "DELETE", row, "guard_refuse", "", message)]


def epochs() -> list[str]:
    """Servers and their parts."""
    server = "servers_authorizationserver"
    found = [
        before("guard_d_new", "INSERT", server, "guard_server"),
        before("guard_d_changed", "UPDATE", server, "guard_server", CHANGED),
        before("guard_d_gone", "DELETE", server, "guard_server_gone"),
    ]
    for table, kind, revoking in WITH_EPOCH:
        when = f"{revoking} OR OLD.epoch <> NEW.epoch"
        found += [
            before("guard_d_new", "INSERT", table, "guard_epoch", "", kind),
            before("guard_d_changed", "UPDATE", table, "guard_epoch", when, kind),
        ]
    events = "INSERT OR UPDATE OR DELETE"
    return found + [
        at_end("guard_e_version", events, table, "guard_part", "", kind) for table, kind in PARTS
    ]


def clients_and_people() -> list[str]:
    """Clients with secrets and token policies, users, and the paths between them."""
    client, secret, policy = "clients_client", "clients_clientsecret", "clients_tokenpolicy"
    user, member = "directory_user", "directory_groupmembership"
    used = differs("kind", "digest", "last_four", "status", "expires_at")
    credentials = differs("status", "password")
    found = [
        before("guard_d_changed", "UPDATE", client, "guard_client", CHANGED),
        at_end("guard_e_version", "INSERT OR DELETE", secret, "guard_secret"),
        at_end("guard_e_changed", "UPDATE", secret, "guard_secret", used),
        before("guard_d_changed", "UPDATE", policy, "guard_token_policy", CHANGED),
        at_end("guard_e_users", "UPDATE", policy, "guard_token_policy_users", CHANGED),
        before("guard_d_changed", "UPDATE", user, "guard_user", credentials),
        at_end("guard_e_gone", "DELETE", member, "guard_membership"),
    ]
    for table, kind in ((client, "client"), (user, "user")):
        found += [
            before("guard_d_new", "INSERT", table, "guard_new"),
            after("guard_e_gone", "DELETE", table, "guard_gone", "", kind),
        ]
    for table in PATHS[1:]:
        found += [
            before("guard_d_window", "UPDATE", table, "guard_window", WINDOW),
            at_end("guard_e_gone", "DELETE", table, "guard_assignment"),
            at_end("guard_e_ended", "UPDATE", table, "guard_assignment", WINDOW),
        ]
    return found


def create(apps: Any, schema_editor: Any) -> None:
    """On PostgreSQL only."""
    if schema_editor.connection.vendor != "postgresql":
        return
    run = schema_editor.execute
    run("CREATE TABLE guard_gone_id (id varchar(64) PRIMARY KEY)", None)
    for name, (arguments, result, body) in FUNCTIONS.items():
        head = f"CREATE FUNCTION {name}({arguments}) RETURNS {result} LANGUAGE plpgsql"
        run(f"{head} AS $guard${body}$guard$", None)
    for table in PATHS:
        run(f"ALTER TABLE {table} ALTER COLUMN id SET GENERATED ALWAYS", None)
    by_services = f"NEW.cause <> '{CAUSE}'"
    job = after("guard_note", "INSERT", "systemlog_revocationjob", "guard_job", by_services)
    for statement in [job, *refusals(), *epochs(), *clients_and_people()]:
        run(statement, None)


def drop(apps: Any, schema_editor: Any) -> None:
    """Triggers go with their functions."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, (arguments, _, _) in reversed(FUNCTIONS.items()):
        schema_editor.execute(f"DROP FUNCTION {name}({arguments}) CASCADE", None)
    schema_editor.execute("DROP TABLE guard_gone_id", None)
    for table in PATHS:
        schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN id SET GENERATED BY DEFAULT", None)


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0001_initial"),
        ("servers", "0001_initial"),
        ("clients", "0002_client_origin"),
        ("directory", "0001_initial"),
        ("systemlog", "0003_jobs"),
    ]
    operations = [migrations.RunPython(create, drop)]
