"""Lifetimes of rules (minutes), configuration tokens and rotation (seconds)."""

from authzsite.domain import limits
from authzsite.domain.validation.errors import Invalid, check_range

ACCESS = "accessTokenLifetimeMinutes"
REFRESH = "refreshTokenLifetimeMinutes"
WINDOW = "refreshTokenWindowMinutes"


def validate_rule_lifetimes(access: int, refresh: int, window: int) -> list[Invalid]:
    """R8, all in minutes; `refresh` 0 is unlimited. Ranges first, then how they fit together."""
    ranges = [
        *check_range(access, limits.ACCESS_TOKEN_MINUTES, ACCESS),
        *check_range(refresh, (0, limits.MAX_REFRESH_TOKEN_MINUTES), REFRESH),
        *check_range(window, limits.REFRESH_WINDOW_MINUTES, WINDOW),
    ]
    return ranges or _fit_problems(access, refresh, window)


def validate_config_lifetimes(
    access: int,
    refresh: int,
    *,
    access_field: str = "accessTokenLifetime",
    refresh_field: str = "refreshTokenLifetime",
) -> list[Invalid]:
    """R19, in seconds."""
    return [
        *check_range(access, limits.CONFIG_ACCESS_SECONDS, access_field),
        *check_range(refresh, limits.CONFIG_REFRESH_SECONDS, refresh_field),
    ]


def validate_leeway(seconds: int, *, field: str = "leeway") -> list[Invalid]:
    """R13: how long a rotated refresh token still returns its successor."""
    return check_range(seconds, limits.LEEWAY_SECONDS, field)


def validate_priority(priority: int, *, field: str = "priority") -> list[Invalid]:
    """Policies and rules count from 1."""
    return check_range(priority, (1, limits.MAX_PRIORITY), field)


def _fit_problems(access: int, refresh: int, window: int) -> list[Invalid]:
    problems = []
    if 0 < refresh < access:
        problems.append(Invalid(REFRESH, f"must be 0 (unlimited) or at least {access}", access))
    if window < access:
        problems.append(Invalid(WINDOW, f"must be at least {ACCESS} ({access})", access))
    if 0 < refresh < window:
        problems.append(Invalid(WINDOW, f"must be at most {REFRESH} ({refresh})", refresh))
    return problems
