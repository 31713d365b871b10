"""Carrying a plan out: every change through its service, in one transaction, or none at all."""

from collections.abc import Callable, Sequence
from typing import Final

from apps.management.configuration import carry_clients as clients
from apps.management.configuration import carry_directory as directory
from apps.management.configuration import carry_hooks as hooks
from apps.management.configuration import carry_policies as policies
from apps.management.configuration import carry_servers as servers
from apps.management.configuration import carry_settings as settings
from apps.management.configuration import carry_tests as tests
from apps.management.configuration.carrier import Carrier
from apps.management.configuration.plan import CREATE, DELETE, ORDER, UPDATE, Change

Step = tuple[str, str, Callable[[Carrier, Change], None]]

# What gives comes before what needs it; what takes away comes when nothing needs it any more, and
# so that the last administrator and configuration client (R23) may hand over in one file.
STEPS: Final[Sequence[Step]] = (
    ("authorizationServers", DELETE, servers.delete_server),  # their names become free
    ("groups", CREATE, directory.create_group),
    ("groups", UPDATE, directory.update_group),
    ("users", CREATE, directory.create_user),
    ("users", UPDATE, directory.update_user),
    ("tokenPolicies", CREATE, clients.create_token_policy),
    ("loginPolicies", CREATE, settings.create_login_policy),
    ("loginPolicies", UPDATE, settings.update_login_policy),
    ("clients", CREATE, clients.create_client),
    ("clients", UPDATE, clients.update_client),
    ("tokenPolicies", UPDATE, clients.update_token_policy),
    ("authorizationServers", CREATE, servers.create_server),
    ("authorizationServers", UPDATE, servers.update_server),
    ("scopes", CREATE, servers.create_scope),
    ("scopes", UPDATE, servers.update_scope),
    ("claims", CREATE, servers.create_claim),
    ("claims", UPDATE, servers.update_claim),
    ("inlineHooks", CREATE, hooks.create_inline_hook),
    ("inlineHooks", UPDATE, hooks.update_inline_hook),
    ("policies", CREATE, policies.create_policy),
    ("policies", UPDATE, policies.update_policy),
    ("rules", CREATE, policies.create_rule),
    ("rules", UPDATE, policies.update_rule),
    ("rules", DELETE, policies.delete_rule),
    ("policies", DELETE, policies.delete_policy),
    ("claims", DELETE, servers.delete_claim),
    ("scopes", DELETE, servers.delete_scope),
    ("policies", ORDER, policies.reorder),
    ("rules", ORDER, policies.reorder),
    ("inlineHooks", DELETE, hooks.delete_inline_hook),
    ("eventHooks", DELETE, hooks.delete_event_hook),  # there may be so many active ones
    ("eventHooks", CREATE, hooks.create_event_hook),
    ("eventHooks", UPDATE, hooks.update_event_hook),
    ("tests", DELETE, tests.delete_policy_test),
    ("tests", CREATE, tests.create_policy_test),
    ("tests", UPDATE, tests.update_policy_test),
    ("clients", CREATE, clients.finish_client),
    ("clients", UPDATE, clients.finish_client),
    ("clients", DELETE, clients.delete_client),
    ("tokenPolicies", DELETE, clients.delete_token_policy),
    ("loginPolicies", DELETE, settings.delete_login_policy),
    ("users", CREATE, directory.finish_user),
    ("users", UPDATE, directory.finish_user),
    ("users", DELETE, directory.delete_user),
    ("groups", DELETE, directory.delete_group),
    ("installation", UPDATE, settings.update_installation),
    ("authorizationServers", CREATE, servers.finish_server),
    ("authorizationServers", UPDATE, servers.finish_server),
)


def carry_out(run: Carrier, changes: Sequence[Change]) -> None:
    """All of it; the caller's transaction is rolled back when `run.problems` isn't empty."""
    for section, verb, work in STEPS:
        for change in changes:
            if change.kind.section == section and change.verb == verb:
                run.attempt(change, work)
