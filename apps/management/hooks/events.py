"""What a hook may subscribe to: revocations, for now.

The trigger that fills the outbox (migration 0002_outbox) names these types itself: one more needs
a migration that makes the trigger anew, and a test compares the two.
"""

from typing import Final

from apps.systemlog.events import CATALOGUE

REVOKE: Final = "app.oauth2.as.token.revoke"
REUSE: Final = "app.oauth2.as.token.detect_reuse"
ELIGIBLE: Final = (
    REVOKE,
    REUSE,
    "app.oauth2.token.revoke.implicit.as",
    "app.oauth2.token.revoke.implicit.client",
    "app.oauth2.token.revoke.implicit.user",
)


def choices() -> list[tuple[str, str]]:
    """The types with the catalogue's words for them, for forms."""
    return [(name, f"{CATALOGUE[name].message} ({name})") for name in ELIGIBLE]
