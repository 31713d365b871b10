"""The one way out: to an address that somebody else chose, for a JSON object or to post one.

On the standard library's sockets rather than an HTTP client: what matters here is which address the
bytes come from and when to stop reading, and that is exactly what a client library hides. The name
is resolved once, every address must be global (or allowed by OUTBOUND_ALLOW), the connection goes
to the address that was judged, and the certificate is checked against the name. No redirects, no
proxies, no cookies, no compression, one deadline for everything.

Callers hear "could not be fetched" and nothing else: this is no port scanner. The reason is
logged. Never call it inside a database transaction, nor while holding a lock.
"""

import contextlib
import http.client
import io
import ipaddress
import json
import logging
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, urlsplit

from apps.oauth.addresses import Address, may_reach

T = TypeVar("T")

DEADLINE_SECONDS: Final = 3.0  # while somebody waits
TASK_SECONDS: Final = 10.0  # in the background
MAX_OCTETS: Final = 262_144
MAX_ANSWER_OCTETS: Final = 65_536  # to what we post
MAX_RETRY_AFTER: Final = 86_400
MAX_HEAD_OCTETS: Final = 65_536
MAX_ADDRESSES: Final = 8
_PIECE: Final = 16_384
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


@dataclass(frozen=True, slots=True)
class Answer:
    """How a post was answered: the status, and the seconds that the receiver asks to wait."""

    status: int
    retry_after: int | None = None


def fetch_json(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    seconds: float = DEADLINE_SECONDS,
    limit: int = MAX_OCTETS,
    body: bytes | None = None,
) -> Document:
    """The JSON object at `url`, or its answer to a posted `body`. Raises OutboundError for
    everything that isn't one, with status 200, in time."""
    lines = {"Accept": "application/json", **(headers or {})}
    if body is not None:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    method = "GET" if body is None else "POST"

    def read(response: http.client.HTTPResponse) -> Document:
        return _document(response, limit)

    return _exchange(_Request(method, url, lines, body or b"", limit), seconds, read)


def post_json(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    seconds: float = TASK_SECONDS,
    limit: int = MAX_ANSWER_OCTETS,
) -> Answer:
    """How `url` answers this body, whatever the status. Raises OutboundError without an answer.

    What the answer says beside its status isn't looked at, and not read beyond `limit` octets.
    """
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}

    def read(response: http.client.HTTPResponse) -> Answer:
        after = response.headers.get("Retry-After", "")
        wait = min(int(after), MAX_RETRY_AFTER) if re.fullmatch(r"\d{1,9}", after) else None
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, _Refused):
            response.read(limit)  # or the receiver would see its answer refused
        return Answer(response.status, wait)

    return _exchange(_Request("POST", url, lines, body, limit), seconds, read)


def check_address(url: str, *, seconds: float = DEADLINE_SECONDS) -> None:
    """Raises OutboundError for an address that would be refused now: by its form, or because its
    host has an address that isn't global. Nothing is connected to."""
    with _refusing():
        _resolve(_checked_url(url), time.monotonic() + seconds)


@dataclass(frozen=True, slots=True)
class _Request:
    """What to ask; `limit` is for the octets of the answer's body."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    limit: int = MAX_OCTETS


def _exchange(
    request: _Request, seconds: float, read: Callable[[http.client.HTTPResponse], T]
) -> T:
    """Connect, ask, and read what there is, before the deadline. Raises OutboundError."""
    deadline = time.monotonic() + seconds
    with _refusing():
        parts = _checked_url(request.url)
        addresses = _resolve(parts, deadline)
        with _connect(parts, addresses, deadline) as connection:
            _send(connection, _octets(request, parts), deadline)
            source = _Source(connection, deadline, request.limit)
            response = http.client.HTTPResponse(source, method=request.method)  # type: ignore[arg-type]
            response.begin()
            return read(response)


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """The reason to the log, nothing of it to the caller."""
    try:
        yield
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


def _octets(request: _Request, parts: SplitResult) -> bytes:
    """The request as it is sent; a header that could become two is refused."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    lines += ["Accept-Encoding: identity", "User-Agent: authzsite", "Connection: close"]
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise _Refused("header")
    return "\r\n".join((*lines, "", "")).encode("ascii") + request.body


def _send(connection: socket.socket, octets: bytes, deadline: float) -> None:
    """Piece by piece: TLS sockets start their time-out anew with each."""
    left = memoryview(octets)
    while left:
        connection.settimeout(_left(deadline))
        left = left[connection.send(left[:_PIECE]) :]


def _document(response: http.client.HTTPResponse, limit: int) -> Document:
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
