"""The rows, made by PostgreSQL itself: one client and one server have half of all tokens and
events, all of them old, which is what a database guesses wrong; the rest is spread.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils.timezone import now

from apps.systemlog import partitions
from apps.systemlog.models import LogEvent
from tests import factories
from tests.bench.bulk import at_once, bare, rows, run, vacuum
from tests.bench.rows import settle

FULL: Final = 10_000_000
LOGIN: Final = "bench@example.com"


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are of each."""

    rows: int
    servers: int
    clients: int
    users: int

    @classmethod
    def of(cls, rows: int) -> "Size":
        """The sizes that go with so many tokens and events."""
        share = min(1.0, rows / FULL)
        return cls(
            rows,
            max(50, int(1000 * share)),
            max(500, int(50_000 * share)),
            max(2000, int(2e5 * share)),
        )

    def __str__(self) -> str:
        return (
            f"{self.servers:,} servers, {self.clients:,} clients, {self.users:,} users, "
            f"{self.rows // 2:,} grants, {self.rows // 2:,} access tokens, {self.rows:,} log events"
        )


PEOPLE: Final = (
    "INSERT INTO directory_user (id, login, email, first_name, last_name, status, profile, epoch,"
    " password_epoch, is_staff, is_superuser, is_help_desk, password, verified_email, created,"
    " last_updated)"
    " SELECT '00u' || lpad(n::text, 17, '0'), 'user' || n || '@example.com',"
    " 'user' || n || '@example.com', 'First' || n % 100, 'Last' || n,"
    " CASE WHEN n % 4000 = 0 THEN 'LOCKED_OUT' ELSE 'ACTIVE' END, '{{}}', 1, 1, n % 5000 = 0,"
    " false, false, '', '', now(), now() FROM generate_series(1, {users}) n",
    "INSERT INTO directory_group (id, name, description, type, created, last_updated)"
    " SELECT '00g' || lpad(n::text, 17, '0'), 'Group ' || n, '', 'OKTA_GROUP', now(), now()"
    " FROM generate_series(1, 500) n",
    "INSERT INTO directory_groupmembership (group_id, user_id, created)"
    " SELECT '00g' || lpad((1 + n % 50)::text, 17, '0'), '00u' || lpad(n::text, 17, '0'), now()"
    " FROM generate_series(1, {users}) n",
)
CLIENTS: Final = (
    "INSERT INTO clients_client (id, client_id, name, type, status, grant_types, response_types,"
    " redirect_uris, post_logout_redirect_uris, token_endpoint_auth_method, jwks, jwks_uri,"
    " pkce_required, consent_method, rotation_type, leeway, allowed_origins, client_uri, logo_uri,"
    " tos_uri, policy_uri, initiate_login_uri, registered_by, version, epoch, created,"
    " last_updated) SELECT '0oa' || lpad(n::text, 17, '0'), 'client-' || n, 'Client ' || n,"
    " CASE WHEN n % 6000 = 0 THEN 'native' ELSE 'web' END,"
    " CASE WHEN n % 4000 = 0 THEN 'INACTIVE' ELSE 'ACTIVE' END,"
    " '[]', '[]', '[]', '[]', 'none', '{{}}', '', true, 'TRUSTED', 'ROTATE', 30, '[]', '', '', '',"
    " '', '', '', 1, 1, now(), now() - n * interval '1 s' FROM generate_series(0, {clients}) n",
)
# `{half}` rows each; the last one is the newest.
GRANTS: Final = (
    "INSERT INTO tokens_grant (id, server_id, client_id, user_id, policy_id, rule_id, scopes,"
    " vector, lifetimes, auth_time, amr, session_id, nonce, created, redirect_uri, code_challenge,"
    " refresh_digest, previous_digest, retries, escrow, family_key, sweep_after, revoked_at,"
    " revoked_by) SELECT 'oar' || lpad(n::text, 17, '0'),"
    " CASE WHEN n <= {half} / 2 THEN 's0' ELSE 's' || n % {servers} END,"
    " '0oa' || lpad((CASE WHEN n <= {half} / 2 THEN 0 ELSE n % {clients} END)::text, 17, '0'),"
    " '00u' || lpad((1 + n % {users})::text, 17, '0'), '', '', 'openid orders:read',"
    " '[1,1,1,1,[1,2,3],[\"e1\"],1]', '3600 0 604800', now(), 'pwd', '', '', now(), '', '',"
    " md5(n::text) || md5('x' || n), '', 0, '', '', now() + n * interval '0.05 s',"
    " CASE WHEN n % 100000 = 0 THEN now() END, '' FROM generate_series(1, {half}) n",
)
TOKENS: Final = (
    "INSERT INTO tokens_accesstoken (digest, grant_id, server_id, client_id, user_id, scopes,"
    " claims, vector, issued_at, expires_at, revoked_at, revoked_by)"
    " SELECT md5(id) || md5(id || 'x'), id, server_id, client_id, user_id, scopes, '{{}}', vector,"
    " created, sweep_after, revoked_at, '' FROM tokens_grant",
    "INSERT INTO tokens_consent (id, server_id, client_id, user_id, scope, created)"
    " SELECT 'oag' || right(id, 17), server_id, client_id, user_id, id, sweep_after"
    " FROM tokens_grant LIMIT {half} / 10",
)
EVENTS: Final = (
    "INSERT INTO systemlog_logevent (uuid, published, event_type, severity, outcome, reason,"
    " actor_id, actor_type, actor_name, client_id, server_id, user_id, reference, ip_address, body)"
    " SELECT md5(n::text)::uuid::text,"
    " now() - ({rows} - n)::float8 / {rows} * interval '{days} days',"
    " CASE WHEN n <= 1000 THEN 'group.lifecycle.create' WHEN n % 2 = 0"
    " THEN 'app.oauth2.as.token.grant' ELSE 'app.oauth2.as.token.grant.access_token' END, 'INFO',"
    " CASE WHEN n % 1000 = 0 THEN 'FAILURE' ELSE 'SUCCESS' END, '', '', '', 'Client ' || n,"
    " '0oa' || lpad((n % {clients})::text, 17, '0'),"
    " CASE WHEN n <= {rows} / 2 THEN 's0' ELSE 's' || n % {servers} END,"
    " '00u' || lpad((1 + n % {users})::text, 17, '0'), 'AAAA-BBBB-CCCC-' || (1000 + n % 9000),"
    " '', '{{\"target\": []}}' FROM generate_series(1, {rows}) n",
)
BIG: Final = ("tokens_grant", "tokens_accesstoken", "tokens_consent")


def make_world(size: Size) -> None:
    """Everything, and a superuser who may look at it."""
    factories.make_superuser(login=LOGIN)
    for n in range(size.servers):
        server = factories.make_server(f"s{n}", name=f"Server {n}")
        factories.make_rule(factories.make_policy(server))
    for statement in (*PEOPLE, *CLIENTS):
        run(statement.format(users=size.users, clients=size.clients))
    first = LogEvent.objects.count()
    fill(size, events=size.rows)
    assert LogEvent.objects.order_by().filter(pk__gt=first)[:1].exists()
    vacuum()
    settle()


def size_on_disk() -> int:
    """Bytes of the database, indexes included."""
    [(size,)] = rows("SELECT pg_database_size(current_database())")
    return int(size)


def fill(size: Size, *, events: int) -> None:
    """Half of the rows as grants, half as their access tokens, and so many events of the log, which
    reach back as far as it is kept."""
    values = {"half": size.rows // 2, "rows": events, "days": settings.LOG_RETENTION_DAYS - 1}
    values |= {"users": size.users, "clients": size.clients, "servers": size.servers}
    at_once(lambda: fill_tokens(values), lambda: fill_log(values))


def fill_tokens(values: dict[str, int]) -> None:
    """Grants, access tokens, consents."""
    with bare(*BIG):
        for statement in (*GRANTS, *TOKENS):
            run(statement.format(**values))


def fill_log(values: dict[str, int]) -> None:
    """The events, in the partitions that their weeks would have had."""
    for weeks in range(0, values["days"] // 7 + 10, partitions.WEEKS_AHEAD):
        partitions.make_ahead(now() - timedelta(weeks=weeks))
    with bare(partitions.TABLE):
        run(EVENTS[0].format(**values))
