"""Following the ends of assignments and rules that are in force for a time (R6)."""

from apps.clients.services.validity import follow_ended_assignments
from apps.policies.services.validity import follow_ended_rules
from apps.systemlog.jobs import Progress
from apps.tokens import clock

BATCH_ROWS = 500  # of one transaction, each with its outbox row


def follow_ends(progress: Progress) -> bool:
    """Enqueue the marking for every end that nothing has followed; whether there is more to do."""
    progress.report(rows=follow_ended_rules(clock.now()), table="rules")
    while rows := follow_ended_assignments(clock.now(), BATCH_ROWS):
        progress.report(rows=rows, table="assignments")
        if progress.is_over_time():
            return True
    return False
