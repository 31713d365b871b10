"""R15, the line of token policies: configuration tokens die with what they were issued under."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from apps.clients import services
from apps.clients.models import Client, TokenPolicy
from apps.servers.models import Installation
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.servers.services import ensure_installation, revoke_all_tokens, revoke_server_tokens
from tests.factories import TESTER, make_client, make_client_and_secret, make_token_policy
from tests.oauth.grants_fixture import FORM, browser, form_encoded

pytestmark = pytest.mark.django_db
SERVICES: Final = {"create_token_policy", "update_token_policy", "delete_token_policy"}


# Field → (another value, whether tokens die).
FIELDS: Final[dict[str, tuple[Any, bool]]] = {
    "title": ("Renamed", False),
    "allowed_scopes": (["*:**", ".:other/**"], True),
    "access_token_lifetime": (600, True),
    "refresh_token_lifetime": (86_400, True),
    "use_access_jwt": (None, True),  # None: the other one
}


@dataclass(frozen=True)
class Caller:
    """A configuration client and its token."""

    client: Client
    secret: str
    token: str = ""

    @property
    def policy(self) -> TokenPolicy:
        policy = Client.objects.get(pk=self.client.pk).token_policy
        assert policy is not None
        return policy

    def post(self, path: str, **form: str) -> Any:
        organization = Installation.objects.get(pk=1).organization
        credentials = {"client_id": self.client.client_id, "client_secret": self.secret}
        body = form_encoded({**credentials, **form})
        url = f"/{organization}/login/{path}"
        return browser().post(url, body, content_type=FORM).json()

    def is_active(self) -> bool:
        """What introspection says of the token."""
        return bool(self.post("token/introspect", token=self.token).get("active"))


def caller(**policy: Any) -> Caller:
    """A configuration client with a token; another one can manage, too (R23)."""
    ensure_installation()
    make_client("config")
    client, secret = make_client_and_secret(
        "config",
        token_policy=make_token_policy(**policy),
        token_endpoint_auth_method="client_secret_post",
    )
    answer = Caller(client, secret).post("token", grant_type="client_credentials", scope="*:**")
    return Caller(client, secret, answer["access_token"])


JWT = pytest.mark.parametrize("use_access_jwt", [False, True], ids=["opaque", "jwt"])


def set_field(one: Caller, name: str, value: Any) -> None:
    fields: dict[str, Any] = {name: value}
    services.update_token_policy(actor=TESTER, policy=one.policy, **fields)


@JWT
@pytest.mark.parametrize("name", FIELDS)
def test_r15_a_changed_token_policy_ends_its_tokens_for_good(
    name: str, use_access_jwt: bool
) -> None:
    one, other = caller(use_access_jwt=use_access_jwt), caller(use_access_jwt=use_access_jwt)
    value, is_revoking = FIELDS[name]
    before = getattr(one.policy, name)
    new = (not before) if value is None else value

    set_field(one, name, new)
    assert one.is_active() is not is_revoking
    set_field(one, name, before)

    assert one.is_active() is not is_revoking
    assert other.is_active()


def move(one: Caller) -> None:
    """To another policy, and its own is deleted."""
    old = one.policy
    services.update_client(actor=TESTER, client=one.client, token_policy=make_token_policy())
    services.delete_token_policy(actor=TESTER, policy=old)


def switch_off(one: Caller) -> None:
    services.deactivate_client(actor=TESTER, client=one.client)
    services.activate_client(actor=TESTER, client=one.client)


def end_server(one: Caller) -> None:
    revoke_server_tokens(actor=TESTER, server_id=ORGANIZATION_SERVER_ID)


def end_all(one: Caller) -> None:
    revoke_all_tokens(actor=TESTER)


@JWT
@pytest.mark.parametrize("change", [move, switch_off, end_server, end_all])
def test_r15_the_other_things_that_a_configuration_token_stands_on(
    change: Callable[[Caller], None], use_access_jwt: bool
) -> None:
    one = caller(use_access_jwt=use_access_jwt)
    assert one.is_active()

    change(one)

    assert not one.is_active()


def test_every_field_of_a_token_policy_has_a_line() -> None:
    assert FIELDS.keys() == services.TokenPolicyFields.__annotations__.keys()
