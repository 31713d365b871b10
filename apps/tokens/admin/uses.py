"""Which living tokens stand on an object: counted as far as LOOK_LIMIT rows."""

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.systemlog.admin.parts import link, list_url, text
from apps.systemlog.admin.used_by import Use, finds
from apps.tokens.blast import Reach, measure

LOOK_LIMIT: Final = 1000
COLUMNS: Final = {
    "servers.AuthorizationServer": "server",
    "clients.Client": "client",
    "directory.User": "user",
}


@finds("servers.Scope", "policies.Policy", "policies.Rule", "clients.Client", "directory.User")
def tokens_of(row: Any) -> list[Use]:
    """Grants and opaque access tokens. JWTs without a grant aren't stored: nobody counts them."""
    found = measure([_reach(row)], timezone.now(), limit=LOOK_LIMIT)
    if not found:
        return []
    more = "+" if found.is_partial else ""
    grants = ngettext("%(n)s grant", "%(n)s grants", found.grants)
    tokens = ngettext("%(n)s opaque access token", "%(n)s opaque access tokens", found.tokens)
    shown = grants % {"n": f"{found.grants:,}{more}"}
    column = COLUMNS.get(row._meta.label)
    href = list_url("tokens.Grant", **{f"{column}_id": row.pk}) if column else ""
    rest = tokens % {"n": f"{found.tokens:,}{more}"}
    parts = [link(shown, href) if href else text(shown), text(", "), text(rest)]
    return [Use(_("Living tokens"), parts, href)]


def _reach(row: Any) -> Reach:
    """As the blast radius means it; scope, policy and rule are told by their epochs."""
    column = COLUMNS.get(row._meta.label)
    if column:
        only: Any = {f"{column}s": frozenset({row.pk})}
        return Reach(**only)
    server_id = row.policy.server_id if hasattr(row, "policy_id") else row.server_id
    return Reach(servers=frozenset({server_id}), epochs=frozenset({row.epoch}))
