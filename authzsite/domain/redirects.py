"""Redirect URIs at request time: exact octets (R5), and the origins that follow from them.

What may be registered is decided in `validation.uris`; here a string is compared, never
normalised, decoded or understood as a pattern.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from authzsite.domain.uris import DEFAULT_PORTS, is_port, parse_uri

# RFC 8252 §7.3: the literals only; `localhost` may resolve elsewhere (§8.3).
_LOOPBACK: Final = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\])(?::(?P<port>[0-9]{1,5}))?(?P<rest>(?:[/?].*)?)",
    re.DOTALL,
)


def matches(registered: Sequence[str], presented: str, *, is_native: bool) -> bool:
    """Whether a presented redirect URI is one of the registered ones.

    True for equal characters; for native clients also when the registered one is an http URI
    on a loopback literal and both are equal after deleting the port (RFC 8252 §7.3).
    """
    if presented in registered:
        return True
    if not is_native:
        return False
    portless = _without_loopback_port(presented)
    return portless is not None and portless in map(_without_loopback_port, registered)


def origin_of(uri: str) -> str | None:
    """The origin that a browser sends for a page at `uri` (RFC 6454 §6.2), None without one."""
    parts = parse_uri(uri)
    if parts is None or not parts.host or parts.userinfo is not None:
        return None
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or (parts.port is not None and not is_port(parts.port)):
        return None
    is_default = parts.port in (None, DEFAULT_PORTS[scheme])
    return f"{scheme}://{parts.host.lower()}" + ("" if is_default else f":{parts.port}")


def allowed_origins(redirect_uris: Iterable[str], extra: Iterable[str] = ()) -> frozenset[str]:
    """The origins a client's pages may call from: those of its redirect URIs, and `extra`.

    Compare the `Origin` header with `in`; it is never a prefix or a pattern (row 29).
    """
    origins = map(origin_of, (*redirect_uris, *extra))
    return frozenset(origin for origin in origins if origin is not None)


def _without_loopback_port(uri: str) -> str | None:
    found = _LOOPBACK.fullmatch(uri)
    if found is None or (found["port"] is not None and not is_port(found["port"])):
        return None
    return f"http://{found['host']}{found['rest']}"
