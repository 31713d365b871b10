"""Okta's scopes of its management API, `okta.<resource>.read|manage`, as pattern scopes.

One meaning for both spellings, so that one function decides what a token reaches: `read` is `.` and
`manage` is `*` on the paths of the resource. `manage` includes `read`; secrets need it (R22).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from authzsite.domain.pattern_scopes import PatternScope, allows, parse_pattern, read_stored

PATHS: Final[dict[str, tuple[str, ...]]] = {
    "authorizationServers": (
        "api/v1/authorizationServers/**",
        "api/v1/explain/**",
        "api/v1/tokens/**",
    ),
    "apps": ("api/v1/apps/**",),
    "clients": ("oauth2/v1/clients/**",),
    "users": ("api/v1/users/**",),
    "groups": ("api/v1/groups/**",),
    "policies": ("api/v1/policies/**",),
    "logs": ("api/v1/logs/**",),
    "inlineHooks": ("api/v1/inlineHooks/**",),
    "eventHooks": ("api/v1/eventHooks/**",),
    "orgs": ("api/v1/org/**",),
    "sessions": ("api/v1/users/*/sessions",),
}
SIGNS: Final = {"read": ".", "manage": "*"}
REGISTER: Final = "okta.clients.register"
"""To register clients and nothing else: one method on one path, which no pattern
says. To hold it is less than to hold the pattern of the path, which therefore covers it."""
REGISTRATION: Final = ("oauth2", "v1", "clients")


def permits(scopes: Iterable[str], method: str, segments: Sequence[str]) -> bool:
    """Whether a token with these scopes may do `method` on the path."""
    held = tuple(scopes)
    patterns = [pattern for scope in held for pattern in stored_patterns_of(scope)]
    if REGISTER in held and method == "POST" and tuple(segments) == REGISTRATION:
        patterns.extend(patterns_to_give(REGISTER))
    return allows(patterns, method, segments)


@lru_cache(maxsize=4096)
def patterns_of(scope: str) -> tuple[PatternScope, ...]:
    """What a scope of a request means: nothing for a plain name and for what isn't well-formed."""
    pattern = parse_pattern(scope)
    return (pattern,) if pattern else _patterns_of_okta(scope)


def patterns_to_give(scope: str) -> tuple[PatternScope, ...]:
    """What has to be covered before a scope is granted or handed on."""
    return patterns_of(f"*:{'/'.join(REGISTRATION)}" if scope == REGISTER else scope)


@lru_cache(maxsize=4096)
def stored_patterns_of(scope: str) -> tuple[PatternScope, ...]:
    """What a scope found in a policy or a token means; doubt takes away (`read_stored`)."""
    pattern = read_stored(scope)
    return (pattern,) if pattern else _patterns_of_okta(scope)


def _patterns_of_okta(scope: str) -> tuple[PatternScope, ...]:
    family, _, rest = scope.partition(".")
    resource, _, level = rest.partition(".")
    sign = SIGNS.get(level)
    if family != "okta" or sign is None:
        return ()
    found = (parse_pattern(f"{sign}:{path}") for path in PATHS.get(resource, ()))
    return tuple(pattern for pattern in found if pattern)


def okta_scopes() -> tuple[str, ...]:
    """All of them; the log can only be read."""
    levels = tuple(
        f"okta.{resource}.{level}"
        for resource in PATHS
        for level in SIGNS
        if (resource, level) != ("logs", "manage")
    )
    return (*levels, REGISTER)
