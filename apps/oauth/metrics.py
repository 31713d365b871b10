"""What Prometheus is told of the configurations that a process has compiled: of the process that
answers it, whose id goes along; the others answer another time."""

import os
from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from apps.oauth import runtime
from apps.systemlog.metrics import register

LABELS = ("kind", "process")


@register
def collect_snapshots(now: datetime) -> Iterator[Metric]:
    """How many are kept, how much memory that is of how much at most, and how often one was there
    when it was needed. No statement."""
    kept = GaugeMetricFamily("authzsite_snapshots", "Configurations kept.", labels=LABELS)
    weight = GaugeMetricFamily("authzsite_snapshots_bytes", "Their memory, about.", labels=LABELS)
    limit = GaugeMetricFamily(
        "authzsite_snapshots_limit_bytes", "Their memory at most.", labels=LABELS
    )
    asked = CounterMetricFamily(
        "authzsite_snapshot_lookups_total",
        "Looked up, there or not; the pipelined edge looks again for what it has compiled.",
        labels=(*LABELS, "outcome"),
    )
    process = str(os.getpid())
    for kind, cache in runtime.CACHES.items():
        kept.add_metric([kind, process], len(cache))
        weight.add_metric([kind, process], cache.weight)
        limit.add_metric([kind, process], cache.most)
        asked.add_metric([kind, process, "hit"], cache.hits)
        asked.add_metric([kind, process, "miss"], cache.misses)
    yield from (kept, weight, limit, asked)
