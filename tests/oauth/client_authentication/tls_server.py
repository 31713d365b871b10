"""A TLS server on 127.0.0.1 with a certificate of our own making, for what outgoing calls meet."""

import contextlib
import datetime
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

Page = Callable[["Asked"], None]


class Asked(BaseHTTPRequestHandler):
    """A request, and its body."""

    body = b""


class Site:
    """The running server: its pages by path, and what was asked of it."""

    def __init__(self, port: int, scheme: str) -> None:
        self.port, self.scheme = port, scheme
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []

    def url(self, path: str = "/keys", host: str = "localhost") -> str:
        """The address of a page."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def show(self, body: bytes, *, path: str = "/keys", status: int = 200, **headers: str) -> str:
        """Answer a path with this body; its address."""

        def page(request: Asked) -> None:
            request.send_response(status)
            for name, value in {"Content_Length": str(len(body)), **headers}.items():
                request.send_header(name.replace("_", "-"), value)
            request.end_headers()
            request.wfile.write(body)

        self.pages[path] = page
        return self.url(path)


def write_certificate(folder: Path, *, days: int = 1, host: str = "localhost") -> Path:
    """A self-signed certificate and its key in one file; negative `days` have expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    start, end = now - datetime.timedelta(days=10), now + datetime.timedelta(days=days)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(end)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
    signed = builder.sign(key, hashes.SHA256())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / f"{host}{days}.pem"
    path.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return path


@contextlib.contextmanager
def serve(certificate: Path | None) -> Iterator[Site]:
    """The server for as long as the block lasts; plain HTTP without a certificate."""

    class Handler(Asked):
        def do_POST(self) -> None:
            self.body = self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def do_GET(self) -> None:
            site.asked.append(self)
            with contextlib.suppress(OSError):
                site.pages[self.path](self)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    site = Site(server.server_address[1], "https" if certificate else "http")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
