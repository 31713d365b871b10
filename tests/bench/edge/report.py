"""The tables, in Markdown, as they stand in the README."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tests.bench.edge.measure import Measured
from tests.bench.edge.subject import (
    ES256,
    INTROSPECT,
    INTROSPECT_JWT,
    KEYS,
    OPAQUE,
    OPERATIONS,
    REFRESH,
    REVOKE,
    RS256,
)
from tests.bench.tables import table

PIPELINED: Final = "authzsite, pipelined edge, PostgreSQL"
DRF: Final = "authzsite, DRF edge, PostgreSQL"
SQLITE: Final = "authzsite, DRF edge, SQLite"
TOOLKIT: Final = "django-oauth-toolkit, cheap hasher, PostgreSQL"
TOOLKIT_SQLITE: Final = "django-oauth-toolkit, cheap hasher, SQLite"
TOOLKIT_DEFAULT: Final = "django-oauth-toolkit, default hasher, PostgreSQL"
NODE: Final = "oidc-provider, Redis (not durable)"
NODE_DURABLE: Final = "oidc-provider, PostgreSQL"

COMPARISONS: Final = (
    (PIPELINED, NODE, 1.0),
    (PIPELINED, NODE_DURABLE, None),
    (PIPELINED, TOOLKIT, 8.0),
    (DRF, TOOLKIT, 3.0),
    (SQLITE, TOOLKIT_SQLITE, 3.0),
)
QUIET: Final = {
    OPAQUE: 6000,
    ES256: 5450,
    RS256: 3000,
    INTROSPECT: 6600,
    REFRESH: 3300,
    REVOKE: 5900,
    KEYS: 14000,
}
"""Requests a second on a quiet machine of two cores, the best of the connection counts."""
CPU: Final = {OPAQUE: 0.25, RS256: 0.55, INTROSPECT: 0.20, INTROSPECT_JWT: 0.20, REFRESH: 0.50}
P99_AT: Final = 32
P99: Final = 25.0


def best(found: Iterable[Measured], subject: str, operation: str) -> Measured | None:
    """The one with the highest rate."""
    rows = [one for one in found if (one.subject, one.operation) == (subject, operation)]
    return max(rows, key=lambda one: one.rate, default=None)


def measurements(found: Sequence[Measured]) -> str:
    """A table for each operation: a line for each subject, the rates beside one another."""
    counts = sorted({one.connections for one in found})
    blocks = []
    for operation in OPERATIONS:
        subjects = list(dict.fromkeys(one.subject for one in found if one.operation == operation))
        rows = [_line(found, subject, operation, counts) for subject in subjects]
        if rows:
            blocks.append(f"**{operation}**\n\n" + table(_heads(counts), rows))
    return "\n\n".join(blocks)


def _heads(counts: Sequence[int]) -> list[str]:
    rates = [f"{n} conn" for n in counts]
    at = f"at {_latency_at(counts)}"
    cpu = ("CPU ms, server", "database", "together", "statements alone", "shared", "failures")
    return ["requests a second", *rates, f"p50 {at}", f"p99 {at}", *cpu]


def _latency_at(counts: Sequence[int]) -> int:
    return P99_AT if P99_AT in counts else counts[-1]


def _line(
    found: Sequence[Measured], subject: str, operation: str, counts: Sequence[int]
) -> list[str]:
    rows = {
        one.connections: one
        for one in found
        if (one.subject, one.operation) == (subject, operation)
    }
    top = max(rows.values(), key=lambda one: one.rate)
    timed = rows.get(_latency_at(counts), top)
    rates = [
        f"{rows[n].rate:,.0f}{'*' if rows[n].is_out else ''}" if n in rows else "" for n in counts
    ]
    return [
        subject,
        *rates,
        f"{timed.p50:.1f} ms",
        f"{timed.p99:.1f} ms",
        f"{top.server:.2f}",
        f"{top.database:.2f}" if top.database else "",
        f"{top.cpu:.2f}",
        _number(top.alone),
        _number(top.shared),
        str(sum(one.failures for one in rows.values())),
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def ratios(found: Sequence[Measured]) -> str:
    """The best rate of ours against the best of theirs. A JWT that a peer doesn't introspect is
    compared with its opaque tokens."""
    pairs = [pair for pair in COMPARISONS if _has(found, pair[0]) and _has(found, pair[1])]
    heads = ["best rate, times that of"]
    heads += [f"{theirs} ({ours})" for ours, theirs, _ in pairs]
    rows = []
    for operation in OPERATIONS:
        cells = [_ratio(found, operation, ours, theirs, goal) for ours, theirs, goal in pairs]
        if any(cells):
            rows.append([operation, *cells])
    return table(heads, rows)


def _has(found: Sequence[Measured], subject: str) -> bool:
    return any(one.subject == subject for one in found)


def _ratio(
    found: Sequence[Measured], operation: str, ours: str, theirs: str, goal: float | None
) -> str:
    mine, other = best(found, ours, operation), best(found, theirs, operation)
    if operation == INTROSPECT_JWT and other is None:
        other = best(found, theirs, INTROSPECT)
    if mine is None or other is None or not other.rate:
        return ""
    ratio = mine.rate / other.rate
    return f"{ratio:.2f}{' (missed)' if goal and ratio < goal else ''}"


def targets(found: Sequence[Measured]) -> str:
    """What the pipelined edge is meant to reach, and whether it did."""
    rows = []
    for operation in OPERATIONS:
        top = best(found, PIPELINED, operation)
        if top is None:
            continue
        at = [
            one
            for one in found
            if (one.subject, one.operation, one.connections) == (PIPELINED, operation, P99_AT)
        ]
        p99 = _goal(at[0].p99, P99, "≤", lambda n: f"{n:.1f} ms") if at else ""
        rate = _goal(top.rate, QUIET.get(operation), "≥", lambda n: f"{n:,.0f}")
        cpu = _goal(top.cpu, CPU.get(operation), "≤", lambda n: f"{n:.2f}")
        rows.append([operation, rate, cpu, p99])
    heads = [PIPELINED, "best rate (quiet machine)", "CPU ms, together", f"p99 at {P99_AT}"]
    return table(heads, rows)


def _goal(value: float, goal: float | None, sign: str, form: Callable[[float], str]) -> str:
    if goal is None:
        return form(value)
    is_met = value >= goal if sign == "≥" else value <= goal
    return f"{form(value)} ({sign} {form(goal)}: {'met' if is_met else 'missed'})"
