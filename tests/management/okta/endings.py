"""What ends a token, for tests that ask why one is dead (R15)."""

from collections.abc import Callable
from typing import Any

from apps.clients.services import unassign_user
from apps.directory.services import set_password, suspend_user
from apps.policies.services import deactivate_rule, update_rule
from apps.servers.models import Scope
from apps.servers.services import deactivate_server, delete_scope, update_server
from apps.tokens.administration import revoke_grant
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import revoke_matching
from apps.tokens.models import Grant
from tests.factories import TESTER
from tests.management.okta.small_world import SmallWorld

# What happens → the reason, the detail, and the cause of the change that did it.
ENDS: dict[str, tuple[Callable[[SmallWorld], Any], str, str]] = {
    "the rule has another lifetime": (
        lambda w: update_rule(
            actor=TESTER,
            server_id=w.server.pk,
            rule_id=w.staff_rule.pk,
            access_token_minutes=30,
        ),
        "config",
        "rule changed",
    ),
    "the rule is off": (
        lambda w: deactivate_rule(actor=TESTER, server_id=w.server.pk, rule_id=w.staff_rule.pk),
        "config",
        "rule deactivated",
    ),
    "the scope is gone": (
        lambda w: delete_scope(
            actor=TESTER,
            server_id=w.server.pk,
            scope_id=Scope.objects.get(server=w.server, name="read").pk,
        ),
        "config",
        "scope deleted",
    ),
    "the user is suspended": (
        lambda w: suspend_user(actor=TESTER, user=w.people["ada"]),
        "user",
        "user.lifecycle.suspend",
    ),
    "the password is another": (
        lambda w: set_password(actor=TESTER, user=w.people["ada"], password="another horse 77"),
        "password",
        "user.account.update_password",
    ),
    "the user is no longer assigned": (
        lambda w: unassign_user(actor=TESTER, client=w.client("web"), user=w.people["ada"]),
        "assignment",
        "application.user_membership.remove",
    ),
    "the server is inactive": (
        lambda w: deactivate_server(actor=TESTER, server_id=w.server.pk),
        "server",
        "server deactivated",
    ),
    "the audience is another": (
        lambda w: update_server(actor=TESTER, server_id=w.server.pk, audience="api://other"),
        "server",
        "server changed",
    ),
    "an administrator ends it": (
        lambda w: revoke_grant(actor=TESTER, grant_id=Grant.objects.get().pk),
        "revoked",
        "administrator 00uTester",
    ),
    "an administrator ends all of the user": (
        lambda w: revoke_matching(actor=TESTER, criteria=Criteria(user=w.people["ada"].pk)),
        "cutoff",
        "administrator 00uTester",
    ),
}
