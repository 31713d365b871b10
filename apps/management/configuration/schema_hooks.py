"""The members of what calls out: inline hooks, which are asked, and event hooks, which are told."""

from apps.management.configuration import values as v
from apps.management.configuration.kind import Kind, Member, link, status
from apps.policies.services.inline_hooks import VERSIONS

_AUTH = (link("authScheme.key", "auth_header"), Member("authScheme.value", v.secret))
INLINE_HOOKS = Kind(
    "inlineHooks",
    "inline hook",
    ("name",),
    (
        Member("name", v.text, "name"),
        Member("url", v.text, "url", is_required=True),
        Member("version", v.choice(*VERSIONS), "version", VERSIONS[0]),
        Member("headers", v.headers, "headers", ()),
        *_AUTH,
        status("INACTIVE"),
    ),
)
EVENT_HOOKS = Kind(
    "eventHooks",
    "event hook",
    ("name",),
    (
        Member("name", v.text, "name"),
        Member("url", v.text, "url", is_required=True),
        Member("events", v.names, is_required=True),
        *_AUTH,
        status("INACTIVE"),
    ),
)
