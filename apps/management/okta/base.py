"""The lean base of the views: path, credential, allowance, permission, handler, record."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar, Final

from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.clients.models import Client
from apps.management import idempotency
from apps.management.dry_run import DRY_RUN, preview
from apps.management.okta import rate
from apps.management.okta.access import IsAllowed
from apps.management.okta.callers import ApiTokenAuthentication, fingerprint_of
from apps.management.okta.faults import Fault, answer_fault, fault_of, invalid
from apps.management.okta.force import FORCE, as_one_change, may_be_forced
from apps.management.okta.parameters import flag, parameters
from apps.management.okta.record import record_api_call
from apps.management.okta.shapes import Shape
from apps.management.okta.versions import check_precondition, with_etag
from apps.management.permissions import PathRequirement, requirement_of
from apps.management.resource_server import ConfigurationAuthentication
from apps.management.respond import no_content
from apps.management.views.base import STORAGE_FAILURES, OnlyJson
from apps.servers.models import AuthorizationServer
from apps.servers.services import lock_server
from apps.tokens import clock

logger = logging.getLogger(__name__)
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class OktaView(APIView):
    """One resource. A subclass has the methods, and what they read and show.

    `shape` tells what the wire calls the fields of the services. `only_reads`: its POST changes
    nothing, so whoever may look may call it. `takes_key`: its POST hears `Idempotency-Key`.
    """

    authentication_classes = (ApiTokenAuthentication, ConfigurationAuthentication)
    permission_classes = (IsAllowed,)
    content_negotiation_class = OnlyJson
    shape: ClassVar[type[Shape] | None] = None
    only_reads: ClassVar[bool] = False
    takes_key: ClassVar[bool] = True
    helps: ClassVar[dict[str, str]] = {}  # method → the permission of a help desk that does for it
    requirement: PathRequirement | None = None
    allowance: rate.Allowance | None = None
    reason = ""

    def owned_object(self) -> AuthorizationServer | Client | None:
        """What the path belongs to, if that can be owned by a group (delegated administration)."""
        if "server_id" in self.kwargs:
            return AuthorizationServer.objects.filter(pk=self.kwargs["server_id"]).first()
        if "app_id" in self.kwargs:
            return Client.objects.filter(pk=self.kwargs["app_id"]).first()
        return None

    def is_for_help(self, helper: Any) -> bool:
        """Whether a help desk may do it to whom the path names."""
        return True

    def locked_row(self) -> Model | None:
        """The row that a change of this resource has to hold for `If-Match` (row 274)."""
        return self.owned_object()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """DRF's, but what fails unforeseen is JSON, too, and storage that fails is 503 (I8)."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except STORAGE_FAILURES:
            logger.exception("storage failed")
            return answer_fault(Fault(503, "E0000010", headers={"Retry-After": "2"}))
        except Exception:
            logger.exception("unforeseen failure")
            return answer_fault(Fault(500, "E0000009"))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The path is judged before anything is read of the credential, and the allowance taken
        before anything is done."""
        self.requirement = requirement_of(request._request, in_organization=False)
        self.perform_authentication(request)
        if request.auth is not None:
            self.allowance = rate.take(fingerprint_of(request), clock.now())
            rate.refuse_beyond(self.allowance)
        super().initial(request, *args, **kwargs)
        method = (request.method or "").lower()
        if request.method not in READING and not self.only_reads and hasattr(self, method):
            setattr(self, method, partial(self._change, getattr(self, method)))

    def _change(
        self, handler: Callable[..., HttpResponse], request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A changing call: only tried, once only, or only from a certain state, if so asked."""
        is_trial = self._says(request, DRY_RUN)
        is_once = request.method == "POST" and idempotency.HEADER in request.META
        if is_once and not 0 < len(request.META[idempotency.HEADER]) <= idempotency.MAX_KEY_LENGTH:
            raise invalid("Idempotency-Key", f"must have 1-{idempotency.MAX_KEY_LENGTH} characters")
        call: Callable[[], HttpResponse] = partial(handler, request, *args, **kwargs)
        if may_be_forced(request.method or "", request._request.path):
            call = partial(as_one_change, call, is_forced=self._says(request, FORCE))
        if wanted := request.META.get("HTTP_IF_MATCH", "").strip():
            call = partial(self._from_state, wanted, call, request)
        if is_trial:
            return self.preview(call)
        if is_once:
            return self._once(request, call)
        return call()

    def preview(self, call: Callable[[], HttpResponse]) -> HttpResponse:
        """What the call would end."""
        return preview(call)

    def _says(self, request: Request, name: str) -> bool:
        """Whether it says `?name=true`; the views themselves never see the parameter."""
        query = request._request.META.get("QUERY_STRING", "")
        if name not in query:
            return False
        parts = [part for part in query.split("&") if part.partition("=")[0] == name]
        rest = [part for part in query.split("&") if part not in parts]
        request._request.META["QUERY_STRING"] = "&".join(parts)
        says = flag(parameters(request, name), name)
        request._request.META["QUERY_STRING"] = "&".join(rest)
        return says

    def _from_state(
        self, wanted: str, call: Callable[[], HttpResponse], request: Request
    ) -> HttpResponse:
        if wanted == "*":
            return call()
        if not hasattr(self, "get"):
            raise invalid("If-Match", "names a state, and nothing can be read here")
        with transaction.atomic():
            row = self.locked_row()
            if row is not None:
                _hold(row)
            with _without_query(request._request):
                shown = self.get(request, **self.kwargs)
            check_precondition(wanted, shown)
            return call()

    def _once(self, request: Request, call: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return idempotency.once(request._request, fingerprint_of(request), clock.now(), call)
        except idempotency.KeyReused:
            raise Fault(
                422, "E0000001", "Idempotency-Key: was used for another request body"
            ) from None

    def get_exception_handler(self) -> Any:
        return self._answer_error

    def _answer_error(self, error: Exception, context: dict[str, Any]) -> HttpResponse | None:
        fault = fault_of(error, self.shape.wire_names() if self.shape else {})
        if fault is None:
            return None
        self.reason = fault.reason
        return answer_fault(fault)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Validator and allowance on the answer; a refused call is recorded before it leaves, and
        every call of a configuration client (R24)."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.allowance is not None:
            for name, value in self.allowance.headers.items():
                response.headers.setdefault(name, value)
        record_api_call(self.requirement, request, response.status_code, self.reason)
        return with_etag(request, response)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """What may be done here: `Allow`, which every answer has."""
        return no_content()


@contextmanager
def _without_query(request: HttpRequest) -> Iterator[None]:
    """The parameters of a change are none of a GET's."""
    query = request.META.get("QUERY_STRING", "")
    request.META["QUERY_STRING"] = ""
    try:
        yield
    finally:
        request.META["QUERY_STRING"] = query


def _hold(row: Model) -> None:
    """The row's lock, taken as the services take it: another order of the same would be a
    deadlock."""
    if isinstance(row, AuthorizationServer):
        lock_server(row.pk)
    else:
        type(row)._default_manager.select_for_update().get(pk=row.pk)


class AskingView(OktaView):
    """Its POST asks a receiver, which is never a part of anything: it is asked, or it isn't."""

    takes_key = False

    def _change(
        self, handler: Callable[..., HttpResponse], request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if self._says(request, DRY_RUN):
            raise invalid(DRY_RUN, "can't be said here: the receiver would be asked")
        return handler(request, *args, **kwargs)


class UnknownResourceView(OktaView):
    """Everything else below `/api/v1`: let in like the rest, then 404."""

    schema = None

    def get(self, request: Request, **kwargs: Any) -> HttpResponse:
        raise Fault(404, "E0000008")

    post = put = patch = delete = get
