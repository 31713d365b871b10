"""Row 260: a configuration client can't make itself, or another, more than it is."""

import pytest

from apps.clients.models import ClientSecret, TokenPolicy
from tests.factories import make_client, make_token_policy
from tests.management.caller import Caller, enrol

pytestmark = pytest.mark.once  # no statement differs between the databases


@pytest.mark.parametrize(
    ("allowed", "status"),
    [
        (["*:config/clients"], 201),
        ([".:config/clients/*"], 201),
        (["openid", "profile"], 201),
        (["-:**"], 201),
        (["*:**"], 403),
        (["*:config/**", "-:config/x"], 201),
        ([".:login/**"], 403),
        (["*:*/clients"], 403),
    ],
)
def test_row_260_a_policy_holds_at_most_what_its_maker_holds(
    allowed: list[str], status: int
) -> None:
    answer = enrol("*:config/**").post("tokenPolicies", {"title": "N", "allowedScopes": allowed})
    assert answer.status_code == status
    if status == 403:
        assert f'scope="{allowed[0]}"' in answer["WWW-Authenticate"]
        assert not TokenPolicy.objects.filter(title="N").exists()


def test_row_260_what_the_maker_is_denied_the_policy_must_deny_as_well() -> None:
    caller = enrol("*:config/**", "-:config/tokenPolicies/x")
    for allowed, status in (
        (["*:config/tokenPolicies/**"], 403),
        (["*:config/tokenPolicies/*"], 403),
        (["*:config/tokenPolicies/**", "-:config/tokenPolicies/*"], 201),
        (["*:config/clients/**"], 201),
    ):
        body = {"title": f"{allowed}", "allowedScopes": allowed}
        assert caller.post("tokenPolicies", body).status_code == status, allowed


def test_row_260_a_policy_isnt_widened_beyond_its_changer_but_may_be_narrowed(
    admin: Caller, spare: Caller
) -> None:
    caller = enrol("*:config/**")
    policy = spare.client.token_policy
    assert policy is not None
    path = f"tokenPolicies/{policy.pk}"
    for allowed, status in ((["*:**"], 200), ([".:**"], 200), (["*:**"], 403)):
        body = {"title": policy.title, "allowedScopes": allowed}
        assert caller.put(path, body).status_code == status, allowed


def test_row_260_a_client_isnt_given_a_policy_that_its_maker_doesnt_hold() -> None:
    caller, strong = enrol("*:config/**"), make_token_policy()
    body = {"name": "Strong", "type": "configuration", "tokenPolicy": strong.pk}
    assert caller.post("clients", body).status_code == 403
    own = caller.client
    moved = caller.put(f"clients/{own.client_id}", {"name": "Me", "tokenPolicy": strong.pk})
    assert moved.status_code == 403
    own.refresh_from_db()
    assert own.token_policy_id != strong.pk


def test_row_260_a_stronger_clients_secret_isnt_taken_over(admin: Caller) -> None:
    caller = enrol("*:config/**")
    before = set(ClientSecret.objects.values_list("digest", flat=True))
    assert caller.post(f"clients/{admin.client.client_id}/secret").status_code == 403
    assert set(ClientSecret.objects.values_list("digest", flat=True)) == before
    web = make_client("web")
    assert caller.post(f"clients/{web.client_id}/secret").status_code == 201


def test_row_261_what_is_taken_from_the_caller_is_refused_from_the_next_call(
    admin: Caller,
) -> None:
    caller = enrol("*:**")
    policy = caller.client.token_policy
    assert policy is not None
    assert caller.get("clients").status_code == 200
    admin.put(f"tokenPolicies/{policy.pk}", {"title": policy.title, "allowedScopes": [".:**"]})
    assert caller.get("clients").status_code == 403
    fresh = caller.with_token("*:** .:**")
    assert fresh.get("clients").status_code == 200
    assert fresh.delete(f"clients/{admin.client.client_id}").status_code == 403
