"""Okta's SDK for Node does what its sister for Python does."""

import pytest

from apps.management.api_tokens.services import create_api_token
from apps.management.okta import rate
from apps.servers.services import ensure_installation
from tests.factories import PASSWORD, TESTER, make_superuser
from tests.interoperability.okta_crowd import MANY, make_crowd
from tests.interoperability.okta_everything import make_everything, paths_of
from tests.interoperability.okta_node.node import run
from tests.stories.people import visit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
SERVER = """listAuthorizationServers createAuthorizationServer getAuthorizationServer
    replaceAuthorizationServer activateAuthorizationServer deactivateAuthorizationServer
    deleteAuthorizationServer listAuthorizationServerKeys rotateAuthorizationServerKeys
    listOAuth2Scopes createOAuth2Scope createOAuth2Claim createAuthorizationServerPolicy
    createAuthorizationServerPolicyRule deactivateAuthorizationServerPolicyRule
    listOAuth2ClientsForAuthorizationServer listRefreshTokensForAuthorizationServerAndClient
    revokeRefreshTokensForAuthorizationServerAndClient"""
REST = """createApplication assignUserToApplication assignGroupToApplication
    listOAuth2ClientSecrets createOAuth2ClientSecret createUser deactivateUser revokeUserSessions
    createGroup listGroups deleteGroup listLogEvents"""
METHODS = {*SERVER.split(), *REST.split()}


@pytest.fixture
def token(base_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of an administrator who may do everything, as often as it takes."""
    monkeypatch.setattr(rate, "CALLS_PER_MINUTE", 10**6)
    ensure_installation()
    return create_api_token(actor=TESTER, owner=make_superuser(), name="sdk")[1]


def test_it_goes_from_the_first_server_to_the_last_deletion(base_url: str, token: str) -> None:
    shop = visit("orders", rule={})
    shop.tokens("openid offline_access orders")
    ids = {"server": shop.server.pk, "client": shop.client.client_id, "user": shop.user.pk}
    called = run("story.cjs", url=base_url, token=token, password=PASSWORD, **ids)
    assert METHODS - called == set()


def test_it_follows_every_list_to_its_end(base_url: str, token: str) -> None:
    crowd = make_crowd()
    ids = {"server": crowd.server_id, "app": crowd.app_id, "group": crowd.group_id}
    assert run("pages.cjs", url=base_url, token=token, many=MANY, **ids)


def test_every_object_survives_being_written_back(base_url: str, token: str) -> None:
    found = make_everything()
    ids = {name: getattr(found, name).pk for name in paths_of(found)}
    assert run("no_loss.cjs", url=base_url, token=token, ids=ids, paths=paths_of(found))
