"""Rows of the management APIs that nothing will ask for again leave, in bounded batches."""

from datetime import datetime, timedelta
from typing import Final

from apps.management.api_tokens.models import ApiToken
from apps.management.idempotency import IdempotentCall
from apps.systemlog.batches import expiring, orphaned
from apps.systemlog.jobs import Progress
from apps.systemlog.sweeping import run_sweeps

CALL_MARGIN: Final = timedelta(hours=1)  # a clock that runs ahead lets no call be made twice
TOKEN_MARGIN: Final = timedelta(days=7)  # its owner sees why a program is refused
OVER: Final = "t.expires_at IS NOT NULL AND t.expires_at <= %(until)s"

SWEEPS: Final = (
    expiring("idempotentCalls", IdempotentCall, "expires_at", CALL_MARGIN),
    orphaned("apiTokens", ApiToken, OVER, TOKEN_MARGIN),
)


def sweep_calls(progress: Progress, now: datetime) -> bool:
    """Delete what is over at `now`; True when there is more to do than fits into one run."""
    return run_sweeps(SWEEPS, progress, now)
