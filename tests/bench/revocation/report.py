"""The tables, in Markdown, as they stand in the README."""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench.revocation.measure import Acknowledged, Background
from tests.bench.tables import table


def acknowledgements(found: Iterable[Acknowledged]) -> str:
    """What the administrator waits for."""
    heads = (
        "change",
        "living tokens",
        "acknowledged, median",
        "p95",
        "asked after it",
        "found active",
    )
    return table(
        heads,
        (
            (
                one.title,
                f"{one.tokens:,}",
                f"{sorted(one.milliseconds)[len(one.milliseconds) // 2]:.1f} ms",
                f"{one.p95:.1f} ms",
                f"{one.asked_after:,}",
                one.alive_after,
            )
            for one in found
        ),
    )


def backgrounds(found: Sequence[Background]) -> str:
    """What everybody else notices."""
    heads = ("beside it", "rows", "seconds", "token p50", "token p99", "failures", "worker MiB")
    return table(heads, map(_background, found))


def _background(one: Background) -> tuple[str, ...]:
    memory = f"{min(one.memory):.0f}–{max(one.memory):.0f}" if one.memory else ""
    return (
        one.title,
        f"{one.rows:,}" if one.rows else "",
        f"{one.seconds:.1f}",
        f"{one.seen.percentile(0.5):.1f} ms",
        f"{one.seen.percentile(0.99):.1f} ms",
        str(one.seen.failures),
        memory,
    )


def toolkit(found: Sequence[dict[str, Any]], patience: float) -> str:
    """django-oauth-toolkit's part; what hadn't ended was stopped."""
    rows = [
        (
            one["title"],
            f"{one['rows']:,}",
            f"{one['seconds']:.1f}" if one["seconds"] else f"stopped after {patience:,.0f} in all",
            f"{one['longest']:,.0f} ms" if one["seconds"] else "",
            f"{one['memory']:.0f}" if one["seconds"] else "",
        )
        for one in found
    ]
    heads = ("django-oauth-toolkit", "rows", "seconds", "longest statement", "process MiB")
    return table(heads, rows)
