"""What an import did, or would do: said once, for people."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Report:
    """Clients one by one, tokens by reason: there may be millions."""

    clients: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    tokens: int = 0
    tokens_skipped: Counter[str] = field(default_factory=Counter)

    def lines(self, *, is_applied: bool) -> Iterator[str]:
        """The report."""
        verb = "Imported" if is_applied else "Would import"
        yield f"{verb} {len(self.clients)} clients and {self.tokens} refresh tokens."
        yield from (f"  client {one}" for one in self.clients)
        yield from (f"  note: {one}" for one in self.notes)
        yield from (f"  skipped: {one}" for one in self.skipped)
        for reason, count in self.tokens_skipped.most_common():
            yield f"  skipped: {count} refresh tokens: {reason}"
        if not is_applied:
            yield "Nothing was changed. Say --apply to import."
