"""`manage.py import_dot` against a database that the toolkit's own migrations and models made."""

import os
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command

from apps.clients.models import Client, ClientSecret
from apps.clients.services import unassign_group
from apps.directory.models import Group
from apps.management.toolkit.source import opened
from apps.servers.models import AuthorizationServer
from apps.systemlog.models import LogEvent
from apps.tokens.models import Grant
from authzsite.domain.imported_tokens import checksum, imported_grant_id
from authzsite.domain.validation import InvalidError
from tests.conftest import require
from tests.factories import (
    REDIRECT_URI,
    TESTER,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_user,
)
from tests.logbook import everything
from tests.management.toolkit_world import (
    ADA,
    FULL,
    LONG_SECRET,
    TOKENS,
    post,
    refresh,
    toolkit_database,
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One for all tests: it is only read."""
    return toolkit_database(str(tmp_path_factory.mktemp("toolkit") / "db.sqlite3"))


@pytest.fixture
def server() -> AuthorizationServer:
    """Where the tokens go: it grants `read` to everyone."""
    made = make_server("imported")
    make_scope(made, "read")
    make_rule(make_policy(made), scopes=["read"])
    make_user(login=ADA, email=ADA)
    return made


@pytest.fixture
def run(database: str) -> Callable[..., str]:
    """The command, with what it says."""

    def call(*options: str) -> str:
        out = StringIO()
        call_command("import_dot", database, *options, stdout=out)
        return out.getvalue()

    return call


def test_a_dry_run_says_all_and_changes_nothing(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    before = Client.objects.count(), LogEvent.objects.count()
    said = run(*FULL)
    assert said.startswith("Would import 4 clients and 3 refresh tokens.")
    assert "Nothing was changed. Say --apply to import." in said
    assert (Client.objects.count(), LogEvent.objects.count()) == before
    assert not Grant.objects.exists()


def test_the_report_names_what_cant_come_over_and_why(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    said = run(*FULL)
    assert "implicit-app (Old): the implicit grant isn't offered" in said
    assert "password-app (Shop): the password grant isn't offered" in said
    assert "insecure (Page): redirect_uris" in said
    for reason in (
        "1 refresh tokens: their user isn't known here",
        "1 refresh tokens: the policies here don't grant their scopes to their user",
        "1 refresh tokens: they are shorter than 20 characters",
        "1 refresh tokens: their time is over",
        "1 refresh tokens: their client didn't come over",
    ):
        assert reason in said, said
    assert LONG_SECRET not in said and TOKENS["clear"]["text"] not in said


def test_applications_become_clients_of_their_kind(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    run("--apply")
    kinds = dict(Client.objects.values_list("client_id", "type"))
    assert kinds == {
        "shop-of-the-toolkit": "web",
        "page-of-the-toolkit": "browser",
        "phone-app": "native",
        "robot-of-the-toolkit": "service",
    }
    shop = Client.objects.get(client_id="shop-of-the-toolkit")
    assert shop.redirect_uris == [REDIRECT_URI] and shop.consent_method == "TRUSTED"
    page = Client.objects.get(client_id="page-of-the-toolkit")
    assert page.is_public and page.consent_method == "REQUIRED" and page.rotation_type == "ROTATE"
    assert page.allowed_origins == ["https://page.example.com"]
    assert not Grant.objects.exists()  # no server was named


def test_r5_secrets_work_as_before_and_are_flagged(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    run("--apply", "--assign-everyone")
    kept = {row.client.client_id: row for row in ClientSecret.objects.select_related("client")}
    assert kept["shop-of-the-toolkit"].digest.startswith("pbkdf2_sha256$")
    assert kept["robot-of-the-toolkit"].digest.startswith("$argon2id$")
    assert {row.kind for row in kept.values()} == {ClientSecret.Kind.ARGON2ID}
    form = {"grant_type": "client_credentials", "scope": "read"}
    for client_id, secret, status in (
        ("robot-of-the-toolkit", "a-plain-secret-of-old", 200),
        ("robot-of-the-toolkit", "a-plain-secret-of-now", 401),
    ):
        answer = post("token", form, client_id, secret)
        assert answer.status_code == status, answer.content
    assert refresh("x" * 30).json()["error"] == "invalid_grant"  # the hashed secret was right
    assert refresh("x" * 30, secret=LONG_SECRET[:-1]).status_code == 401


@pytest.mark.parametrize("kind", ["clear", "redacted", "public"])
def test_r13_the_next_refresh_works_once_and_turns_the_token_into_ours(
    run: Callable[..., str], server: AuthorizationServer, kind: str
) -> None:
    run(*FULL, "--apply")
    token = TOKENS[kind]
    who = (token["client_id"], "" if kind == "public" else LONG_SECRET)
    first = refresh(token["text"], *who)
    assert first.status_code == 200, first.content
    ours = first.json()["refresh_token"]
    assert ours.startswith("azrt_") and "read" in first.json()["scope"].split()
    second = refresh(ours, *who)
    assert second.status_code == 200
    replay = refresh(token["text"], *who)
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert LogEvent.objects.filter(event_type="app.oauth2.as.token.detect_reuse").exists()
    assert refresh(second.json()["refresh_token"], *who).status_code == 400  # the family is over


def test_r13_a_retry_inside_the_leeway_gets_the_same_successor(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    run(*FULL, "--apply")
    texts = {refresh(TOKENS["clear"]["text"]).json()["refresh_token"] for _ in range(2)}
    assert len(texts) == 1


def test_r13_another_client_gets_nothing_and_ends_nothing(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    run(*FULL, "--apply")
    assert refresh(TOKENS["clear"]["text"], "page-of-the-toolkit", "").status_code == 400
    assert refresh(TOKENS["clear"]["text"]).status_code == 200


def test_an_imported_token_can_be_introspected_and_revoked(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    run(*FULL, "--apply")
    shop = ("shop-of-the-toolkit", LONG_SECRET)
    form = {"token": TOKENS["redacted"]["text"]}
    told = post("introspect", form, *shop).json()
    assert told["active"] is True and told["scope"] == "openid read"
    assert post("revoke", form, *shop).status_code == 200
    assert post("introspect", form, *shop).json() == {"active": False}
    assert refresh(TOKENS["redacted"]["text"]).status_code == 400


def test_r15_an_imported_grant_stands_on_what_every_grant_stands_on(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    run(*FULL, "--apply")
    client = Client.objects.get(client_id="shop-of-the-toolkit")
    everyone = Group.objects.get(type=Group.Type.BUILT_IN)
    unassign_group(actor=TESTER, client=client, group=everyone)
    assert refresh(TOKENS["clear"]["text"]).status_code == 400


def test_what_the_source_knew_is_stored_and_logged_nowhere(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    run(*FULL, "--apply")
    grant = Grant.objects.get(pk=imported_grant_id(checksum(TOKENS["clear"]["text"])))
    kept = repr(grant.__dict__) + everything()
    for token in TOKENS.values():
        assert token["text"] == "short" or token["text"] not in kept
        assert checksum(token["text"]) not in kept
    assert LogEvent.objects.filter(event_type="app.oauth2.as.token.import").count() == 3


def test_a_second_run_imports_nothing_twice(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    run(*FULL, "--apply")
    before = Client.objects.count(), ClientSecret.objects.count(), Grant.objects.count()
    said = run(*FULL, "--apply")
    assert said.startswith("Imported 0 clients and 0 refresh tokens.")
    assert "3 refresh tokens: imported before" in said
    assert (Client.objects.count(), ClientSecret.objects.count(), Grant.objects.count()) == before


def test_users_may_be_known_by_their_address(
    run: Callable[..., str], server: AuthorizationServer
) -> None:
    assert run(*FULL, "--users", "email").startswith("Would import 4 clients and 3 refresh")
    make_user(login="second@example.com", email=ADA)  # two with one address are nobody
    assert run(*FULL, "--users", "email").startswith("Would import 4 clients and 0 refresh")


def test_the_source_is_opened_for_reading_only(
    database: str, run: Callable[..., str], server: AuthorizationServer
) -> None:
    before = Path(database).read_bytes()
    run(*FULL, "--apply")
    assert Path(database).read_bytes() == before


def test_what_cant_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    for name, content in (("nothing", None), ("text", b"no database at all" * 100)):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(CommandError, match="source"):
            call_command("import_dot", str(tmp_path / name), stdout=StringIO())
    with pytest.raises(CommandError, match="server"):
        db = toolkit_database(str(tmp_path / "db"), applications=[], tokens=[], users=[])
        call_command("import_dot", db, "--server", "nowhere", stdout=StringIO())


@pytest.fixture(scope="module")
def on_postgresql() -> Iterator[str]:
    """The same on PostgreSQL; made before any transaction of a test has to wait for it."""
    server_url = require("PostgreSQL", os.environ.get("SERVICE_DATABASE_URL"))
    name = f"toolkit_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield toolkit_database(urlsplit(server_url)._replace(path=f"/{name}").geturl())
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_a_database_on_postgresql_is_read_as_well(
    on_postgresql: str, server: AuthorizationServer
) -> None:
    out = StringIO()
    call_command("import_dot", on_postgresql, *FULL, "--apply", stdout=out)
    assert out.getvalue().startswith("Imported 4 clients and 3 refresh tokens.")
    assert refresh(TOKENS["redacted"]["text"]).status_code == 200
    with pytest.raises(InvalidError, match="read-only"), opened(on_postgresql) as source:
        list(source._rows("SELECT setval('auth_user_id_seq', 1)"))
