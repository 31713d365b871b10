"""The lean base of the configuration views: path, token, permission, handler, record."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from apps.clients.models import Client, LoginPolicy, TokenPolicy
from apps.clients.services import ensure_manageable_after
from apps.directory.rows import lock
from apps.management.dry_run import DRY_RUN, preview
from apps.management.exceptions import Refusal, answer_error, not_found
from apps.management.identity_cloud.calls import record_call
from apps.management.identity_cloud.organization import is_ours
from apps.management.parsers import read_object
from apps.management.permissions import PathRequirement, TokenReachesPath, requirement_of
from apps.management.resource_server import ConfigurationAuthentication
from apps.management.respond import errors, no_content
from apps.servers.keys import KeyUnavailable
from apps.systemlog.entries import Actor
from apps.tokens.store import StorageError

logger = logging.getLogger(__name__)
CHANGES: Final = frozenset({"POST", "PUT", "DELETE"})
STORAGE_FAILURES = (StorageError, KeyUnavailable, DatabaseError, InterfaceError)


class OnlyJson(BaseContentNegotiation):
    """Answers are JSON, whatever `Accept` or `?format=` say (row 266)."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        return None  # bodies are read by `management.parsers`

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return JSONRenderer(), "application/json"


class ConfigurationView(APIView):
    """One resource of the configuration API."""

    authentication_classes = (ConfigurationAuthentication,)
    permission_classes = (TokenReachesPath,)
    content_negotiation_class = OnlyJson
    requirement: PathRequirement | None = None
    reason = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """DRF's, but what fails unforeseen is JSON, too, and storage that fails is 503 (I8)."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except STORAGE_FAILURES:
            logger.exception("storage failed")
            return errors("Service Unavailable", 503, {"Retry-After": "2"})
        except Exception:
            logger.exception("unforeseen failure")
            return errors("Internal Server Error", 500)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The path is judged before anything is read of the token."""
        if not is_ours(kwargs["organization"]):
            raise not_found()
        self.requirement = requirement_of(request._request)
        super().initial(request, *args, **kwargs)
        method = (request.method or "").lower()
        if request.method in CHANGES and hasattr(self, method):
            setattr(self, method, partial(self._change, getattr(self, method)))

    def _change(
        self, handler: Callable[..., HttpResponse], request: Request, **kwargs: Any
    ) -> HttpResponse:
        """A changing call: only tried, if so asked, which is never just overlooked."""
        call: Callable[[], HttpResponse] = partial(handler, request, **kwargs)
        match request._request.GET.getlist(DRY_RUN):
            case [] | ["false"]:
                return call()
            case ["true"]:
                return preview(call)
        raise Refusal(400, f"{DRY_RUN} must be true or false, once.")

    def get_exception_handler(self) -> Any:
        return answer_error

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The call is recorded before its answer leaves (R24)."""
        response = super().finalize_response(request, response, *args, **kwargs)
        shown = getattr(request, "presented", None)
        record_call(self.requirement, shown, response.status_code, self.reason)
        return response

    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """What may be done here: `Allow`, which every answer has."""
        return no_content()


class UnknownView(ConfigurationView):
    """Everything else below `config/`: refused like the rest, then 404."""

    schema = None

    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        raise not_found()

    post = put = patch = delete = get


def actor_of(request: Request) -> Actor:
    """The configuration client, as the log of the services names it."""
    actor: Actor = request.user  # type: ignore[assignment]
    return actor


def read(shape: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The body in a shape; raises what becomes 400."""
    serializer = shape(data=read_object(request._request))
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


def etag_of(body: Any) -> str:
    """A strong validator of what a GET shows."""
    return f'"{hashlib.sha256(repr(body).encode()).hexdigest()[:32]}"'


@contextmanager
def changing(
    request: Request, row: Client | TokenPolicy | LoginPolicy, etag: Any
) -> Iterator[None]:
    """Around a change: `If-Match` must name the present state, which then can't move (row 274)."""
    wanted = request.META.get("HTTP_IF_MATCH", "").strip()
    if wanted in {"", "*"}:
        yield
        return
    # The guard locks first, as the services do, so that two changes can't wait for each other.
    with transaction.atomic(), ensure_manageable_after():
        present = etag(lock(row))
        if present not in {tag.strip() for tag in wanted.split(",")}:
            raise Refusal(412, "Precondition Failed")
        yield


def in_use(organization: str, users: Iterable[Client]) -> Refusal:
    """The refusal names every client: a text that holds a JSON array, then a newline."""
    paths = [f"/customers/{organization}/clients/{client.client_id}" for client in users]
    return Refusal(409, json.dumps(paths) + "\n", reason="in_use")
