"""`/oauth2/v1/clients`: registration of clients by programs (RFC 7591).

Only with a credential: whoever holds `okta.clients.register` alone may register clients whose users
are asked for consent, and none that act for themselves; for the rest `okta.clients.manage` is
needed. Configuration clients aren't here: they are made where their token policies are (R19).
"""

from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from apps.clients.models import Client
from apps.clients.services import create_client, delete_client, rotate_secret, update_client
from apps.clients.services.clients import SECRET_METHODS
from apps.management.okta.base import OktaView
from apps.management.okta.callers import ApiKey
from apps.management.okta.faults import Fault, fault_of, invalid, missing
from apps.management.okta.paging import PAGING, Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.app_fields import settle_secret
from apps.management.okta.resources.apps import refuse_other
from apps.management.okta.resources.registration_shapes import (
    RegistrationErrorShape,
    RegistrationShape,
    address_of,
    client_shown,
    metadata_of,
)
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import read
from apps.management.parsers import read_object
from apps.management.permissions import token_of
from apps.management.respond import answer, no_content
from apps.management.views.base import actor_of
from authzsite.domain import limits
from authzsite.domain.api_scopes import REGISTRATION, permits
from authzsite.domain.vocabulary import CLIENT_CREDENTIALS

KIND: Final = "PublicClientApp"
PAGE: Final = Paging(("id",), default=20)
INVALID: Final = "invalid_client_metadata"
REFUSALS: Final = dict.fromkeys((400, 413, 415), RegistrationErrorShape)


class RegistrationView(OktaView):
    """What is wrong with the metadata is said in OAuth's words, everything else in Okta's."""

    shape = RegistrationShape

    def owned_object(self) -> Client | None:
        """The client of the path, by the name that it authenticates with."""
        if "client_id" not in self.kwargs:
            return None
        return registered().filter(client_id=self.kwargs["client_id"]).first()

    def _answer_error(self, error: Exception, context: dict[str, Any]) -> HttpResponse | None:
        if isinstance(error, SoftwareStatement):
            self.reason = error.code
            return answer({"error": error.code, "error_description": error.text}, 400)
        fault = fault_of(error, RegistrationShape.wire_names())
        if fault is None or fault.status not in REFUSALS:
            return super()._answer_error(error, context)
        self.reason = fault.reason
        text = "; ".join(fault.causes) or fault.text
        return answer({"error": INVALID, "error_description": text}, fault.status)


class SoftwareStatement(Fault):
    """Nobody's statements are trusted here, so a forged one can't be told from a good one."""

    def __init__(self) -> None:
        super().__init__(400, "invalid_software_statement", "Software statements aren't accepted.")


def registered() -> QuerySet[Client]:
    """The clients that are seen here."""
    return Client.objects.exclude(type=Client.Type.CONFIG)


def client_named(client_id: str) -> Client:
    """The client, or 404."""
    client = registered().filter(client_id=client_id).first()
    if client is None:
        raise missing(client_id, KIND)
    return client


def metadata_in(request: Request) -> dict[str, Any]:
    """The body; 400 for a software statement (row 255)."""
    if read_object(request._request).get("software_statement") is not None:
        raise SoftwareStatement
    return read(RegistrationShape, request)


def is_manager(request: Request) -> bool:
    """Whether the caller may do more than register."""
    if isinstance(request.auth, ApiKey):
        return True
    return permits(token_of(request).scopes, "PUT", (*REGISTRATION, "any"))


def refuse_beyond_quota(registrar: str) -> None:
    """403 when somebody has registered as many clients as may exist of one caller (row 254). Calls
    that run at once may exceed it by their number."""
    if Client.objects.filter(registered_by=registrar).count() >= limits.MAX_REGISTERED_CLIENTS:
        text = f"has registered {limits.MAX_REGISTERED_CLIENTS} clients, the most that may exist"
        raise Fault(403, "E0000006", causes=(text,), reason="registration_quota")


class ClientsView(RegistrationView):
    """The list, and a new registration."""

    @documented(
        "listRegisteredClients",
        "List clients",
        gives=RegistrationShape(many=True),
        parameters=[query("q", "The beginning of the name."), *PAGES],
        refusals=REFUSALS,
    )
    def get(self, request: Request) -> HttpResponse:
        found = registered()
        if q := parameters(request, *PAGING, "q").get("q"):
            found = found.filter(name__istartswith=q)
        return listed(request, found, PAGE, client_shown, "q")

    @documented(
        "registerClient",
        "Register a client; its secret is in this answer and never again",
        takes=RegistrationShape,
        gives=RegistrationShape,
        status=201,
        refusals=REFUSALS,
    )
    def post(self, request: Request) -> HttpResponse:
        parameters(request)
        given, actor = metadata_in(request), actor_of(request)
        kind = given.get("application_type") or Client.Type.WEB.value
        fields = metadata_of(given, kind, None)
        if not is_manager(request):
            if CLIENT_CREDENTIALS in fields["grant_types"]:
                raise invalid("grant_types", f"grant_types: must not hold {CLIENT_CREDENTIALS}")
            fields["consent_method"] = Client.Consent.REQUIRED.value
        refuse_beyond_quota(actor.id)
        client, secret = create_client(actor=actor, type=kind, registered_by=actor.id, **fields)
        return answer(client_shown(client, secret), 201, {"Location": address_of(client)})


class ClientView(RegistrationView):
    """One registration."""

    @documented(
        "getRegisteredClient",
        "Read a client's registration",
        gives=RegistrationShape,
        refusals=REFUSALS,
    )
    def get(self, request: Request, client_id: str) -> HttpResponse:
        parameters(request)
        return answer(client_shown(client_named(client_id)))

    @documented(
        "replaceRegisteredClient",
        "Replace a client's metadata; every rule is checked on the result",
        takes=RegistrationShape,
        gives=RegistrationShape,
        is_change=True,
        refusals=REFUSALS,
    )
    def put(self, request: Request, client_id: str) -> HttpResponse:
        parameters(request)
        client, given, actor = client_named(client_id), metadata_in(request), actor_of(request)
        refuse_other("application_type", given.get("application_type"), client.type)
        refuse_other("client_id", given.get("client_id"), client.client_id)
        with transaction.atomic():
            fields = metadata_of(given, client.type, client)
            client = update_client(actor=actor, client=client, **fields)
            secret = settle_secret(actor, client, None)
        return answer(client_shown(client, secret))

    @documented(
        "deleteRegisteredClient",
        "Delete a client",
        status=204,
        is_change=True,
        refusals=REFUSALS,
    )
    def delete(self, request: Request, client_id: str) -> HttpResponse:
        parameters(request)
        delete_client(actor=actor_of(request), client=client_named(client_id))
        return no_content()


class NewSecretView(RegistrationView):
    """Another secret in the place of those there are, which stop working at once."""

    @documented(
        "generateNewClientSecret",
        "Replace a client's secret; it is in this answer and never again",
        gives=RegistrationShape,
        refusals=REFUSALS,
    )
    def post(self, request: Request, client_id: str) -> HttpResponse:
        parameters(request)
        client = client_named(client_id)
        if client.token_endpoint_auth_method not in SECRET_METHODS:
            raise invalid("client_secret", "client_secret: the client authenticates without one")
        _, text = rotate_secret(actor=actor_of(request), client=client)
        return answer(client_shown(client, text))
