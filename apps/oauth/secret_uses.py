"""When secrets were last used, for whoever wants to retire them: to the hour."""

import threading
from collections import OrderedDict
from datetime import datetime

from apps.clients.services.secrets import USE_GRAIN
from apps.tokens.statements import SECRET
from apps.tokens.store import Store, Unit, Update


class Uses:
    """When each secret's use was last written down by this process; bounded."""

    def __init__(self, size: int = 50_000) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._noted: OrderedDict[str, datetime] = OrderedDict()

    def is_due(self, secret_id: str, now: datetime) -> bool:
        """Whether this use is to be written; asked once, it is taken as written."""
        with self._lock:
            noted = self._noted.get(secret_id)
            if noted is not None and abs(now - noted) < USE_GRAIN:
                return False
            self._noted[secret_id] = now
            self._noted.move_to_end(secret_id)
            if len(self._noted) > self.size:
                self._noted.popitem(last=False)
            return True


_uses = Uses()


async def note_use(store: Store, secret_id: str, now: datetime) -> None:
    """Remember a use: a statement an hour and process, never one a request."""
    if _uses.is_due(secret_id, now):
        await store.write(Unit(Update(SECRET, {"id": secret_id}, {"last_used_at": now})), now)
