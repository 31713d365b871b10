"""Claims: compiled before they are stored, and harmless to tokens (R12, R15)."""

from typing import Any

import pytest

from apps.servers.models import AuthorizationServer, Claim
from apps.servers.services import create_claim, delete_claim, update_claim
from authzsite.domain.expressions import Expression
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_claim, make_server
from tests.servers.snapshots import changes_of, jobs, last_event, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> AuthorizationServer:
    return make_server("orders")


def test_a_claim_is_in_the_snapshot_compiled(server: AuthorizationServer) -> None:
    make_claim(server, "department", "user.department", scopes=["profile"])
    claim = next(one for one in snapshot(server).claims if one.name == "department")
    assert isinstance(claim.value, Expression) and claim.scopes == {"profile"}


def test_r12_the_seeded_subject_is_editable(server: AuthorizationServer) -> None:
    subject = Claim.objects.get(server=server, name="sub")
    update_claim(actor=TESTER, server_id="orders", claim_id=subject.pk, value="user.email")
    assert changes_of(last_event("oauth2.claim.updated")) == {
        "value": ("(appuser != null) ? appuser.userName : app.clientId", "user.email")
    }


@pytest.mark.parametrize("change", [{"name": "subject"}, {"claim_type": "IDENTITY"}])
def test_r12_the_seeded_subject_stays_what_it_is(
    server: AuthorizationServer, change: dict[str, Any]
) -> None:
    subject = Claim.objects.get(server=server, name="sub")
    with pytest.raises(InvalidError, match="built-in"):
        update_claim(actor=TESTER, server_id="orders", claim_id=subject.pk, **change)
    with pytest.raises(InvalidError, match="deactivated"):
        delete_claim(actor=TESTER, server_id="orders", claim_id=subject.pk)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("name", {"name": "iss"}),
        ("name", {"name": "scp"}),
        ("name", {"name": ""}),
        ("name", {"name": "sub"}),
        ("value", {"value": "user."}),
        ("value", {"value": ""}),
        ("value", {"value_type": "GROUPS", "group_filter_type": "REGEX", "value": "("}),
        ("value", {"value_type": "GROUPS", "group_filter_type": "", "value": "a"}),
        ("value_type", {"value_type": "SYSTEM"}),
        ("value_type", {"value_type": "MAGIC"}),
        ("claim_type", {"claim_type": "BOTH"}),
        ("scopes", {"scopes": ["two words"]}),
        ("status", {"status": "MAYBE"}),
        ("value", {"value": '"\0"'}),
    ],
)
def test_what_no_claim_may_be(
    server: AuthorizationServer, field: str, fields: dict[str, Any]
) -> None:
    given = {"name": "x", "value": "user.email", "claim_type": "RESOURCE", **fields}
    with pytest.raises(InvalidError) as refusal:
        create_claim(actor=TESTER, server_id="orders", **given)
    assert field in {problem.field for problem in refusal.value.problems}


def test_a_groups_claim_has_a_filter(server: AuthorizationServer) -> None:
    fields = {"value_type": "GROUPS", "group_filter_type": "STARTS_WITH"}
    claim = make_claim(server, "groups", "Orders", **fields)
    assert claim.group_filter_type == "STARTS_WITH"


def test_access_tokens_always_hold_their_claims(server: AuthorizationServer) -> None:
    assert make_claim(
        server, "x", "user.email", always_include_in_token=False
    ).always_include_in_token


def test_an_inactive_claim_is_known_as_inactive(server: AuthorizationServer) -> None:
    claim = make_claim(server, "x", "user.email")
    update_claim(actor=TESTER, server_id="orders", claim_id=claim.pk, status="INACTIVE")
    assert not next(one for one in snapshot(server).claims if one.name == "x").is_active


def test_r15_claims_come_and_go_without_killing_anything(server: AuthorizationServer) -> None:
    before = snapshot(server)
    claim = make_claim(server, "x", "user.email")
    update_claim(actor=TESTER, server_id="orders", claim_id=claim.pk, value="user.login")
    delete_claim(actor=TESTER, server_id="orders", claim_id=claim.pk)
    after = snapshot(server)
    assert (after.epoch, after.epochs) == (before.epoch, before.epochs) and jobs() == []
    assert after.version == before.version + 3
