"""What PostgreSQL reads for a page of a list: rows of an index, never a table (row 296)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.directory.models import User
from apps.systemlog.admin import listing, paging
from apps.tokens.admin import lists

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
ROWS = 12_000
WINDOW = SMALL = 300
MOST = WINDOW + SMALL
FOUND = 40
BIG = ("tokens_", "systemlog_logevent", "directory_user", "clients_client", "management_event")
# One owner has half of everything, and all of it is old: what estimates are wrong about.
SEED = (
    "INSERT INTO directory_user (id, login, email, first_name, last_name, status, profile, epoch,"
    " password_epoch, is_staff, is_superuser, is_help_desk, password, verified_email, created,"
    " last_updated)"
    " SELECT '00u' || lpad(n::text, 17, '0'), 'user' || n || '@example.com',"
    " 'user' || n || '@example.com', 'First' || n % 100, 'Last' || n,"
    " CASE WHEN n % 4000 = 0 THEN 'LOCKED_OUT' ELSE 'ACTIVE' END, '{{}}', 1, 1, n % 5000 = 0,"
    " false, false, '', '', now(), now() FROM generate_series(1, {rows}) n",
    "INSERT INTO clients_client (id, client_id, name, type, status, grant_types, response_types,"
    " redirect_uris, post_logout_redirect_uris, token_endpoint_auth_method, jwks, jwks_uri,"
    " pkce_required, consent_method, rotation_type, leeway, allowed_origins, client_uri, logo_uri,"
    " tos_uri, policy_uri, initiate_login_uri, registered_by, version, epoch, created,"
    " last_updated) SELECT '0oa' || lpad(n::text, 17, '0'), 'client-' || n, 'Client ' || n,"
    " CASE WHEN n % 6000 = 0 THEN 'native' ELSE 'web' END,"
    " CASE WHEN n % 4000 = 0 THEN 'INACTIVE' ELSE 'ACTIVE' END,"
    " '[]', '[]', '[]', '[]', 'none', '{{}}', '', true, 'TRUSTED', 'ROTATE', 30, '[]', '', '', '',"
    " '', '', '', 1, 1, now(), now() - n * interval '1 s' FROM generate_series(1, {rows}) n",
    "INSERT INTO tokens_grant (id, server_id, client_id, user_id, policy_id, rule_id, scopes,"
    " vector, lifetimes, auth_time, amr, session_id, nonce, created, redirect_uri, code_challenge,"
    " refresh_digest, previous_digest, retries, escrow, family_key, sweep_after, revoked_at,"
    " revoked_by) SELECT 'oar' || lpad(n::text, 17, '0'),"
    " CASE WHEN n <= {rows} / 2 THEN 'big' ELSE 's' || n % 50 END,"
    " '0oa' || lpad((CASE WHEN n <= {rows} / 2 THEN 0 ELSE n END)::text, 17, '0'),"
    " '00u' || lpad((n % 500)::text, 17, '0'), '', '', '', '[]', '', now(), 'pwd', '', '', now(),"
    " '', '', '', '', 0, '', '', now() + n * interval '1 s',"
    " CASE WHEN n % 3000 = 0 THEN now() END, '' FROM generate_series(1, {rows}) n",
    "INSERT INTO tokens_accesstoken (digest, grant_id, server_id, client_id, user_id, scopes,"
    " claims, vector, issued_at, expires_at, revoked_by)"
    " SELECT md5(id) || md5(id || 'x'), id, server_id, client_id, user_id, '', '{{}}', '[]', now(),"
    " sweep_after, '' FROM tokens_grant",
    "INSERT INTO tokens_consent (id, server_id, client_id, user_id, scope, created)"
    " SELECT 'oag' || right(id, 17), server_id, client_id, user_id, id, sweep_after"
    " FROM tokens_grant",
    "INSERT INTO systemlog_logevent (uuid, published, event_type, severity, outcome, reason,"
    " actor_id, actor_type, actor_name, client_id, server_id, user_id, reference, ip_address, body)"
    " SELECT n::text, now() - (({rows} - n) * interval '1 s'),"
    " CASE WHEN n <= 100 THEN 'group.lifecycle.create' WHEN n % 2 = 0"
    " THEN 'app.oauth2.as.token.grant' ELSE 'app.oauth2.as.token.grant.access_token' END, 'INFO',"
    " CASE WHEN n = 5 THEN 'FAILURE' ELSE 'SUCCESS' END, '', '', '', 'Client ' || n,"
    " '0oa' || lpad((n % 100)::text, 17, '0'), CASE WHEN n < 6000 THEN 'big' ELSE 's' END,"
    " '00u' || lpad((n % 500)::text, 17, '0'), 'AAAA-BBBB-CCCC-' || (1000 + n % 9000), '', '{{}}'"
    " FROM generate_series(1, {rows}) n",
)
PAGES = (
    *("directory/user/", "directory/user/?q=user7", "directory/user/?q=^USER119"),
    *("directory/user/?q=nobody", "directory/user/?q==user77@example.com"),
    *("directory/user/?q=First7 Last1", "directory/user/?o=-3"),
    *("directory/user/?status__exact=LOCKED_OUT", "directory/user/?status__exact=ACTIVE"),
    *("directory/user/?role=auditor", "directory/user/?role=auditor&status__exact=LOCKED_OUT"),
    *("directory/user/?q=user&status__exact=LOCKED_OUT", "directory/user/?role=administrator"),
    *("clients/client/", "clients/client/?q=client 77", "clients/client/?q=nothing"),
    *("clients/client/?q==client-77", "clients/client/?o=-6", "clients/client/?o=2"),
    *("clients/client/?type__exact=native", "clients/client/?status__exact=INACTIVE"),
    *("clients/client/?status__exact=INACTIVE&type__exact=native",),
    *("tokens/grant/", "tokens/grant/?client_id={big}", "tokens/grant/?server_id=big"),
    *("tokens/grant/?user_id={user}", "tokens/grant/?q={user}", "tokens/grant/?q=oar{zeros}7"),
    *("tokens/grant/?revoked=yes", "tokens/grant/?revoked=no", "tokens/grant/?q=nothing"),
    *("tokens/grant/?client_id={big}&revoked=yes", "tokens/grant/?user_id={user}&revoked=yes"),
    *("tokens/grant/?client_id={big}&server_id=s1", "tokens/grant/?server_id=s7"),
    *("tokens/accesstoken/", "tokens/accesstoken/?client_id={big}", "tokens/accesstoken/?q={user}"),
    *("tokens/accesstoken/?revoked=yes", "tokens/accesstoken/?q=oar{zeros}7"),
    *("tokens/consent/", "tokens/consent/?q={user}", "tokens/consent/?q={big}"),
    *("tokens/consent/?server_id=s1", "tokens/consent/?q=nobody"),
    *("systemlog/logevent/", "systemlog/logevent/?what=people", "systemlog/logevent/?what=grants"),
    *("systemlog/logevent/?outcome=FAILURE", "systemlog/logevent/?severity=ERROR"),
    *("systemlog/logevent/?since=hour", "systemlog/logevent/?since=week"),
    *("systemlog/logevent/?server_id=big", "systemlog/logevent/?user_id={user}"),
    *("systemlog/logevent/?reference=AAAA-BBBB-CCCC-2222", "systemlog/logevent/?q=nobody"),
    *("systemlog/logevent/?server_id=big&outcome=FAILURE",),
    *("systemlog/logevent/?what=people&outcome=FAILURE",),
    *("systemlog/revocationjob/?q=x", "management/eventdelivery/?state=DEAD"),
    *("directory/group/", "servers/authorizationserver/", ""),
)
NAMES = {"{zeros}": "0" * 16, "{big}": "0oa" + "0" * 17, "{user}": "00u" + "0" * 15 + "77"}


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The rows, once for all pages, gone afterwards."""
    tables = (
        *("directory_user", "clients_client", "tokens_grant", "tokens_accesstoken"),
        *("tokens_consent", "systemlog_logevent"),
    )
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for statement in SEED:
            cursor.execute(statement.format(rows=ROWS))
        for table in tables:
            cursor.execute(f"ANALYZE {table}")
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


def scans(plan: Any) -> Iterator[dict[str, Any]]:
    """All nodes of a plan that read a table."""
    if "Relation Name" in plan or "Index Name" in plan:
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def rows_read(node: dict[str, Any]) -> float:
    """Rows that a scan has looked at, those that it left out, too."""
    left_out = sum(v for name, v in node.items() if name.startswith("Rows Removed by"))
    return float((node["Actual Rows"] + left_out) * node["Actual Loops"])


@pytest.mark.parametrize("place", PAGES)
def test_row_296_no_statement_of_a_list_reads_more_than_its_window(
    place: str, crowd: None, superuser: User, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "WINDOW", WINDOW)
    monkeypatch.setattr(lists, "SMALL", SMALL)
    monkeypatch.setattr(listing, "MOST_FOUND", FOUND)
    monkeypatch.setattr("authzsite.menu.COUNT_LIMIT", WINDOW)
    for name, value in NAMES.items():
        place = place.replace(name, value)
    with CaptureQueriesContext(connection) as seen:
        assert root.get(f"/admin/{place}").status_code == 200
    selects = [q["sql"] for q in seen if q["sql"].startswith("SELECT") or "UNION" in q["sql"]]

    for sql in selects:
        with transaction.atomic(), connection.cursor() as cursor:
            # So few rows would be scanned at once; what has no index is scanned nevertheless.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
            found = cursor.fetchone()[0]
        plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        for node in scans(plan):
            if str(node.get("Relation Name", "")).startswith(BIG):
                # Who looks for a common beginning finds enough of them anywhere.
                most = 4 * MOST if node["Actual Rows"] == FOUND else MOST
                assert rows_read(node) <= most, f"{sql}\n{json.dumps(node, indent=1)}"
