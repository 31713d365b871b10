"""The log's partitions on PostgreSQL: one table per week of `published`, and a default one as net.

Nobody waits long for any of this. Making a partition takes a lock that only other changes of the
schema feel, except on the default partition; dropping one locks the log for as long as the
catalogue takes. Both give up after `LOCK_TIMEOUT`, because whoever comes behind a waiting lock
waits, too, and are tried again by the next run. So a long report may put off the retention, and
never holds up a token.

Rows of a week without a partition of its own lie in the default one. There they stay: moving them
would lock it. They are deleted by batches instead.
"""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Final

from django.db import OperationalError, connection, transaction

logger = logging.getLogger(__name__)
TABLE: Final = "systemlog_logevent"
DEFAULT: Final = f"{TABLE}_default"
NAME: Final = re.compile(rf"{TABLE}_w(\d{{8}})")
WEEK: Final = timedelta(weeks=1)
WEEKS_AHEAD: Final = 8  # so long the job may fail before anything lands in the default partition
LOCK_TIMEOUT: Final = "100ms"
STATEMENT_TIMEOUT: Final = "500ms"  # attaching looks through the default partition, which is small
HAS_TO_WAIT: Final = ("55P03", "57014")  # a lock wasn't to be had in time; cancelled
PARTITIONS: Final = (
    f"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{TABLE}'::regclass"
)


def is_partitioned() -> bool:
    """Whether the log has partitions at all."""
    return connection.vendor == "postgresql"


def existing() -> list[date]:
    """The Mondays of the weeks that have a partition."""
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        names = [name for (name,) in cursor.fetchall()]
    found = (NAME.fullmatch(name.rpartition(".")[2]) for name in names)
    return sorted(date.fromisoformat(match[1]) for match in found if match)


def make_ahead(now: datetime) -> int:
    """Make what is missing of this week's and the next ones' partitions; how many were made."""
    weeks = {monday_of(now) + number * WEEK for number in range(WEEKS_AHEAD + 1)}
    return _each(sorted(weeks - set(existing())), _make)


def drop_older(cutoff: datetime) -> int:
    """Drop the partitions that hold nothing from `cutoff` on; how many there were."""
    return _each([week for week in existing() if week + WEEK <= cutoff.date()], _drop)


def monday_of(moment: datetime) -> date:
    """The first day of a moment's week, in UTC as the moment itself."""
    return moment.date() - timedelta(days=moment.weekday())


def _each(weeks: Iterable[date], change: Callable[[date], bool]) -> int:
    """Each in its own transaction; one that is in somebody's way is left for the next run."""
    done = 0
    for week in weeks:
        try:
            with transaction.atomic():
                _run(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                _run(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
                done += change(week)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in HAS_TO_WAIT:
                raise
            logger.warning("The log's partition of %s has to wait: it is in use", week)
    return done


def _make(week: date) -> bool:
    """A table of its own, then attached: whoever writes to the log doesn't feel it. False when
    the default partition has rows of the week already."""
    name, low, high = f"{TABLE}_w{week:%Y%m%d}", f"'{week} 00:00+00'", f"'{week + WEEK} 00:00+00'"
    rows = f"SELECT 1 FROM {DEFAULT} WHERE published >= {low} AND published < {high}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({rows})")
        if cursor.fetchone()[0]:
            return False
    _run(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS)")
    _run(f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high})")
    return True


def _drop(week: date) -> bool:
    _run(f"DROP TABLE {TABLE}_w{week:%Y%m%d}")
    return True


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
