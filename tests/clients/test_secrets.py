"""Secrets of clients: random, stored as digests, replaced with overlap (R5, R15, R23)."""

from datetime import timedelta
from importlib.util import find_spec, module_from_spec

import pytest
from django.utils import timezone

from apps.clients.compile import compile_client
from apps.clients.models import Client
from apps.clients.secrets import verify_slow
from apps.clients.services import (
    activate_secret,
    create_secret,
    deactivate_secret,
    delete_secret,
    note_secret_use,
    revoke_secret_now,
    rotate_secret,
)
from authzsite.domain.client_auth import AuthMethod, ClientCredentials, SecretFact, check_secret
from authzsite.domain.tokens import Kind, looks_like
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_client, make_client_and_secret
from tests.logbook import events, everything, jobs, mark

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def accepts(client: Client, secret: str, after: timedelta = timedelta(0)) -> bool:
    """Whether the client authenticates with the secret, some time from now."""
    facts = compile_client(client.pk).facts
    presented = ClientCredentials(AuthMethod.BASIC, client.client_id, secret)
    found = check_secret(facts, presented, timezone.now() + after, verify_slow=verify_slow)
    return isinstance(found, SecretFact)


def test_a_generated_secret_is_ours_and_only_its_digest_is_stored() -> None:
    client, secret = make_client_and_secret()
    row = client.secrets.get()

    assert looks_like(Kind.SECRET, secret)
    assert accepts(client, secret)
    assert (row.kind, row.last_four) == ("sha256", secret[-4:])
    assert secret not in row.digest


def test_a_chosen_secret_is_hashed_slowly_and_so_can_be_found_for_rotation() -> None:
    client, secret = make_client_and_secret(secret="chosen-by-a-human")

    assert secret == "chosen-by-a-human"
    assert client.secrets.get().kind == "argon2id"
    assert accepts(client, secret)
    assert not accepts(client, "chosen-by-another")


def test_a_chosen_secret_costs_whoever_guesses_19_mebibytes_and_two_passes() -> None:
    spec = find_spec("apps.clients.secrets")  # as it is installed: tests use a quicker hasher
    assert spec and spec.loader
    spec.loader.exec_module(installed := module_from_spec(spec))
    digest = installed.chosen_secret("chosen-by-a-human").digest
    assert digest.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_at_most_two_secrets_live_at_once() -> None:
    client = make_client()
    create_secret(actor=TESTER, client=client)

    with pytest.raises(InvalidError):
        create_secret(actor=TESTER, client=client)


def test_an_expired_secret_makes_room_for_another() -> None:
    client = make_client()
    create_secret(actor=TESTER, client=client)
    client.secrets.update(expires_at=timezone.now() - DAY)

    create_secret(actor=TESTER, client=client)

    assert client.secrets.count() == 1


def test_rotation_with_overlap_accepts_both_and_then_only_the_new_one() -> None:
    client, old = make_client_and_secret()

    _, new = rotate_secret(actor=TESTER, client=client, overlap=DAY)

    assert accepts(client, old) and accepts(client, new)
    assert not accepts(client, old, after=DAY)
    assert accepts(client, new, after=DAY)


def test_rotation_without_overlap_works_with_two_secrets_too() -> None:
    client, old = make_client_and_secret()
    _, other = create_secret(actor=TESTER, client=client)

    _, new = rotate_secret(actor=TESTER, client=client)

    assert [accepts(client, secret) for secret in (old, other, new)] == [False, False, True]


def test_r15_rotation_revokes_nothing_but_raises_the_version() -> None:
    client = make_client()
    client.refresh_from_db()

    rotate_secret(actor=TESTER, client=client, overlap=DAY)

    after = Client.objects.get(pk=client.pk)
    assert after.epoch == client.epoch
    assert after.version > client.version
    assert jobs() == []


def test_the_only_active_secret_can_not_be_deactivated_nor_an_active_one_deleted() -> None:
    client = make_client()
    first = client.secrets.get()
    with pytest.raises(InvalidError):
        deactivate_secret(actor=TESTER, secret=first)
    create_secret(actor=TESTER, client=client)

    with pytest.raises(InvalidError):
        delete_secret(actor=TESTER, secret=first)
    delete_secret(actor=TESTER, secret=deactivate_secret(actor=TESTER, secret=first))

    assert client.secrets.count() == 1


def test_an_inactive_secret_is_not_accepted_until_it_is_active_again() -> None:
    client, secret = make_client_and_secret()
    row = client.secrets.get()
    create_secret(actor=TESTER, client=client)
    start = mark()

    deactivate_secret(actor=TESTER, secret=row)
    assert not accepts(client, secret)
    activate_secret(actor=TESTER, secret=row)
    activate_secret(actor=TESTER, secret=row)

    assert accepts(client, secret)
    assert events(since=start) == [
        "app.oauth2.credentials.lifecycle.deactivate",
        "app.oauth2.credentials.lifecycle.activate",
    ]


def test_r15_a_leaked_secret_goes_at_once_and_takes_the_clients_tokens_with_it() -> None:
    client, secret = make_client_and_secret()

    revoke_secret_now(actor=TESTER, secret=client.secrets.get())

    assert not accepts(client, secret)
    assert Client.objects.get(pk=client.pk).epoch == client.epoch + 1
    assert jobs() == [("client", "app.oauth2.credentials.lifecycle.delete")]


@pytest.mark.parametrize(
    "secret", ["x" * 13, "x" * 101, "with some spaces", "schlüssel-des-clients"]
)
def test_chosen_secrets_have_bounds(secret: str) -> None:
    with pytest.raises(InvalidError) as error:
        create_secret(actor=TESTER, client=make_client(), secret=secret)

    assert error.value.problems[0].field == "client_secret"


def test_public_clients_have_no_secrets() -> None:
    with pytest.raises(InvalidError):
        create_secret(actor=TESTER, client=make_client("browser"))


def test_the_use_of_a_secret_is_noted_to_the_hour() -> None:
    secret, now = make_client().secrets.get(), timezone.now()

    note_secret_use(secret_id=secret.pk, now=now)
    note_secret_use(secret_id=secret.pk, now=now + timedelta(minutes=59))

    secret.refresh_from_db()
    assert secret.last_used_at == now


def test_r24_no_secret_and_no_digest_is_in_the_log() -> None:
    client, one = make_client_and_secret(secret="chosen-by-a-human")
    _, two = rotate_secret(actor=TESTER, client=client, overlap=DAY)
    digests = list(client.secrets.values_list("digest", flat=True))

    assert not [text for text in (one, two, *digests) if text in everything()]
