"""One authorization server per protected resource: audiences, paths and scope names."""

import pytest

from apps.servers.models import AuthorizationServer
from authzsite.domain.validation import InvalidError
from tests.factories import make_policy, make_rule, make_scope, make_server
from tests.stories.wire import App, ask, claims_of, get_token, introspect, refusal, service

pytestmark = pytest.mark.django_db


def resource(audience: str, *scopes: str) -> AuthorizationServer:
    """A server that protects one resource, open to all clients."""
    server = make_server(audience=audience)
    for name in scopes:
        make_scope(server, name)
    make_rule(make_policy(server))
    return server


@pytest.fixture
def app() -> App:
    return service()


def test_a_server_protects_one_resource_and_its_tokens_name_it(app: App) -> None:
    server = resource("https://api.example.com/orders", "read")
    claims = claims_of(get_token(server, app, "read")["access_token"])
    assert claims["aud"] == "https://api.example.com/orders"
    assert claims["iss"].endswith(f"/oauth2/{server.pk}")


def test_several_servers_share_a_path_prefix_and_stay_apart(app: App) -> None:
    orders = resource("https://api.example.com/v1/orders", "read")
    stock = resource("https://api.example.com/v1/stock", "read")
    token = get_token(orders, app, "read")["access_token"]
    assert introspect(orders, app, token)["aud"] == "https://api.example.com/v1/orders"
    assert introspect(stock, app, token) == {"active": False}


def test_two_servers_may_even_protect_the_same_resource(app: App) -> None:
    first, second = (resource("https://api.example.com", "read") for _ in range(2))
    issued = [
        claims_of(get_token(server, app, "read")["access_token"]) for server in (first, second)
    ]
    assert len({claims["aud"] for claims in issued}) == 1
    assert len({claims["iss"] for claims in issued}) == 2


def test_a_scope_name_is_unique_on_its_server() -> None:
    server = resource("api://orders", "orders:read")
    with pytest.raises(InvalidError) as caught:
        make_scope(server, "orders:read")
    assert {problem.field for problem in caught.value.problems} == {"name"}


def test_a_scope_name_of_one_server_can_be_used_on_another(app: App) -> None:
    servers = [resource("api://orders", "read"), resource("api://stock", "read")]
    assert [get_token(server, app, "read")["scope"] for server in servers] == ["read", "read"]


def test_a_scope_of_another_server_is_unknown_here(app: App) -> None:
    resource("api://stock", "stock:read")
    orders = resource("api://orders", "orders:read")
    assert refusal(ask(orders, app, "stock:read")) == (400, "invalid_scope")


@pytest.mark.parametrize("audience", ["https://api.example.com", "api://orders", "urn:orders"])
def test_the_resource_is_an_absolute_uri(audience: str) -> None:
    assert resource(audience).audience == audience


@pytest.mark.parametrize(
    "audience", ["", "orders", "/orders", "//api.example.com/orders", "https://a.example/#part"]
)
def test_a_resource_that_is_not_absolute_is_refused(audience: str) -> None:
    with pytest.raises(InvalidError) as caught:
        resource(audience)
    assert {problem.field for problem in caught.value.problems} == {"audience"}
