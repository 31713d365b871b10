"""Which claims go into which token: R10, R12 and Okta's rules."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.servers.seeds import SEEDED_CLAIMS
from authzsite.domain.claims import (
    EXPRESSION,
    IDENTITY,
    RESOURCE,
    SYSTEM,
    ClaimFailure,
    ClaimSpec,
    SubjectFacts,
    access_token_claims,
    compile_claim,
    id_token_claims,
    userinfo_claims,
)
from authzsite.domain.expressions import Expression
from authzsite.domain.protected_claims import is_protected, is_reserved
from authzsite.domain.system_claims import SYSTEM_CLAIMS

SEEDED = tuple(
    compile_claim(
        name=seed.name,
        claim_type=seed.claim_type,
        value_type=seed.value_type,
        value=seed.value,
        scopes=seed.scopes,
        always_include=seed.always_include_in_token,
    )
    for seed in SEEDED_CLAIMS
)
ALL_SCOPES = frozenset({"openid", "profile", "email", "address", "phone", "groups", "orders"})
ANN = SubjectFacts(
    client_id="client1",
    scopes=ALL_SCOPES,
    now=datetime(2026, 6, 1, 12, tzinfo=UTC),
    user_id="00u1",
    login="ann@example.com",
    email="ann@example.com",
    is_email_verified=True,
    updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    profile={
        "firstName": "Ann",
        "lastName": "Ash",
        "city": "Ulm",
        "countryCode": "DE",
        "mobilePhone": "+49 1",
        "department": "Sales",
        "locale": "de_DE",
        "nickName": "",
    },
    groups=(("00g1", "Everyone"), ("00g2", "app-admins"), ("00g3", "App-users")),
)
SERVICE = SubjectFacts(client_id="client1", scopes=frozenset({"orders"}), now=ANN.now)
law = settings(max_examples=60, deadline=None)


def expression(text: str, name: str = "x", claim_type: str = RESOURCE, *scopes: str) -> ClaimSpec:
    return compile_claim(
        name=name, claim_type=claim_type, value_type=EXPRESSION, value=text, scopes=scopes
    )


def test_r12_the_subject_of_an_access_token_is_the_login() -> None:
    assert access_token_claims(SEEDED, ANN) == {"sub": "ann@example.com"}


def test_r12_without_a_user_it_is_the_client_id() -> None:
    assert access_token_claims(SEEDED, SERVICE) == {"sub": "client1"}


@pytest.mark.parametrize("text", ["user.missing", '""', "null"])
def test_an_empty_subject_falls_back_to_the_id(text: str) -> None:
    assert access_token_claims([expression(text, "sub")], ANN) == {"sub": "00u1"}


def test_a_subject_that_is_no_text_fails() -> None:
    found = access_token_claims([expression("42", "sub")], ANN)
    assert found == ClaimFailure("user_claim_evaluation_failure", "sub", "the result is no text")


def test_r12_the_subject_can_be_edited() -> None:
    assert access_token_claims([expression("user.department", "sub")], ANN) == {"sub": "Sales"}


def test_the_fat_id_token_has_everything_that_was_granted() -> None:
    assert id_token_claims(SEEDED, ANN, with_access_token=False) == {
        "email": "ann@example.com",
        "email_verified": True,
        "name": "Ann Ash",
        "preferred_username": "ann@example.com",
        "given_name": "Ann",
        "family_name": "Ash",
        "locale": "de_DE",
        "updated_at": 1767225600,
        "address": {"locality": "Ulm", "country": "DE"},
        "phone_number": "+49 1",
        "groups": ["Everyone", "app-admins", "App-users"],
    }


def test_the_thin_id_token_has_what_is_always_included() -> None:
    facts = replace(ANN, scopes=ALL_SCOPES - {"groups"})
    found = id_token_claims(SEEDED, facts, with_access_token=True)
    assert isinstance(found, dict)
    assert set(found) == {"email", "name", "preferred_username"}


def test_userinfo_has_everything_and_the_users_id() -> None:
    fat = id_token_claims(SEEDED, ANN, with_access_token=False)
    assert isinstance(fat, dict)
    assert userinfo_claims(SEEDED, ANN) == fat | {"sub": "00u1"}


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("email", {"email", "email_verified"}),
        ("phone", {"phone_number"}),
        ("address", {"address"}),
        ("groups", {"groups"}),
        ("openid", set()),
        ("orders", set()),
    ],
)
def test_r10_a_scope_brings_its_claims_and_no_others(scope: str, names: set[str]) -> None:
    found = userinfo_claims(SEEDED, replace(ANN, scopes=frozenset({scope})))
    assert isinstance(found, dict)
    assert set(found) == names | {"sub"}


def test_without_a_user_there_are_no_identity_claims() -> None:
    facts = replace(SERVICE, scopes=ALL_SCOPES)
    assert userinfo_claims(SEEDED, facts) == {}
    assert id_token_claims(SEEDED, facts, with_access_token=False) == {}


@pytest.mark.parametrize(
    ("scopes", "is_there"),
    [((), True), (("orders",), True), (("a", "orders"), True), (("a",), False)],
)
def test_a_claim_needs_one_of_its_scopes(scopes: tuple[str, ...], is_there: bool) -> None:
    found = access_token_claims([expression('"v"', "x", RESOURCE, *scopes)], ANN)
    assert isinstance(found, dict)
    assert ("x" in found) is is_there


def test_inactive_claims_and_claims_of_the_other_type_stay_out() -> None:
    specs = [
        replace(expression('"v"', "x"), is_active=False),
        expression('"v"', "y", IDENTITY),
    ]
    assert access_token_claims(specs, ANN) == {"sub": "00u1"}


def test_a_null_result_leaves_the_claim_out() -> None:
    assert access_token_claims([expression("user.nothing")], ANN) == {"sub": "00u1"}


@pytest.mark.parametrize(
    "text", ["1 / 0", "no such expression", "unknown.root", 'Time.fromIso8601ToUnix("x")']
)
def test_a_failing_expression_fails_the_request_and_names_the_claim(text: str) -> None:
    found = access_token_claims([*SEEDED, expression(text, "cost")], ANN)
    assert isinstance(found, ClaimFailure)
    assert (found.reason, found.claim) == ("user_claim_evaluation_failure", "cost")
    assert found.detail


def test_a_broken_claim_whose_scope_was_not_granted_harms_nobody() -> None:
    spec = expression("no such expression", "x", RESOURCE, "admin")
    assert isinstance(access_token_claims([spec], ANN), dict)


def test_expressions_see_user_app_and_groups() -> None:
    seen = {
        "user.login": "ann@example.com",
        "user.email": "ann@example.com",
        "appuser.userName": "ann@example.com",
        "app.clientId": "client1",
        'isMemberOfGroup("00g2")': True,
        'isMemberOfGroupName("nobody")': False,
    }
    for text, value in seen.items():
        found = access_token_claims([expression(text)], ANN)
        assert found == {"sub": "00u1", "x": value}


def test_a_custom_attribute_never_hides_the_users_id() -> None:
    spec = expression('user.getInternalProperty("id")')
    assert isinstance(spec.value, Expression)
    facts = replace(ANN, profile={"id": "00uEVIL", "login": "root"})
    assert access_token_claims([spec], facts) == {"sub": "00u1", "x": "00u1"}


RESERVED = [
    (RESOURCE, name) for name in ("iss", "exp", "cid", "uid", "scp", "jti", "aud", "client_id")
] + [(IDENTITY, name) for name in ("sub", "aud", "nonce", "amr", "device_id", "pwd_exp_days")]


@pytest.mark.parametrize(("claim_type", "name"), RESERVED)
def test_the_servers_own_claims_can_not_be_overridden(claim_type: str, name: str) -> None:
    assert is_reserved(claim_type, name)
    spec = expression('"evil"', name, claim_type)
    assert access_token_claims([spec], ANN) == {"sub": "00u1"}
    assert userinfo_claims([spec], replace(ANN, scopes=frozenset())) == {"sub": "00u1"}


def test_hooks_may_patch_subject_and_audience_of_access_tokens_but_no_groups() -> None:
    assert not is_protected(RESOURCE, "sub")
    assert not is_protected(RESOURCE, "aud")
    assert is_protected(RESOURCE, "groups")
    assert is_protected(IDENTITY, "sub")
    assert not is_reserved(RESOURCE, "groups")
    assert not is_reserved(RESOURCE, "sub")


def test_every_seeded_built_in_claim_has_a_value_and_no_reserved_name() -> None:
    built_in = {seed.name for seed in SEEDED_CLAIMS if seed.value_type == SYSTEM}
    assert built_in == set(SYSTEM_CLAIMS)
    assert not any(is_reserved(seed.claim_type, seed.name) for seed in SEEDED_CLAIMS)


odd = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text(), max_size=2))


@law
@given(
    st.dictionaries(st.sampled_from([*ANN.profile, "displayName", "timezone", "zipCode"]), odd),
    st.frozensets(st.sampled_from(sorted(ALL_SCOPES))),
)
def test_the_built_in_claims_are_total(profile: dict[str, object], scopes: frozenset[str]) -> None:
    facts = replace(ANN, profile=profile, scopes=scopes)
    assert isinstance(userinfo_claims(SEEDED, facts), dict)


@law
@given(
    st.frozensets(st.sampled_from(sorted(ALL_SCOPES))),
    st.frozensets(st.sampled_from(sorted(ALL_SCOPES))),
)
def test_fewer_scopes_never_bring_more_claims(one: frozenset[str], two: frozenset[str]) -> None:
    fewer = userinfo_claims(SEEDED, replace(ANN, scopes=one & two))
    more = userinfo_claims(SEEDED, replace(ANN, scopes=one))
    assert isinstance(fewer, dict)
    assert isinstance(more, dict)
    assert fewer.items() <= more.items()


@law
@given(st.frozensets(st.sampled_from(sorted(ALL_SCOPES))))
def test_the_thin_id_token_is_part_of_the_fat_one(scopes: frozenset[str]) -> None:
    facts = replace(ANN, scopes=scopes)
    thin = id_token_claims(SEEDED, facts, with_access_token=True)
    fat = id_token_claims(SEEDED, facts, with_access_token=False)
    assert isinstance(thin, dict)
    assert isinstance(fat, dict)
    assert set(thin) <= set(fat)
