"""The time, taken once per request or job at its edge and handed on as `now`.

Call it as `clock.now()`, so that tests can move it.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
