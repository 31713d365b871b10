"""Browser sessions. The database holds digests of their keys only, so a copy of it opens no
session. They end in the database, not only in the browser: when nobody has used them for a while,
and some hours after the sign-in, used or not (row 239)."""

import hashlib
import time
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session

from apps.directory.sign_ins import BEGAN

TOUCH_SECONDS: Final = 300  # a session in use is written so often, to stay
SEEN: Final = "seen"
DIGEST_LENGTH = 40  # what Django's column holds: 160 bits, as many as a key has


class StoredKey(str):
    """A key as the database knows it: what a list of sessions has in hand, and no cookie can hold.
    It equals the key that it is the digest of."""

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) or (isinstance(other, str) and digest_of(other) == str(self))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def digest_of(key: str) -> str:
    """The key as the database knows it."""
    if isinstance(key, StoredKey):
        return str(key)
    return hashlib.sha256(f"session\0{key}".encode()).hexdigest()[:DIGEST_LENGTH]


class SessionStore(DatabaseStore):
    """Django's database sessions, looked up by digest."""

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key
        if key is None:
            return None
        self._session_key = digest_of(key)
        try:
            found: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        finally:
            self._session_key = key
        if found is None:
            self._session_key = None
        return found

    def get_session_cookie_age(self) -> int:
        """Seconds until the session ends if it isn't used any more."""
        began = self.get(BEGAN)
        left = settings.SESSION_COOKIE_AGE
        if isinstance(began, float):
            left = int(began + settings.SESSION_COOKIE_AGE - time.time())
        return max(min(left, settings.SESSION_IDLE_AGE), 0)

    def touch(self) -> None:
        """Somebody uses it: it stays for another while, by one write in some minutes."""
        seen = self.get(SEEN)
        if not isinstance(seen, float) or time.time() - seen > TOUCH_SECONDS:
            self[SEEN] = time.time()

    def exists(self, session_key: str) -> bool:
        return super().exists(digest_of(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = digest_of(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(digest_of(key))
