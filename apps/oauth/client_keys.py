"""The public keys of a `private_key_jwt` client: registered inline, or fetched from its `jwks_uri`.

Fetched keys are kept as long as their owner says, between 5 minutes and a day. A `kid` that isn't
among them is looked for again, but not more than once a minute, however many assertions name it;
a failed fetch waits as long. What is too old and can't be fetched is not used (G7).
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, import_key

from apps.clients.jwks import key_problem
from apps.oauth import outbound
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.limits import MAX_CLIENT_KEYS

MIN_AGE, MAX_AGE, DEFAULT_AGE = timedelta(minutes=5), timedelta(days=1), timedelta(hours=1)
FLOOR: Final = timedelta(seconds=60)  # between two fetches for one client
REMEMBERED: Final = 10_000


def keys_of(client: ClientSnapshot, kid: str | None, now: datetime) -> KeySet | None:
    """The client's key set, None when it has none that can be read. `kid` is what the assertion
    names; it may cause a fetch, which blocks for three seconds at most."""
    if client.jwks:
        return _parse(json.dumps(client.jwks, sort_keys=True))
    if client.jwks_uri:
        return fetched.keys(client, kid, now)
    return None


@lru_cache(maxsize=1024)
def _parse(text: str) -> KeySet | None:
    """Parsing a key costs more than verifying with it, so parsed sets are kept."""
    try:
        return KeySet.import_key_set(json.loads(text))
    except (JoseError, ValueError, KeyError, TypeError):
        return None


def usable_keys(document: Mapping[str, Any]) -> KeySet | None:
    """The keys of a fetched document that may verify signatures: strong enough, public, and not
    sharing their `kid`. Others are left out, as owners publish them for other uses."""
    keys = document.get("keys")
    if not isinstance(keys, list) or len(keys) > MAX_CLIENT_KEYS:
        return None
    named = [key for key in keys if isinstance(key, dict)]
    kids = [key.get("kid") for key in named]
    good = [
        key
        for key in named
        if (key.get("kid") is None or kids.count(key["kid"]) == 1) and key_problem(key) is None
    ]
    return KeySet([import_key(key) for key in good]) if good else None


@dataclass(slots=True)
class _Kept:
    """What is known of one client's keys."""

    keys: KeySet | None = None
    fresh_until: datetime | None = None
    tried_at: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        return self.fresh_until is not None and now < self.fresh_until

    def has(self, kid: str | None) -> bool:
        return self.keys is not None and (
            kid is None or any(key.kid == kid for key in self.keys.keys)
        )

    def may_try(self, now: datetime) -> bool:
        return self.tried_at is None or abs(now - self.tried_at) >= FLOOR


class FetchedKeys:
    """The fetched keys of this process, bounded; one fetch at a time for each client."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[threading.Lock, _Kept]] = OrderedDict()

    def keys(self, client: ClientSnapshot, kid: str | None, now: datetime) -> KeySet | None:
        """The keys; fetched when there are none that are fresh, or the `kid` isn't among them."""
        lock, kept = self._entry((client.id, client.jwks_uri))
        if self._needs_fetch(kept, kid, now):
            with lock:
                if self._needs_fetch(kept, kid, now):  # whoever held the lock may have fetched
                    self._fetch(kept, client.jwks_uri, now)
        return kept.keys if kept.is_fresh(now) else None

    def clear(self) -> None:
        """Forget all of them: for tests."""
        with self._lock:
            self._kept.clear()

    def _entry(self, key: tuple[str, str]) -> tuple[threading.Lock, _Kept]:
        with self._lock:
            entry = self._kept.setdefault(key, (threading.Lock(), _Kept()))
            self._kept.move_to_end(key)
            if len(self._kept) > self.size:
                self._kept.popitem(last=False)
            return entry

    def _needs_fetch(self, kept: _Kept, kid: str | None, now: datetime) -> bool:
        return not (kept.is_fresh(now) and kept.has(kid)) and kept.may_try(now)

    def _fetch(self, kept: _Kept, url: str, now: datetime) -> None:
        kept.tried_at = now
        try:
            document = outbound.fetch_json(url)
        except outbound.OutboundError:
            return
        age = DEFAULT_AGE if document.max_age is None else timedelta(seconds=document.max_age)
        kept.keys = usable_keys(document.body)
        kept.fresh_until = now + min(max(age, MIN_AGE), MAX_AGE)


fetched: Final = FetchedKeys()
