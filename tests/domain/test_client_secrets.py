"""Secrets of clients: which one matched, until when, and what a wrong one costs (rows 37-44)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from authzsite.domain.client_auth import (
    AuthFault,
    AuthMethod,
    ClientCredentials,
    ClientFacts,
    SecretFact,
    SecretKind,
    check_client,
    check_secret,
)
from authzsite.domain.tokens import Kind, digest, mint

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECRET = mint(Kind.SECRET, b"s" * 32)
OLD = mint(Kind.SECRET, b"o" * 32)
FACTS = ClientFacts(
    id="0oa1",
    client_id="client1",
    auth_method=AuthMethod.BASIC,
    secrets=(
        SecretFact("ocs1", digest(Kind.SECRET, OLD), expires_at=NOW + timedelta(seconds=60)),
        SecretFact("ocs2", digest(Kind.SECRET, SECRET)),
    ),
)


def present(secret: str = SECRET, method: AuthMethod = AuthMethod.BASIC) -> ClientCredentials:
    return ClientCredentials(method, "client1", secret)


def reason_of(found: object) -> str | None:
    return found.reason if isinstance(found, AuthFault) else None


def test_the_secret_that_matched_is_named() -> None:
    found = check_secret(FACTS, present(), NOW)
    assert isinstance(found, SecretFact)
    assert found.id == "ocs2"


@pytest.mark.parametrize(("seconds", "works"), [(0, True), (59, True), (60, False), (61, False)])
def test_row_43_the_old_secret_works_until_the_end_of_the_overlap(
    seconds: int, works: bool
) -> None:
    now = NOW + timedelta(seconds=seconds)
    assert isinstance(check_secret(FACTS, present(OLD), now), SecretFact) is works
    assert isinstance(check_secret(FACTS, present(SECRET), now), SecretFact)


@pytest.mark.parametrize(
    ("facts", "presented", "reason"),
    [
        (None, present(), "invalid_client_id"),
        (replace(FACTS, client_id="CLIENT1"), present(), "invalid_client_id"),
        (replace(FACTS, is_active=False), present(), "client_inactive"),  # row 44
        (FACTS, present(SECRET[:-1]), "invalid_client_secret"),
        (FACTS, present("s" * 10**6), "invalid_client_secret"),  # row 42
        (FACTS, present(method=AuthMethod.POST), "invalid_token_endpoint_auth_method"),  # row 38
        (FACTS, present("", AuthMethod.NONE), "missing_client_credentials"),  # row 40
        (FACTS, present(""), "invalid_client_secret"),
        (
            replace(FACTS, auth_method=AuthMethod.NONE),
            present(),
            "invalid_token_endpoint_auth_method",  # row 39
        ),
        (
            replace(FACTS, auth_method=AuthMethod.PRIVATE_KEY_JWT),
            present(),
            "invalid_token_endpoint_auth_method",  # row 38
        ),
        (
            replace(FACTS, auth_method=AuthMethod.PRIVATE_KEY_JWT),
            present("", AuthMethod.PRIVATE_KEY_JWT),
            "invalid_client_secret",
        ),
        (replace(FACTS, secrets=()), present(), "invalid_client_secret"),
        (replace(FACTS, secrets=(SecretFact("x", ""),)), present(""), "invalid_client_secret"),
        (
            replace(FACTS, secrets=(replace(FACTS.secrets[1], is_active=False),)),
            present(),
            "invalid_client_secret",
        ),
    ],
)
def test_it_is_refused_with_the_reason(
    facts: ClientFacts | None, presented: ClientCredentials, reason: str
) -> None:
    found = check_secret(facts, presented, NOW)
    assert isinstance(found, AuthFault)
    assert found == AuthFault("invalid_client", reason)


def test_a_public_client_sends_its_id_only() -> None:
    public = replace(FACTS, auth_method=AuthMethod.NONE, secrets=())
    assert check_secret(public, present("", AuthMethod.NONE), NOW) is None
    assert check_client(public, present("", AuthMethod.NONE)) is None


def test_imported_secrets_are_verified_by_the_slow_check() -> None:
    slow = SecretFact("ocs9", "$argon2id$...", SecretKind.ARGON2ID)
    facts = replace(FACTS, secrets=(slow,))
    asked: list[tuple[str, str]] = []

    def verify(stored: str, secret: str) -> bool:
        asked.append((stored, secret))
        return secret == "correct horse"

    assert check_secret(facts, present("correct horse"), NOW, verify_slow=verify) == slow
    assert reason_of(check_secret(facts, present("wrong"), NOW, verify_slow=verify))
    assert reason_of(check_secret(facts, present("x" * 256), NOW, verify_slow=verify))
    assert reason_of(check_secret(facts, present("correct horse"), NOW))
    assert [secret for _, secret in asked] == ["correct horse", "wrong"]


def test_row_37_an_unknown_client_costs_a_digest_too(monkeypatch: pytest.MonkeyPatch) -> None:
    digested: list[str] = []

    def count(kind: str, text: str) -> str:
        digested.append(text)
        return digest(kind, text)

    monkeypatch.setattr("authzsite.domain.client_auth.digest", count)
    check_secret(None, present(), NOW)
    assert digested == [SECRET]
