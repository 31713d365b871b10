"""Clients by their names: the clientId, or the name of one whose clientId was generated."""

from collections import Counter
from collections.abc import Iterable

from apps.clients.models import Client
from apps.management.configuration.items import Document, Item


class ClientNames:
    """Every spelling of a client to the one that differences use, for the database and a file."""

    def __init__(self, document: Document | None = None) -> None:
        self.row_ids: dict[str, str] = {}
        self.by_row: dict[str, str] = {}
        self.spellings: dict[str, str] = {}
        self.ambiguous: set[str] = set()
        self._read_rows()
        self._read_items(document.items("clients") if document else ())

    def _read_rows(self) -> None:
        rows = list(Client.objects.order_by("pk").values_list("pk", "client_id", "name"))
        count = Counter(name for _, _, name in rows)
        self.ambiguous = {name for name, times in count.items() if times > 1}
        ids = {client_id for _, client_id, _ in rows}
        for pk, client_id, name in rows:
            is_name = client_id == pk and count[name] == 1 and name not in ids
            ours = name if is_name else client_id
            self.by_row[pk], self.row_ids[ours] = ours, pk
            self.spellings[client_id] = ours
        for pk, _, name in rows:
            if count[name] == 1:
                self.spellings.setdefault(name, self.by_row[pk])

    def _read_items(self, items: Iterable[Item]) -> None:
        for item in items:
            ours = self.spellings.get(item.key[0], item.key[0])
            item.key = (ours,)
            self.spellings.setdefault(ours, ours)
        for item in items:
            if isinstance(name := item.values.get("name"), str) and name not in self.ambiguous:
                self.spellings.setdefault(name, item.key[0])

    def ours(self, name: str) -> str:
        """The spelling that differences use; an unknown name stays as it is."""
        return self.spellings.get(name, name)

    def all_ours(self, names: Iterable[str]) -> tuple[str, ...]:
        """The same for several, sorted."""
        return tuple(sorted({self.ours(name) for name in names}))
