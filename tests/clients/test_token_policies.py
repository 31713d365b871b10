"""Token policies and the last one who can manage the configuration (R15, R19, R23)."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.clients.models import Client, TokenPolicy
from apps.clients.services import (
    create_secret,
    deactivate_client,
    deactivate_secret,
    delete_client,
    delete_token_policy,
    manages_configuration,
    revoke_secret_now,
    update_client,
    update_token_policy,
)
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_client, make_token_policy
from tests.logbook import changes, events, jobs, mark

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"access_token_lifetime": 59}, "access_token_lifetime"),
        ({"access_token_lifetime": 3601}, "access_token_lifetime"),
        ({"refresh_token_lifetime": 59}, "refresh_token_lifetime"),
        ({"refresh_token_lifetime": 31_557_601}, "refresh_token_lifetime"),
        ({"allowed_scopes": ["+:config/**"]}, "allowed_scopes"),
        ({"allowed_scopes": ["*:conf*"]}, "allowed_scopes"),
        ({"allowed_scopes": "*:**"}, "allowed_scopes"),
    ],
)
def test_r19_it_refuses_what_is_outside_the_limits(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as error:
        make_token_policy(**fields)

    assert error.value.problems[0].field == field


def test_titles_are_unique() -> None:
    make_token_policy(title="Operators")

    with pytest.raises(InvalidError):
        make_token_policy(title="Operators")


def test_r15_a_new_title_ends_nothing() -> None:
    policy = make_token_policy(title="Before")

    changed = update_token_policy(actor=TESTER, policy=policy, title="After")

    assert changed.epoch == policy.epoch
    assert jobs() == []
    assert changes("token_policy.lifecycle.update") == {"title": ("Before", "After")}


@pytest.mark.parametrize(
    "fields",
    [
        {"allowed_scopes": [".:config/**"]},
        {"access_token_lifetime": 60},
        {"refresh_token_lifetime": 60},
        {"use_access_jwt": True},
    ],
)
def test_r15_any_other_change_ends_the_tokens_issued_under_it(fields: dict[str, Any]) -> None:
    make_client("config")
    client = make_client("config")
    version = Client.objects.get(pk=client.pk).version
    policy = client.token_policy
    assert policy is not None

    changed = update_token_policy(actor=TESTER, policy=policy, **fields)

    assert changed.epoch == policy.epoch + 1
    assert Client.objects.get(pk=client.pk).version == version + 1
    assert jobs() == [("token_policy", "token_policy.lifecycle.update")]


def test_an_update_that_changes_nothing_writes_nothing() -> None:
    policy, start = make_token_policy(), mark()

    update_token_policy(actor=TESTER, policy=policy, access_token_lifetime=3600)

    assert (events(since=start), jobs()) == ([], [])


def test_no_two_policies_share_an_epoch_with_each_other_or_with_a_server() -> None:
    epochs = {make_token_policy().epoch for _ in range(20)}

    assert len(epochs) == 20
    assert min(epochs) > 2**47


def test_a_policy_in_use_can_not_be_deleted_and_says_by_whom() -> None:
    client = make_client("config", client_id="operators-console")
    policy = client.token_policy
    assert policy is not None

    with pytest.raises(InvalidError) as error:
        delete_token_policy(actor=TESTER, policy=policy)

    assert "operators-console" in error.value.problems[0].message
    delete_token_policy(actor=TESTER, policy=make_token_policy())
    assert TokenPolicy.objects.get() == policy


def strip(client: Client) -> None:
    assert client.token_policy is not None
    update_token_policy(actor=TESTER, policy=client.token_policy, allowed_scopes=[".:**"])


def deny(client: Client) -> None:
    assert client.token_policy is not None
    scopes = ["*:**", "-:config/clients/*/secret"]
    update_token_policy(actor=TESTER, policy=client.token_policy, allowed_scopes=scopes)


def reassign(client: Client) -> None:
    weak = make_token_policy(allowed_scopes=["*:config/clients/**"])
    update_client(actor=TESTER, client=client, token_policy=weak)


WAYS_OUT: list[Callable[[Client], object]] = [
    lambda client: delete_client(actor=TESTER, client=client),
    lambda client: deactivate_client(actor=TESTER, client=client),
    lambda client: revoke_secret_now(actor=TESTER, secret=client.secrets.get()),
    strip,
    deny,
    reassign,
]


@pytest.mark.parametrize("leave", WAYS_OUT)
def test_r23_the_last_client_that_manages_the_configuration_stays(
    leave: Callable[[Client], object],
) -> None:
    last = make_client("config")
    make_client("config", token_policy=make_token_policy(allowed_scopes=[".:**"]))
    deactivate_client(actor=TESTER, client=make_client("config"))

    with pytest.raises(InvalidError, match="prepare another one first"):
        leave(last)

    assert manages_configuration(Client.objects.get(pk=last.pk))


@pytest.mark.parametrize("leave", WAYS_OUT)
def test_r23_one_of_two_may_go(leave: Callable[[Client], object]) -> None:
    one, other = make_client("config"), make_client("config")

    leave(one)

    assert manages_configuration(Client.objects.get(pk=other.pk))


def test_r23_the_last_one_may_change_its_secret() -> None:
    client = make_client("config")
    old = client.secrets.get()
    create_secret(actor=TESTER, client=client)

    deactivate_secret(actor=TESTER, secret=old)

    assert manages_configuration(Client.objects.get(pk=client.pk))


def test_r23_other_clients_are_free_to_go() -> None:
    delete_client(actor=TESTER, client=make_client("web"))

    assert not Client.objects.exists()
