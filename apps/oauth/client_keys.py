"""The public keys of a `private_key_jwt` client: registered inline, or fetched from its
`jwks_uri`."""

import json
from functools import lru_cache

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from authzsite.domain.client import ClientSnapshot


def keys_of(client: ClientSnapshot) -> KeySet | None:
    """The client's key set, None when it has none that can be read."""
    if not client.jwks:
        return None
    return _parse(json.dumps(client.jwks, sort_keys=True))


@lru_cache(maxsize=1024)
def _parse(text: str) -> KeySet | None:
    """Parsing a key costs more than verifying with it, so parsed sets are kept."""
    try:
        return KeySet.import_key_set(json.loads(text))
    except (JoseError, ValueError, KeyError, TypeError):
        return None
