"""Counts in the database: one statement for all that one guess counts under."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import F

from apps.directory.attempts.limits import Tally
from apps.directory.models import Attempt

TABLE: Final = Attempt._meta.db_table
COUNT_ONE_MORE: Final = f"""
INSERT INTO {TABLE} (key, count, expires_at) VALUES {{values}}
ON CONFLICT (key) DO UPDATE SET count = {TABLE}.count + 1
RETURNING key, count
"""  # noqa: S608 - nothing but our own table's name


def count(tallies: Sequence[Tally], now: datetime) -> dict[str, int]:
    """Count one more under each key; the new numbers. In the order of the keys, so that two
    guesses at once never wait for each other in a circle."""
    ordered = sorted(tallies, key=lambda tally: tally.key)
    values: list[Any] = []
    for tally in ordered:
        ends = now + timedelta(seconds=tally.seconds_left)
        values += [tally.key, connection.ops.adapt_datetimefield_value(ends)]
    places = ", ".join(["(%s, 1, %s)"] * len(ordered))
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ONE_MORE.format(values=places), values)
        return {str(key): int(number) for key, number in cursor.fetchall()}


def give_back(tallies: Sequence[Tally]) -> None:
    """One less under each key."""
    keys = sorted(tally.key for tally in tallies)
    for key in keys:  # one by one: an UPDATE of several locks them in an order of its own
        Attempt.objects.filter(pk=key, count__gt=0).update(count=F("count") - 1)
