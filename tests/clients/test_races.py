"""Two changes of clients at once (R5, R15, R23)."""

from collections.abc import Callable
from functools import partial

import pytest

from apps.clients.models import Client, UserAssignment
from apps.clients.services import (
    assign_user,
    create_secret,
    deactivate_client,
    manages_configuration,
    unassign_user,
    update_client,
    update_token_policy,
)
from apps.directory.services import deactivate_user
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_client, make_user
from tests.logbook import events
from tests.races import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def strip(client: Client) -> None:
    assert client.token_policy is not None
    update_token_policy(actor=TESTER, policy=client.token_policy, allowed_scopes=[".:**"])


def stop(client: Client) -> None:
    deactivate_client(actor=TESTER, client=client)


@pytest.mark.parametrize(("one", "other"), [(stop, stop), (strip, strip), (stop, strip)])
def test_r23_of_two_managing_clients_that_end_at_once_one_stays(
    one: Callable[[Client], None], other: Callable[[Client], None]
) -> None:
    for _ in range(ROUNDS):
        Client.objects.all().delete()
        clients = [make_client("config"), make_client("config")]

        results = at_once(partial(one, clients[0]), partial(other, clients[1]))

        assert [type(error) for error in failures(results)] == [InvalidError]
        assert [manages_configuration(client) for client in Client.objects.all()].count(True) == 1


def test_r5_a_third_secret_can_not_slip_in() -> None:
    for _ in range(ROUNDS):
        client = make_client()
        create = partial(create_secret, actor=TESTER, client=client)

        results = at_once(create, create)

        assert [type(error) for error in failures(results)] == [InvalidError]
        assert client.secrets.count() == 2


def test_r15_no_revoking_change_is_lost_from_the_epoch() -> None:
    client = make_client()
    uris = [[f"https://app.example.com/{n}"] for n in range(4)]

    results = at_once(
        *(partial(update_client, actor=TESTER, client=client, redirect_uris=one) for one in uris)
    )

    assert failures(results) == []
    assert Client.objects.get(pk=client.pk).epoch == client.epoch + 4


def test_a_user_who_is_assigned_or_unassigned_twice_at_once_is_so_once() -> None:
    user, client = make_user(), make_client()
    assign = partial(assign_user, actor=TESTER, client=client, user=user)
    unassign = partial(unassign_user, actor=TESTER, client=client, user=user)

    assert failures(at_once(assign, assign, assign)) == []
    assert UserAssignment.objects.count() == 1
    assert sorted(at_once(unassign, unassign)) == [False, True]
    assert events().count("application.user_membership.remove") == 1


def test_a_user_who_is_deactivated_meanwhile_ends_without_assignment() -> None:
    for _ in range(ROUNDS):
        user, client = make_user(), make_client()

        at_once(
            partial(assign_user, actor=TESTER, client=client, user=user),
            partial(deactivate_user, actor=TESTER, user=user),
        )

        assert not UserAssignment.objects.filter(user=user).exists()
