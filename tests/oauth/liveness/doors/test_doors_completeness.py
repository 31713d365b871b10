"""No empty cell: every cause at every door, every kind of token, every place of the console."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver

from apps.directory.models import User
from authzsite.domain.grant_types import installed
from tests.oauth.liveness.doors.console import ACTIONS, FORMS
from tests.oauth.liveness.doors.door import Door
from tests.oauth.liveness.doors.scene import GRANTS, KINDS
from tests.oauth.liveness.doors.test_doors import DOORS
from tests.oauth.liveness.test_matrix import CAUSES

pytestmark = pytest.mark.once

# Places of the console that no line of the table is about: none of them can end or revive a token,
# or the one named proves that it does right.
ELSEWHERE = {
    "clients_client_add": "nothing stands on a new client",
    "clients_tokenpolicy_add": "nothing stands on a new policy",
    "clients_tokenpolicy_change": "test_configuration_tokens",
    "clients_tokenpolicy_delete": "refused while a client uses it: tests/clients",
    "directory_user_add": "nothing stands on a new user",
    **dict.fromkeys(
        ("clients_loginpolicy_add", "clients_loginpolicy_change", "clients_loginpolicy_delete"),
        "no token stands on a login policy: tests/admin/test_revoking.py",
    ),
    **{
        f"policies_inlinehook_{verb}": "no token stands on a hook: tests/admin/test_revoking.py"
        for verb in ("add", "change", "activate", "deactivate", "delete")
    },
    **dict.fromkeys(
        (
            *("policies_whatif", "policies_whatif_policy", "policies_whatif_rule"),
            *("policies_whatif_edit", "clients_whatif", "clients_whatif_edit"),
        ),
        "a draft; saved, it does what the services do: tests/admin/test_what_if.py",
    ),
    "policies_policytest": "asked before changes: tests/admin/test_policy_tests.py",
    "servers_authorizationserver_tests": "asked before changes: tests/admin/test_policy_tests.py",
    "servers_authorizationserver_whatif": "makes a draft: tests/admin/test_what_if.py",
    "clients_client_whatif": "makes a draft: tests/admin/test_what_if_clients.py",
    "servers_authorizationserver_try": "issues nothing: tests/admin/test_try.py",
    "servers_installation_sign_in": "how administrators sign in: tests/account",
    "servers_installation_verified": "how people sign in: tests/account",
    "tokens_doctor": "reads: tests/admin/test_doctor.py",
    "servers_review_decide": "what a form would do: tests/admin/test_second_person.py",
    "clients_client_changelist:assign_group_to_clients": "gives access: tests/admin/test_bulk.py",
    "directory_user_changelist:add_users_to_group": "gives access: tests/admin/test_bulk.py",
    "tokens_grant_revoke": "one grant: tests/admin/test_tokens.py",
    "tokens_grant_changelist:revoke_grants": "one grant: tests/admin/test_tokens.py",
    "tokens_accesstoken_changelist:revoke_tokens": "one token: tests/admin/test_tokens.py",
}
READING = (
    *("_csv", "_saved"),  # a list as a file, or under a name of one's own
    *("_changelist", "_history", "_json", "_live", "_explain", "_uses", "_clients"),
    *("_authorizationserver_scopes", "_authorizationserver_claims", "_authorizationserver_tokens"),
    "tokens_revoked",
)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_every_cause_has_a_line_or_a_reason_at_every_door(door: Door) -> None:
    causes = {cause.name for cause in CAUSES}
    assert len(causes) == len(CAUSES)
    assert door.lines.keys() | door.without.keys() == causes
    assert not door.lines.keys() & door.without.keys()
    assert all(door.without.values())


def test_every_grant_type_and_every_kind_of_token_has_a_column() -> None:
    assert set(GRANTS) == KINDS
    assert {spec.name for spec in installed()} == set(GRANTS.values())


def places() -> Iterator[str]:
    """The console's named addresses, and the actions of its lists."""
    for pattern in admin.site.get_urls():
        yield from names_in(pattern)
    request = RequestFactory().get("/admin/")
    request.user = User(is_staff=True, is_superuser=True, status="ACTIVE")
    for model, one in admin.site._registry.items():
        for action in one.get_actions(request):
            yield f"{model._meta.label_lower.replace('.', '_')}_changelist:{action}"


def names_in(pattern: URLPattern | URLResolver) -> Iterator[str]:
    if isinstance(pattern, URLResolver):
        for inner in pattern.url_patterns:
            yield from names_in(inner)
    elif pattern.name:
        yield pattern.name


def can_write(name: str) -> bool:
    """By its name: lists and histories are read only; forms say themselves whether they are."""
    if ":" in name:
        return True
    return not name.endswith(READING) and name.partition("_")[0] in OF_TOKENS and may_post(name)


OF_TOKENS = {"directory", "clients", "servers", "policies", "tokens"}
VERBS = {"add": "has_add_permission", "change": "has_change_permission"}
VERBS |= {"delete": "has_delete_permission"}


def may_post(name: str) -> bool:
    app, model, verb = f"{name}__".split("_", 2)
    if (verb := verb.strip("_")) not in VERBS:
        return True
    request = RequestFactory().get("/admin/")
    request.user = User(is_staff=True, is_superuser=True, status="ACTIVE")
    found = next(m for m in admin.site._registry if m._meta.label_lower == f"{app}.{model}")
    return bool(getattr(admin.site._registry[found], VERBS[verb])(request))


def test_every_place_of_the_console_that_writes_has_a_line() -> None:
    proved = {
        place for door in (FORMS, ACTIONS) for one in door.lines.values() for place in one.places
    }
    found = {name for name in places() if can_write(name)}
    of_tokens = {name for name in found if name.partition("_")[0] in OF_TOKENS}
    assert of_tokens - proved - ELSEWHERE.keys() == set()


def test_row_292_no_list_offers_raw_deletion_and_no_form_has_rows_of_another_table() -> None:
    assert not [model for model, one in admin.site._registry.items() if one.inlines]
    raw = {name for name in places() if name.endswith(":delete_selected")}
    assert raw == set()


def test_row_293_no_table_of_a_library_is_in_the_console() -> None:
    found = {model._meta.label for model in admin.site._registry}
    assert {one for one in found if not apps.get_model(one).__module__.startswith("apps.")} == set()
    assert {"directory.User", "tokens.Grant"} <= found
