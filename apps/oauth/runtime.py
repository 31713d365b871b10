"""Compiled configuration, per process, keyed by id and version.

The request's one SELECT says which version is the present one; a changed version recompiles. So
nothing is ever served from a configuration older than the request, and nothing is read while it
hasn't changed.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, SynchronousOnlyOperation
from django.db import Error as DatabaseFailure

from apps.clients.compile import compile_client
from apps.oauth.weight import weight
from apps.policies.compile import compile_policies
from apps.servers.compile import compile_server
from apps.servers.models import Installation
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.tokens.store import ClientRow, Elsewhere, Reading, ServerRow, StorageError
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.server import ServerSnapshot

T = TypeVar("T")
MIB: Final = 1 << 20
SERVERS_BYTES: Final = 128 * MIB  # of each process, if there are so many: 4,000 usual servers
CLIENTS_BYTES: Final = 128 * MIB  # 55,000 usual clients
ENTRY: Final = 250  # octets of the map for each


class VersionedCache(Generic[T]):
    """A least-recently-used map of id → (version, value), safe across threads, bounded in memory:
    whoever may configure may make long lists."""

    def __init__(self, most: int) -> None:
        self.most, self.weight = most, 0  # octets, about
        self.hits = self.misses = 0  # of this process, since it began
        self._lock = threading.Lock()
        self._items: OrderedDict[str, tuple[object, T, int]] = OrderedDict()

    def get(self, key: str, version: object, make: Callable[[], T]) -> T:
        """The value at this version, made when another one (or none) is kept."""
        with self._lock:
            kept = self._items.get(key)
            if kept is not None and kept[0] == version:
                self._items.move_to_end(key)
                self.hits += 1
                return kept[1]
            self.misses += 1
        value = _made(make)
        heavy = weight((key, version, value)) + ENTRY
        with self._lock:
            before = self._items.pop(key, None)
            self._items[key] = (version, value, heavy)
            self.weight += heavy - (before[2] if before else 0)
            while self.weight > self.most and len(self._items) > 1:
                self.weight -= self._items.popitem(last=False)[1][2]
        return value

    def holds(self, key: str, version: object) -> bool:
        """Whether `get` would only look."""
        kept = self._items.get(key)
        return kept is not None and kept[0] == version

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._items)

    def clear(self) -> None:
        """Forget everything: for tests, whose databases start over under the same versions."""
        with self._lock:
            self._items.clear()
            self.weight = 0


def _made(make: Callable[[], T]) -> T:
    """What `make` compiles from rows. Storage that fails meanwhile, or a row that is deleted, is
    a 503: asked again, the request learns what is true then (I8).

    In an event loop, which mustn't wait for rows, this comes up only when something that was ready
    has been replaced or dropped since: then the request is for the other edge.
    """
    try:
        return make()
    except SynchronousOnlyOperation:
        raise Elsewhere from None
    except (DatabaseFailure, ObjectDoesNotExist) as error:
        raise StorageError from error


_servers: VersionedCache[ServerSnapshot] = VersionedCache(SERVERS_BYTES)
_clients: VersionedCache[ClientSnapshot] = VersionedCache(CLIENTS_BYTES)
CACHES: Final[Mapping[str, VersionedCache[Any]]] = {"server": _servers, "client": _clients}


def issuer_of(server_id: str) -> str:
    """The issuer of a server (R1); the organisation's own one is addressed by the organisation
    (R19)."""
    if server_id == ORGANIZATION_SERVER_ID:
        organization = Installation.objects.values_list("organization", flat=True).get(pk=1)
        return f"{settings.BASE_URL}/{organization}/login"
    return f"{settings.BASE_URL}/oauth2/{server_id}"


def server_snapshot(row: ServerRow) -> ServerSnapshot:
    """The server's configuration, at least as new as the row's version."""
    return _servers.get(row.id, row.version, lambda: _compile_server(row.id))


def client_snapshot(row: ClientRow) -> ClientSnapshot:
    """The client's configuration, at least as new as the row's version."""
    return _clients.get(row.id, (row.version, row.token_policy), lambda: compile_client(row.id))


def organization_snapshot() -> ServerSnapshot:
    """The organisation's own server as it is now, for what no request's SELECT has named one."""
    return _compile_server(ORGANIZATION_SERVER_ID)


def holds(reading: Reading) -> bool:
    """Whether everything is compiled that the reading names."""
    server = reading.server
    if server is not None and not _servers.holds(server.id, server.version):
        return False
    clients = (one for one in (reading.client, reading.owner) if one is not None)
    return all(_clients.holds(one.id, (one.version, one.token_policy)) for one in clients)


def prepare(reading: Reading) -> None:
    """Compile what the reading names. Raises StorageError."""
    if reading.server is not None:
        server_snapshot(reading.server)
    for row in (reading.client, reading.owner):
        if row is not None:
            client_snapshot(row)


def _compile_server(server_id: str) -> ServerSnapshot:
    return compile_server(server_id, issuer=issuer_of(server_id), compile_policies=compile_policies)


def clear() -> None:
    """Forget every snapshot."""
    _servers.clear()
    _clients.clear()
