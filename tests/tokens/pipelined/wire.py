"""One request as it stands on the wire, brought to each edge as our web server brings it, and what
came back with all that differs between any two answers taken out."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from authzsite.arrival import Message, Scope
from authzsite.pipelined import PipelinedEdge

Headers = tuple[tuple[str, str], ...]
REFERENCE = re.compile(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}")
ITS_OWN = ("access_token", "refresh_token", "id_token")


@dataclass(frozen=True)
class Wire:
    """One request. `is_chunked`: its body doesn't say how long it is."""

    method: str
    target: bytes
    headers: Headers = ()
    body: bytes = b""
    is_chunked: bool = False
    client: str = "127.0.0.1"
    scheme: str = "http"

    def listed(self) -> Headers:
        """All of its headers."""
        framed: Headers = ()
        if self.is_chunked:
            framed = (("transfer-encoding", "chunked"),)
        elif self.body or self.method in ("POST", "PUT"):
            framed = (("content-length", str(len(self.body))),)
        named = {name for name, _ in self.headers}
        host = () if "host" in named else (("host", "localhost"),)
        return (*host, *self.headers, *(one for one in framed if one[0] not in named))

    def scope(self) -> Scope:
        """As granian says it over ASGI."""
        path, _, query = self.target.partition(b"?")
        return {
            "type": "http",
            "method": self.method,
            "path": unquote_to_bytes(path).decode(errors="replace"),
            "raw_path": path,
            "query_string": query,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in self.listed()],
            "client": (self.client, "4000"),
            "server": ("127.0.0.1", "8000"),
            "scheme": self.scheme,
            "http_version": "1.1",
            "root_path": "",
        }

    def environ(self) -> dict[str, Any]:
        """As granian says it over WSGI (PEP 3333)."""
        path, _, query = self.target.partition(b"?")
        found: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.decode("latin-1"),
            "REMOTE_ADDR": self.client,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": self.scheme,
            "wsgi.input": BytesIO(self.body),
            "wsgi.input_terminated": True,
        }
        for name, value in self.listed():
            key = name.upper().replace("-", "_")
            key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
            found[key] = f"{found[key]},{value}" if key in found else value
        return found


@dataclass(frozen=True)
class Heard:
    """What came back, without what is each answer's own."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[str, str]], content: bytes) -> "Heard":
        """Headers in any order."""
        text = _plain(content.decode("utf-8"))
        is_changed = len(text.encode()) != len(content)
        listed = ((name.lower(), REFERENCE.sub("REFERENCE", value)) for name, value in headers)
        return cls(
            status,
            tuple(sorted(one for one in listed if not (is_changed and one[0] == "content-length"))),
            text,
        )


def _plain(text: str) -> str:
    """The text without references; tokens by how they look."""
    text = REFERENCE.sub("REFERENCE", text)
    for name in ITS_OWN:
        text = re.sub(rf'("{name}":")[^"]*"', r'\1A TOKEN"', text)
    return re.sub(r'("(?:jti|exp|iat|nbf)":)("[^"]*"|\d+)', r"\1ITS OWN", text)


async def over_asgi(edge: PipelinedEdge, wire: Wire) -> Heard:
    """Through the edge, and Django behind it."""
    messages: list[Message] = [{"type": "http.request", "body": wire.body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await edge(wire.scope(), receive, send)
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"]
    ]
    content = b"".join(one.get("body", b"") for one in sent[1:])
    return Heard.of(sent[0]["status"], headers, content)


def over_wsgi(application: Callable[..., Iterable[bytes]], wire: Wire) -> Heard:
    """Through the callable that gunicorn would serve."""
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], failure: Any = None) -> None:
        started[:] = [int(status.split()[0]), headers]

    answer = application(wire.environ(), start)
    try:
        content = b"".join(answer)
    finally:
        getattr(answer, "close", lambda: None)()
    return Heard.of(started[0], started[1], content)
