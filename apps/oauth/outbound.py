"""The one way out: fetches a JSON object from an address that somebody else chose.

On the standard library's sockets rather than an HTTP client: what matters here is which address the
bytes come from and when to stop reading, and that is exactly what a client library hides. The name
is resolved once, every address must be global (or allowed by OUTBOUND_ALLOW), the connection goes
to the address that was judged, and the certificate is checked against the name. No redirects, no
proxies, no cookies, no compression, one deadline for everything.

Callers hear "could not be fetched" and nothing else: this is no port scanner. The reason is
logged. Never call it inside a database transaction.
"""

import http.client
import io
import ipaddress
import json
import logging
import re
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

DEADLINE_SECONDS: Final = 3.0
MAX_OCTETS: Final = 262_144
MAX_HEAD_OCTETS: Final = 65_536
MAX_ADDRESSES: Final = 8
NAT64: Final = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
COMPATIBLE: Final = ipaddress.ip_network("::/96")  # the IPv4-compatible form, long deprecated
_MAX_AGE: Final = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})")

logger = logging.getLogger(__name__)
# The resolver has no deadline of its own; whoever waits for it does.
_resolvers = ThreadPoolExecutor(4, thread_name_prefix="resolve")


class OutboundError(Exception):
    """It could not be fetched."""


@dataclass(frozen=True, slots=True)
class Document:
    """What was fetched: a JSON object, and how long its owner says it may be kept."""

    body: dict[str, Any] = field(repr=False)
    max_age: int | None = None


def fetch_json(url: str, *, seconds: float = DEADLINE_SECONDS, limit: int = MAX_OCTETS) -> Document:
    """The JSON object at `url`. Raises OutboundError for everything that isn't one, in time."""
    deadline = time.monotonic() + seconds
    try:
        parts = _checked_url(url)
        addresses = _resolve(parts, deadline)
        with _connect(parts, addresses, deadline) as connection:
            return _get(connection, parts, deadline, limit)
    except (OSError, http.client.HTTPException, ValueError, RecursionError, _Refused) as error:
        logger.warning("could not be fetched", extra={"reason": _reason(error)})
        raise OutboundError("could not be fetched") from None


class _Refused(Exception):  # noqa: N818
    """Why we don't want it; for the log."""


def _reason(error: Exception) -> str:
    """Our own words, or the kind of the failure: never what the other side said."""
    return str(error) if isinstance(error, _Refused) else type(error).__name__


def _checked_url(url: str) -> SplitResult:
    parts = urlsplit(url)
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _Refused("characters")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise _Refused("scheme")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _Refused("userinfo or fragment")
    if parts.port is not None and parts.port != 443 and parts.port < 1024:
        raise _Refused("port")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _resolve(parts: SplitResult, deadline: float) -> list[Address]:
    """The addresses of the host, all of which may be talked to."""
    host = parts.hostname or ""
    job: Future[list[Any]] = _resolvers.submit(
        socket.getaddrinfo, host, _port(parts), type=socket.SOCK_STREAM
    )
    found = list(dict.fromkeys(info[4][0] for info in job.result(_left(deadline))))
    addresses = [ipaddress.ip_address(text) for text in found[:MAX_ADDRESSES]]
    for address in addresses:
        if not may_reach(address, is_tls=parts.scheme == "https"):
            raise _Refused("address")
    return addresses


def may_reach(address: Address, *, is_tls: bool = True) -> bool:
    """Whether outgoing calls may go to this address: global ones by TLS, and OUTBOUND_ALLOW's."""
    forms = tuple(_forms(address))
    if any(form in network for form in forms for network in settings.OUTBOUND_ALLOW):
        return True
    return is_tls and all(map(_is_public, forms))


def _is_public(address: Address) -> bool:
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_link_local
        or getattr(address, "is_site_local", False)
    )


def _forms(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 addresses that it is a disguise of."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    yield from address.teredo or ()
    if address in COMPATIBLE or any(address in network for network in NAT64):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _connect(parts: SplitResult, addresses: list[Address], deadline: float) -> socket.socket:
    """A connection to the first address that takes one, with TLS where the URL says so."""
    failure: OSError = ConnectionError("no address")
    for address in addresses:
        try:
            plain = socket.create_connection((str(address), _port(parts)), _left(deadline))
        except OSError as error:
            failure = error
            continue
        try:
            return _secured(plain, parts, address, deadline)
        except BaseException:
            plain.close()
            raise
    raise failure


def _secured(
    plain: socket.socket, parts: SplitResult, address: Address, deadline: float
) -> socket.socket:
    if ipaddress.ip_address(plain.getpeername()[0]) != address:
        raise _Refused("peer")
    if parts.scheme == "http":
        return plain
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    plain.settimeout(_left(deadline))
    return context.wrap_socket(plain, server_hostname=parts.hostname)


def _get(connection: socket.socket, parts: SplitResult, deadline: float, limit: int) -> Document:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = (
        f"GET {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "User-Agent: authzsite",
        "Connection: close",
    )
    connection.settimeout(_left(deadline))
    connection.sendall("\r\n".join((*lines, "", "")).encode("ascii"))
    response = http.client.HTTPResponse(_Source(connection, deadline, limit))  # type: ignore[arg-type]
    response.begin()
    if response.status != 200:
        raise _Refused(f"status {response.status}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _Refused("encoding")
    raw = response.read(limit + 1)
    if len(raw) > limit:
        raise _Refused("size")
    body = json.loads(raw)
    if not isinstance(body, dict):
        raise _Refused("no JSON object")
    return Document(body, _max_age(response.headers.get("Cache-Control", "")))


def _max_age(header: str) -> int | None:
    found = _MAX_AGE.search(header.lower())
    return int(found[1]) if found else None


class _Source(io.RawIOBase):
    """The connection as `HTTPResponse` reads it: to the deadline, and not more than we want."""

    def __init__(self, connection: socket.socket, deadline: float, limit: int) -> None:
        self.connection, self.deadline = connection, deadline
        self.octets_left = limit + MAX_HEAD_OCTETS

    def makefile(self, mode: str) -> io.BufferedReader:
        """What `HTTPResponse` asks of a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what there is; the deadline is for all of it, not for each octet."""
        self.connection.settimeout(_left(self.deadline))
        count = self.connection.recv_into(buffer)
        self.octets_left -= count
        if self.octets_left < 0:
            raise _Refused("size")
        return count


def _left(deadline: float) -> float:
    """The seconds that are left, or TimeoutError."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
