"""What was counted (`tally`), for pages: few rows, by index, however long the log is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Sum

from apps.systemlog.models import Tally
from apps.systemlog.tally import ALL, DENIAL, GRANT, TOKEN

HOUR: Final = timedelta(hours=1)
SERVERS_SHOWN: Final = 6
REASONS_SHOWN: Final = 6


def hour_of(at: datetime) -> datetime:
    """The hour in which it is."""
    return at.replace(minute=0, second=0, microsecond=0)


def by_hour(since: datetime) -> dict[tuple[datetime, str], int]:
    """Hour and kind → how many, of all servers together."""
    found = Tally.objects.filter(server_id=ALL, hour__gte=hour_of(since)).order_by()
    sums = found.values_list("hour", "kind").annotate(sum=Sum("count"))
    return {(hour, kind): number for hour, kind, number in sums}


def top_reasons(since: datetime) -> list[tuple[str, int]]:
    """The reasons of most denials since then."""
    found = Tally.objects.filter(server_id=ALL, hour__gte=hour_of(since), kind=DENIAL)
    sums = found.order_by().values_list("reason").annotate(sum=Sum("count"))
    return list(sums.order_by("-sum", "reason")[:REASONS_SHOWN])


def tokens_by_server(since: datetime) -> list[tuple[str, int]]:
    """The servers that issued most access tokens since then."""
    found = Tally.objects.filter(kind=TOKEN, hour__gte=hour_of(since)).exclude(server_id=ALL)
    sums = found.order_by().values_list("server_id").annotate(sum=Sum("count"))
    return list(sums.order_by("-sum", "server_id")[:SERVERS_SHOWN])


def rules_that_granted(server_ids: list[str], since: datetime) -> set[str]:
    """The rules of these servers by which anything was granted since then."""
    found = Tally.objects.filter(server_id__in=server_ids, kind=GRANT, hour__gte=hour_of(since))
    return set(found.order_by().values_list("rule_id", flat=True).distinct())


def grants_by_rule(server_id: str, since: datetime) -> Mapping[str, int]:
    """Rule → how many requests it granted since then."""
    found = Tally.objects.filter(server_id=server_id, kind=GRANT, hour__gte=hour_of(since))
    sums: Any = found.order_by().values_list("rule_id").annotate(sum=Sum("count"))
    return dict(sums)
