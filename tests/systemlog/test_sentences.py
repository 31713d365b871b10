"""Every event that the product writes reads as a sentence."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import apps.systemlog
from apps.systemlog.admin.sentences import FAILURES, REASONS, SENTENCES
from apps.systemlog.admin.tell import (
    filled,
    reason_words,
    sentence,
    server_name,
    with_owner_names,
)
from apps.systemlog.entries import SYSTEM, Actor, Entry, Target
from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent
from apps.systemlog.record import row_of
from tests.factories import make_client, make_server, make_user

ROOT = Path(apps.systemlog.__file__).parents[2]
KNOWN = {
    *(
        "who",
        "actor",
        "client",
        "user",
        "named",
        "at",
        "server",
        "someone",
        "app",
        "team",
        "thing",
        "owner",
    ),
    *("revoked", "denied", "cause", "count", "call", "message"),
}
ADA = Actor("u1", "User", "ada@example.com", "Ada Doe")
SHOP = Target("c1", "PublicClientApp", "shop", "Shop")
ALICE = Target("u2", "User", "alice@example.com", "Alice Doe")
ORDERS = Target("s1", "AuthorizationServer", "https://orders", "Orders API")
STAFF = Target("g1", "UserGroup", "Staff", "Staff")
SCOPE = Target("x1", "OAuth2Scope", "orders:read", "orders:read")


def told(
    event_type: str, *targets: Target, actor: Actor = ADA, outcome: str = "", reason: str = ""
) -> str:
    outcome = outcome or ("FAILURE" if reason else "SUCCESS")
    entry = Entry(event_type, actor, targets, outcome, reason)
    return sentence(LogEvent(**row_of(entry)), why=True)


def test_every_type_of_the_catalogue_has_a_sentence() -> None:
    assert set(CATALOGUE) - set(SENTENCES) == set(), "see apps/systemlog/admin/sentences.py"
    assert {name.partition(":")[0] for name in FAILURES} <= set(SENTENCES)


def words_in_code() -> Iterator[tuple[str, str]]:
    """Each text of the code that looks like the name of an event."""
    families = tuple({name.partition(".")[0] + "." for name in CATALOGUE})
    for path in sorted((ROOT / "apps").rglob("*.py")):
        if "migrations" in path.parts or path.name in ("events.py", "sentences.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and text.startswith(families) and text.count(".") > 1:
                yield str(path.relative_to(ROOT)), text


def test_every_name_of_an_event_in_the_code_is_a_type_with_a_sentence_or_begins_some() -> None:
    found = list(words_in_code())
    assert len({name for _, name in found}) > 40
    dangling = {
        (path, name)
        for path, name in found
        if name.replace("_", "").replace(".", "").isalpha()
        and not any(known.startswith(name) for known in CATALOGUE)
        and not name.startswith(("apps.", "application.openid"))
    }
    assert dangling == set()


@pytest.mark.once
@pytest.mark.parametrize("outcome", ["SUCCESS", "FAILURE"])
@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_sentence_holds_with_every_name_and_with_none(name: str, outcome: str) -> None:
    for targets in ((ALICE, SHOP, ORDERS, STAFF, SCOPE), ()):
        words = told(name, *targets, outcome=outcome)
        assert words[0].isupper() and not set("{}[]") & set(words), words
        assert "  " not in words and not words.endswith((" ", ":")), words
        dangling = words.rpartition(" ")[2]
        assert dangling not in ("of", "to", "from", "for", "at", "the"), words


def test_a_sentence_speaks_of_what_is_known_only() -> None:
    for words in (*SENTENCES.values(), *FAILURES.values()):
        plain = str(words).replace("[", "").replace("]", "")
        names = {field for _, field, _, _ in string.Formatter().parse(plain) if field}
        assert names <= KNOWN, words


def test_what_is_unknown_is_left_out() -> None:
    assert filled("{a} saw[ {b}][ at {c}]", {"a": "Ada", "c": "noon"}) == "Ada saw at noon"
    assert filled("{a}", {"a": "[{b}]", "b": "no"}) == "[{b}]"


def test_changes_are_told_by_who_made_them() -> None:
    assert told("oauth2.scope.created", SCOPE, ORDERS) == (
        "Ada Doe created the scope orders:read on Orders API"
    )
    assert told("group.user_membership.add", ALICE, STAFF) == (
        "Ada Doe added Alice Doe to the group Staff"
    )
    assert told("system.job.run", Target("x", "Job", "x", "Sweep"), actor=SYSTEM) == (
        "The job Sweep ran"
    )


def test_requests_are_told_by_whom_they_were_for() -> None:
    shop = Actor("c1", "PublicClientApp", "shop", "Shop")
    at = (ORDERS, ALICE, SHOP)
    code = told("app.oauth2.as.authorize.code", *at, actor=shop)
    assert code == "Alice Doe got an authorization code for Orders API at Shop"
    assert told("app.oauth2.as.token.grant.access_token", ORDERS, SHOP, actor=shop) == (
        "Shop got an access token for Orders API"
    )
    assert told(
        "app.oauth2.as.token.grant", *at, actor=shop, reason="pkce_verification_failed"
    ) == ("Alice Doe was refused a token for Orders API: the PKCE verifier does not fit")


def test_a_reason_without_words_is_told_as_it_is_written() -> None:
    event = LogEvent(**row_of(Entry("user.session.start", ADA, reason="LOCKED_OUT")))
    assert reason_words(event) == "LOCKED OUT"
    assert "" not in map(str, REASONS.values())


def test_owners_that_an_event_knows_by_id_only_get_names_in_three_statements(
    db: None, django_assert_num_queries: object
) -> None:
    user, client, server = (
        make_user(login="ada@example.com"),
        make_client("web", name="Shop"),
        (make_server("orders", name="Orders API")),
    )
    target = Target("t" * 20, "refresh_token")
    entry = Entry(
        "app.oauth2.as.token.revoke",
        ADA,
        (target,),
        client_id=client.pk,
        server_id=server.pk,
        user_id=user.pk,
    )
    events = [LogEvent(**row_of(entry)) for _ in range(3)]
    with django_assert_num_queries(3):  # type: ignore[operator]
        named = with_owner_names(events)
    assert {sentence(event) for event in named} == {
        "Ada Doe revoked a refresh token of ada@example.com at Shop"
    }


@pytest.mark.django_db
def test_a_server_is_called_by_its_name_where_an_event_knows_only_its_id() -> None:
    make_server("orders", name="Orders API")
    place = Target("orders", "AuthorizationServer", "", "", {"TokenCount": 3})
    kind = "app.oauth2.token.revoke.implicit.as"
    entry = Entry(kind, SYSTEM, (place,), reason="rule changed", server_id="orders")
    event = with_owner_names([LogEvent(**row_of(entry))])[0]
    assert server_name(event) == "Orders API"
    assert sentence(event) == "3 tokens of Orders API were marked as ended: rule changed"
