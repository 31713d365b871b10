"""`/api/v1/apps/{id}/credentials/secrets`: two at most, so that one is replaced
without an outage. A secret is shown once, in the answer that made it."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import ActiveStatus, ClientSecret
from apps.clients.services import (
    activate_secret,
    create_secret,
    deactivate_secret,
    delete_secret,
)
from apps.management.okta.base import OktaView
from apps.management.okta.faults import invalid, missing, sentence
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.app_rows import BASE, app_named, changeable
from apps.management.okta.schema import documented
from apps.management.okta.shapes import Moment, Shape, href, lifecycle_link, link, read
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Text
from apps.management.views.base import actor_of
from apps.systemlog.render import in_milliseconds
from authzsite.domain.tokens import digest
from authzsite.domain.validation import InvalidError

KIND = "OAuth2ClientSecret"
MEDIATED = "OAuth2ClientSecretMediated"


class ClientSecretShape(Shape):
    """A client secret. `secret_hash` only tells secrets apart: it is no digest of the secret."""

    id = serializers.CharField(read_only=True)
    client_secret = Text(required=False, allow_null=True)
    secret_hash = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=ActiveStatus.choices, required=False, allow_null=True)
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815 - the wire's names
    _links = serializers.DictField(read_only=True)


def secret_shown(row: ClientSecret, text: str | None = None) -> dict[str, Any]:
    """The secret as the wire has it, in clear only once."""
    address = href(BASE, row.client_id, "credentials", "secrets", row.pk)
    is_active = row.status == ActiveStatus.ACTIVE
    return {
        "id": row.pk,
        **({"client_secret": text} if text else {}),
        # Of the row's id and the stored digest: who sees it can neither use nor check a secret.
        "secret_hash": digest(f"shown {row.pk}", row.digest)[:22],
        "status": row.status,
        "created": in_milliseconds(row.created),
        "lastUpdated": in_milliseconds(row.last_updated),
        "_links": {
            **lifecycle_link(address, row.status),
            **({} if is_active else {"delete": link(address, "DELETE")}),
        },
    }


def secret_named(app_id: str, secret_id: str) -> ClientSecret:
    """A secret of this application, or 404."""
    rows = ClientSecret.objects.select_related("client")
    row = rows.filter(client=app_id, pk=secret_id).first()
    if row is None:
        raise missing(secret_id, KIND)
    return row


class SecretsView(OktaView):
    """The secrets, and a new one."""

    shape = ClientSecretShape

    @documented(
        "listOAuth2ClientSecrets", "List client secrets", gives=ClientSecretShape(many=True)
    )
    def get(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        rows = app_named(app_id).secrets.order_by("created", "pk")
        return answer([secret_shown(row) for row in rows])

    @documented(
        "createOAuth2ClientSecret",
        "Create a client secret, shown in this answer and never again",
        takes=ClientSecretShape,
        gives=ClientSecretShape,
        status=201,
    )
    def post(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        app = changeable(app_id)
        given = read(ClientSecretShape, request, optional=True)
        try:
            row, text = create_secret(
                actor=actor_of(request),
                client=app,
                secret=given.get("client_secret") or None,
                activate=given.get("status") != ActiveStatus.INACTIVE,
            )
        except InvalidError as error:
            raise invalid(MEDIATED, *map(sentence, error.problems)) from None
        return answer(secret_shown(row, text), 201)


class SecretView(OktaView):
    """One secret."""

    @documented("getOAuth2ClientSecret", "Read a client secret's record", gives=ClientSecretShape)
    def get(self, request: Request, app_id: str, secret_id: str) -> HttpResponse:
        parameters(request)
        app_named(app_id)
        return answer(secret_shown(secret_named(app_id, secret_id)))

    @documented("deleteOAuth2ClientSecret", "Delete an INACTIVE client secret", status=204)
    def delete(self, request: Request, app_id: str, secret_id: str) -> HttpResponse:
        parameters(request)
        changeable(app_id)
        delete_secret(actor=actor_of(request), secret=secret_named(app_id, secret_id))
        return no_content()


class ActivateSecretView(OktaView):
    """Accept it again."""

    @documented("activateOAuth2ClientSecret", "Activate a client secret", gives=ClientSecretShape)
    def post(self, request: Request, app_id: str, secret_id: str) -> HttpResponse:
        parameters(request)
        changeable(app_id)
        activate_secret(actor=actor_of(request), secret=secret_named(app_id, secret_id))
        return answer(secret_shown(secret_named(app_id, secret_id)))


class DeactivateSecretView(OktaView):
    """Accept it no longer; the only ACTIVE one is kept."""

    @documented(
        "deactivateOAuth2ClientSecret", "Deactivate a client secret", gives=ClientSecretShape
    )
    def post(self, request: Request, app_id: str, secret_id: str) -> HttpResponse:
        parameters(request)
        changeable(app_id)
        deactivate_secret(actor=actor_of(request), secret=secret_named(app_id, secret_id))
        return answer(secret_shown(secret_named(app_id, secret_id)))
