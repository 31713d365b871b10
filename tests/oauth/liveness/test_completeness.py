"""The table has no empty cell: every grant type, every service and every field of R15 is in it."""

from types import ModuleType

import pytest

from apps.clients import services as clients
from apps.directory import services as directory
from apps.policies import services as policies
from apps.servers import services as servers
from authzsite.domain.grant_types import installed
from tests.oauth.liveness import clients as client_lines
from tests.oauth.liveness import configuration
from tests.oauth.liveness import policies as policy_lines
from tests.oauth.liveness.causes import services_of
from tests.oauth.liveness.scene import GRANT_TYPE_OF
from tests.oauth.liveness.test_matrix import CAUSES
from tests.oauth.liveness.test_token_policies import SERVICES as OF_TOKEN_POLICIES

# Nothing can stand on what these do, or they are no change at all.
WITHOUT_TOKENS = {
    "clients": {
        "create_client",
        "create_login_policy",  # see tests/management/test_login_policies.py
        "delete_login_policy",
        "ensure_manageable_after",
        "manages_configuration",
        "note_secret_use",
        "owner_secret_is",
        "set_client_owners",  # see tests/management/test_owners.py
        "update_login_policy",
    },
    "directory": {
        "create_user",
        "end_sessions",  # see tests/account/test_sessions.py
        "reactivate_user",
        "reset_second_factors",  # see tests/account
        "use_step",  # see tests/account
        "verify_address",  # see tests/account/test_verified_addresses.py
    },
    "servers": {
        "drop_retired_keys",  # see tests/tokens/test_sweeps.py
        "ensure_default_server",
        "ensure_installation",
        "ensure_organization_server",
        "lock_server",
        "note_cutoffs",  # see tests/tokens/test_cutoffs.py
        "note_demo",
        "rotate_due_keys",
        "set_server_owners",  # see tests/management/test_owners.py
        "set_sign_in_rules",  # see tests/account
        "touch",
    },
    "policies": {"create_policy_test", "delete_policy_test", "update_policy_test"},
}


def test_every_grant_type_has_a_column() -> None:
    assert {spec.name for spec in installed()} == set(GRANT_TYPE_OF.values())


@pytest.mark.parametrize(
    "module", [clients, directory, policies, servers], ids=lambda module: module.__name__
)
def test_every_service_has_a_line_or_needs_none(module: ModuleType) -> None:
    found = {name for name in module.__all__ if name.islower()}
    app = module.__name__.split(".")[1]
    assert found - services_of(CAUSES) - OF_TOKEN_POLICIES - WITHOUT_TOKENS[app] == set()


def test_every_field_has_a_line() -> None:
    fields = client_lines.FIELDS.keys() | client_lines.ELSEWHERE
    assert fields == clients.ClientFields.__annotations__.keys()
    assert configuration.SERVER_FIELDS.keys() == servers.ServerFields.__annotations__.keys()
    assert configuration.SCOPE_FIELDS.keys() == servers.ScopeFields.__annotations__.keys()
    assert policy_lines.POLICY_FIELDS.keys() == policies.PolicyFields.__annotations__.keys()
    rule_fields = policy_lines.RULE_FIELDS.keys() | policy_lines.RULE_ELSEWHERE
    assert rule_fields == policies.RuleFields.__annotations__.keys()


def test_titles_tell_the_lines_apart() -> None:
    titles = [cause.title for cause in CAUSES]
    assert len(set(titles)) == len(titles)
