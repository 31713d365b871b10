"""Sweeps: rows that nothing will ask for again leave, in bounded batches (R14).

Correctness never depends on them: what has expired is refused by arithmetic. What can still be
recognised, as a replay or as revoked, stays until the last token it concerns has expired (I7).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from apps.directory.models import Attempt
from apps.servers.services import drop_retired_keys, rotate_due_keys
from apps.systemlog.batches import expiring, orphaned
from apps.systemlog.jobs import Progress
from apps.systemlog.sweeping import run_sweeps
from apps.tokens.families import SWEEP_MARGIN
from apps.tokens.models import AccessToken, Consent, Grant, RevokedToken, UsedAssertion

# Where a missing row would let something live again, a clock that runs ahead for a while must not
# bring that about (F24).
REVIVAL_MARGIN: Final = timedelta(days=2)
REPLAY_MARGIN: Final = timedelta(hours=1)  # a row per authentication: two days would be a heap
SIGN_IN_MARGIN: Final = timedelta(hours=1)  # longer than it takes to sign in

# Scalar subqueries by primary key, not EXISTS: the planner may make that a join or a hash, which
# reads all of the other table, and never these.
WITHOUT_SESSION: Final = """
t.last_seen_at <= %(until)s
AND (SELECT s.session_key FROM django_session s WHERE s.session_key = t.session_key) IS NULL
"""
WITHOUT_OBJECT: Final = """
t.created <= %(until)s AND (
    (SELECT c.id FROM clients_client c WHERE c.id = t.client_id) IS NULL
    OR (SELECT u.id FROM directory_user u WHERE u.id = t.user_id) IS NULL
    OR (SELECT s.id FROM servers_authorizationserver s WHERE s.id = t.server_id) IS NULL
)
"""

# Tokens first, then what they stand on.
SWEEPS: Final = (
    expiring("accessTokens", AccessToken, "expires_at", SWEEP_MARGIN),
    expiring("grants", Grant, "sweep_after"),  # which has its margin in it
    expiring("revokedTokens", RevokedToken, "expires_at", REVIVAL_MARGIN),
    expiring("usedAssertions", UsedAssertion, "expires_at", REPLAY_MARGIN),
    expiring("sessions", Session, "expire_date"),
    expiring("attempts", Attempt, "expires_at"),
    orphaned("signIns", UserSession, WITHOUT_SESSION, SIGN_IN_MARGIN),
    orphaned("consents", Consent, WITHOUT_OBJECT, SIGN_IN_MARGIN),
)
KEY_WORK: Final[tuple[tuple[str, Callable[[datetime], int]], ...]] = (
    ("rotatedKeys", rotate_due_keys),
    ("droppedKeys", drop_retired_keys),
)


def sweep_expired(now: datetime, progress: Progress) -> bool:
    """Delete what is over at `now`. True when there is more to do than fits into one run."""
    return run_sweeps(SWEEPS, progress, now)


def maintain_keys(now: datetime, progress: Progress) -> None:
    """Rotate the signing keys that are due, drop those that have served."""
    for name, work in KEY_WORK:
        progress.report(rows=work(now), table=name)
