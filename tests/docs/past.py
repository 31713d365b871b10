"""A month of traffic for pictures, as the job that follows the log would have counted it; and one
password for the people of the demo. Run by `tests.docs.screenshots` inside of the installation."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

from apps.directory.models import User
from apps.directory.services import set_password
from apps.policies.models import Rule
from apps.systemlog.entries import SYSTEM
from apps.systemlog.models import Tally

PEOPLE = ("alice", "bob", "carol", "frank")
UNUSED = ("Christmas helpers", "Support reads briefly")
REASONS = ("scope_denied", "user_not_assigned", "no_matching_policy", "invalid_client_secret")


def make(password: str) -> None:
    """More by day than by night, and less on weekends."""
    for name in PEOPLE:
        user = User.objects.get(login=f"{name}@example.com")
        set_password(actor=SYSTEM, user=user, password=password)
    dice = random.Random(5)  # noqa: S311 - a picture
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    rows = [row for ago in range(1, 720) for row in hour(start - timedelta(hours=ago), dice)]
    Tally.objects.bulk_create(rows)


def hour(at: datetime, dice: random.Random) -> list[Tally]:
    """What an hour had."""
    busy = (3 + 9 * (7 <= at.hour < 19)) * (0.4 if at.weekday() > 4 else 1)
    rows, sums = [], Counter[tuple[str, str]]()
    for server, weight in (("default", 9), ("reports", 4)):
        rules = Rule.objects.filter(policy__server_id=server).exclude(name__in=UNUSED)
        told = {"server_id": server, "hour": at}
        for rule_id in rules.values_list("pk", flat=True):
            count = 1 + int(busy * weight * dice.random())
            rows.append(Tally(kind="grant", rule_id=rule_id, count=count, **told))
            sums["grant", ""] += count
            sums["token", ""] += count
        rows.append(Tally(kind="token", count=sums["token", ""], **told))
        reason = dice.choices(REASONS, (6, 3, 2, 1))[0]
        sums["denial", reason] += 1 + int(busy * dice.random())
    for (kind, reason), count in sums.items():
        rows.append(Tally(server_id="", hour=at, kind=kind, reason=reason, count=count))
    return rows
