"""Claims of an authorization server's tokens."""

from typing import Any, Final

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import ActiveStatus
from apps.management.okta.base import OktaView
from apps.management.okta.faults import missing
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.servers import BASE, check_server
from apps.management.okta.schema import documented
from apps.management.okta.shapes import READ_WRITE, Whole, href, link, read
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Flag, Text, TextList
from apps.management.views.base import actor_of
from apps.servers.models import Claim
from apps.servers.services import create_claim, delete_claim, update_claim
from authzsite.domain import limits

KIND: Final = "OAuth2Claim"


class ClaimConditionsShape(Whole):
    """`conditions`: the scopes that the claim comes with; none is whatever the scopes."""

    scopes = TextList(default=list, max_length=limits.MAX_LIST_LENGTH)


class ClaimShape(Whole):
    """A claim; a PUT is a full replacement, so what is left out has its default. Only a status
    that is left out stays: nothing that was switched off comes back by itself."""

    id = serializers.CharField(read_only=True)
    name = Text()
    claimType = serializers.ChoiceField(  # noqa: N815 - the wire's names
        choices=Claim.ClaimType.choices, source="claim_type"
    )
    valueType = serializers.ChoiceField(  # noqa: N815
        choices=Claim.ValueType.choices, source="value_type", default=Claim.ValueType.EXPRESSION
    )
    value = Text(default="")
    group_filter_type = serializers.ChoiceField(
        choices=Claim.GroupFilter.choices, required=False, allow_blank=True
    )
    conditions = ClaimConditionsShape(source="*", required=False)
    alwaysIncludeInToken = Flag(source="always_include_in_token", default=True)  # noqa: N815
    status = serializers.ChoiceField(choices=ActiveStatus.choices, required=False)
    system = serializers.BooleanField(read_only=True)
    _links = serializers.DictField(read_only=True)


def fields_of(request: Request) -> dict[str, Any]:
    """The body as fields of the services."""
    return {"scopes": [], "group_filter_type": "", **read(ClaimShape, request)}


def shown(claim: Claim) -> dict[str, Any]:
    """The claim as the wire has it: without a value where it is built in, and with a kind of filter
    only where there is one."""
    body = {
        "id": claim.pk,
        "name": claim.name,
        "status": claim.status,
        "claimType": claim.claim_type,
        "valueType": claim.value_type,
        "value": claim.value,
        "group_filter_type": claim.group_filter_type,
        "conditions": {"scopes": claim.scopes},
        "alwaysIncludeInToken": claim.always_include_in_token,
        "system": claim.is_system,
        "apiResourceId": None,
        "_links": {"self": link(href(BASE, claim.server_id, "claims", claim.pk), *READ_WRITE)},
    }
    is_system = claim.value_type == Claim.ValueType.SYSTEM
    is_groups = claim.value_type == Claim.ValueType.GROUPS
    hidden = {"value"} if is_system else set()
    hidden |= set() if is_groups else {"group_filter_type"}
    return {name: value for name, value in body.items() if name not in hidden}


def claim_named(server_id: str, claim_id: str) -> Claim:
    """The claim of the server, or 404."""
    claim = Claim.objects.filter(
        pk=claim_id, server=server_id, server__is_organization=False
    ).first()
    if claim is None:
        check_server(server_id)
        raise missing(claim_id, KIND)
    return claim


class ClaimsView(OktaView):
    """The list, which has no pages, and a new one."""

    shape = ClaimShape

    @documented("listOAuth2Claims", "List the claims", gives=ClaimShape(many=True))
    def get(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        check_server(server_id)
        rows = Claim.objects.filter(server=server_id).order_by("claim_type", "name", "pk")
        return answer([shown(claim) for claim in rows])

    @documented(
        "createOAuth2Claim", "Create a claim", takes=ClaimShape, gives=ClaimShape, status=201
    )
    def post(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        check_server(server_id)
        fields = fields_of(request)
        claim = create_claim(actor=actor_of(request), server_id=server_id, **fields)
        return answer(shown(claim), 201)


class ClaimView(OktaView):
    """One claim."""

    shape = ClaimShape

    @documented("getOAuth2Claim", "Read a claim", gives=ClaimShape)
    def get(self, request: Request, server_id: str, claim_id: str) -> HttpResponse:
        parameters(request)
        return answer(shown(claim_named(server_id, claim_id)))

    @documented(
        "replaceOAuth2Claim", "Replace a claim", takes=ClaimShape, gives=ClaimShape, is_change=True
    )
    def put(self, request: Request, server_id: str, claim_id: str) -> HttpResponse:
        parameters(request)
        claim_named(server_id, claim_id)
        fields = fields_of(request)
        claim = update_claim(
            actor=actor_of(request), server_id=server_id, claim_id=claim_id, **fields
        )
        return answer(shown(claim))

    @documented("deleteOAuth2Claim", "Delete a claim", status=204, is_change=True)
    def delete(self, request: Request, server_id: str, claim_id: str) -> HttpResponse:
        parameters(request)
        claim_named(server_id, claim_id)
        delete_claim(actor=actor_of(request), server_id=server_id, claim_id=claim_id)
        return no_content()
