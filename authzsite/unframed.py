"""Bodies that don't say how long they are, over WSGI (RFC 9112 §7.1)."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from authzsite.domain.limits import MAX_JSON_BODY_LENGTH

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def framed(application: Application) -> Application:
    """The application, told how long each body is: Django takes one that doesn't say so for empty.

    Of a longer one than any may be, no more is read than tells so; it is refused like all that say
    they are too long. Only of servers that know where a body ends (`wsgi.input_terminated`).
    """

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(MAX_JSON_BODY_LENGTH + 1)
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
        return application(environ, start_response)

    return answer
