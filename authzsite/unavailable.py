"""What is answered when no view has: 503 when storage failed, so that whoever asks comes back (I8);
Django's own page for anything else."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

from apps.oauth.respond import error_response
from apps.servers.keys import KeyUnavailable
from apps.systemlog.context import current
from apps.tokens.store import StorageError
from authzsite.domain.errors import temporarily_unavailable
from authzsite.middleware import is_protocol

FAILURES = (OperationalError, InterfaceError, StorageError, KeyUnavailable)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`, which is called while the exception is being handled."""
    if not isinstance(sys.exc_info()[1], FAILURES):
        return defaults.server_error(request)
    return unavailable(request, "storage")


def unavailable(request: HttpRequest, reason: str) -> HttpResponse:
    """503, to programs and to people."""
    error = temporarily_unavailable(reason)
    return error_response(error) if is_protocol(request) else _page(error.retry_after)


def _page(retry_after: int) -> HttpResponse:
    """Without the request: looking for its user would ask the database again."""
    text = render_to_string("503.html", {"reference": current().reference})
    response = HttpResponse(text, status=503)
    response.headers["Retry-After"] = str(retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response
