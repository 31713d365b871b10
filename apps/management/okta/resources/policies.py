"""Access policies of an authorization server, and their whole order."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import ActiveStatus, Client
from apps.management.okta.base import OktaView
from apps.management.okta.faults import missing
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.servers import BASE, check_server
from apps.management.okta.schema import documented
from apps.management.okta.shapes import (
    READ_WRITE,
    Moment,
    Whole,
    href,
    lifecycle_link,
    link,
    read,
)
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Text, TextList, WholeNumber
from apps.management.views.base import actor_of
from apps.policies.models import ALL_CLIENTS, Policy
from apps.policies.services import (
    activate_policy,
    create_policy,
    deactivate_policy,
    delete_policy,
    reorder_policies,
    update_policy,
)
from apps.systemlog.render import in_milliseconds
from authzsite.domain import limits

KIND: Final = "Policy"
TYPE: Final = "OAUTH_AUTHORIZATION_POLICY"
LARGEST_PRIORITY: Final = 2**31 - 1


class Priority(WholeNumber):
    """A place, counted from 1. One behind the last is the last: some tools ask for 99999."""

    def __init__(self, **options: Any) -> None:
        given: dict[str, Any] = {"required": False, "min_value": 1, "max_value": LARGEST_PRIORITY}
        super().__init__(**(given | options))

    def to_internal_value(self, data: Any) -> int:
        number = super().to_internal_value(data)
        return limits.MAX_PRIORITY if limits.MAX_PRIORITY < number <= LARGEST_PRIORITY else number


class PolicyClientsShape(Whole):
    """`conditions.clients`: ALL_CLIENTS, or client ids."""

    include = TextList(source="clients", default=list, max_length=limits.MAX_LIST_LENGTH)


class PolicyConditionsShape(Whole):
    """`conditions`."""

    clients = PolicyClientsShape(source="*", required=False)


class PolicyShape(Whole):
    """An access policy; a PUT is a full replacement, so what is left out has its default. Only the
    place stays, and the status has calls of its own."""

    id = serializers.CharField(read_only=True)
    type = serializers.ChoiceField(choices=(TYPE,), default=TYPE)
    name = Text()
    description = Text(default="", help_text="The name, where it is left out.")
    priority = Priority()
    status = serializers.ChoiceField(
        choices=ActiveStatus.choices, required=False, help_text="Of a new policy."
    )
    system = serializers.BooleanField(read_only=True)
    conditions = PolicyConditionsShape(source="*", required=False)
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815 - the wire's names
    _links = serializers.DictField(read_only=True)


class OrderShape(Whole):
    """All ids, in their order."""

    ids = TextList()


def fields_of(request: Request) -> dict[str, Any]:
    """The body as fields of the services; clients by row."""
    body = read(PolicyShape, request)
    del body["type"]
    body["clients"] = _rows_of(body.get("clients", []))
    body["description"] = body["description"] or body["name"]
    return body


def _rows_of(names: Sequence[str]) -> list[str]:
    """The rows of the clients with these ids of OAuth. A client may be named by its row, too, and
    one that is gone only so."""
    rows = dict(Client.objects.filter(client_id__in=names).values_list("client_id", "pk"))
    return [rows.get(name, name) for name in names]


def names_of(policies: Iterable[Policy]) -> dict[str, str]:
    """The ids of OAuth of all clients that the policies name, by row, from one statement."""
    rows = {row for policy in policies for row in policy.clients} - {ALL_CLIENTS}
    if not rows:
        return {}
    return dict(Client.objects.filter(pk__in=rows).values_list("pk", "client_id"))


def shown(policy: Policy, names: dict[str, str] | None = None) -> dict[str, Any]:
    """The policy as the wire has it; never without a description, which its readers can't bear."""
    names = names_of([policy]) if names is None else names
    address = href(BASE, policy.server_id, "policies", policy.pk)
    return {
        "type": TYPE,
        "id": policy.pk,
        "status": policy.status,
        "name": policy.name,
        "description": policy.description or policy.name,
        "priority": policy.priority,
        "system": policy.is_system,
        "conditions": {"clients": {"include": [names.get(row, row) for row in policy.clients]}},
        "created": in_milliseconds(policy.created),
        "lastUpdated": in_milliseconds(policy.last_updated),
        "_links": {
            "self": link(address, *READ_WRITE),
            "rules": link(f"{address}/rules", "GET", "POST"),
            **lifecycle_link(address, policy.status),
        },
    }


def policies_of(server_id: str) -> list[Policy]:
    """The server's policies in order; 404 where there is no such server."""
    rows = Policy.objects.filter(server=server_id, server__is_organization=False)
    found = list(rows.order_by("priority", "pk"))
    if not found:
        check_server(server_id)
    return found


def policy_named(server_id: str, policy_id: str) -> Policy:
    """The policy of the server, or 404."""
    policy = Policy.objects.filter(
        pk=policy_id, server=server_id, server__is_organization=False
    ).first()
    if policy is None:
        check_server(server_id)
        raise missing(policy_id, KIND)
    return policy


class PoliciesView(OktaView):
    """The list, which has no pages, and a new one."""

    shape = PolicyShape

    @documented(
        "listAuthorizationServerPolicies",
        "List the policies by priority",
        gives=PolicyShape(many=True),
    )
    def get(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        found = policies_of(server_id)
        names = names_of(found)
        return answer([shown(policy, names) for policy in found])

    @documented(
        "createAuthorizationServerPolicy",
        "Create a policy",
        takes=PolicyShape,
        gives=PolicyShape,
        status=201,
    )
    def post(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        check_server(server_id)
        fields = fields_of(request)
        policy = create_policy(actor=actor_of(request), server_id=server_id, **fields)
        return answer(shown(policy), 201)


class PolicyView(OktaView):
    """One policy."""

    shape = PolicyShape

    @documented("getAuthorizationServerPolicy", "Read a policy", gives=PolicyShape)
    def get(self, request: Request, server_id: str, policy_id: str) -> HttpResponse:
        parameters(request)
        return answer(shown(policy_named(server_id, policy_id)))

    @documented(
        "replaceAuthorizationServerPolicy",
        "Replace a policy",
        takes=PolicyShape,
        gives=PolicyShape,
        is_change=True,
    )
    def put(self, request: Request, server_id: str, policy_id: str) -> HttpResponse:
        parameters(request)
        policy_named(server_id, policy_id)
        fields = fields_of(request)
        fields.pop("status", None)
        policy = update_policy(
            actor=actor_of(request), server_id=server_id, policy_id=policy_id, **fields
        )
        return answer(shown(policy))

    @documented("deleteAuthorizationServerPolicy", "Delete a policy", status=204, is_change=True)
    def delete(self, request: Request, server_id: str, policy_id: str) -> HttpResponse:
        return _done(delete_policy, request, server_id, policy_id)


def _done(
    service: Callable[..., object], request: Request, server_id: str, policy_id: str
) -> HttpResponse:
    """What is done to the policy as a whole, and answered with nothing."""
    parameters(request)
    policy_named(server_id, policy_id)
    service(actor=actor_of(request), server_id=server_id, policy_id=policy_id)
    return no_content()


class ActivatePolicyView(OktaView):
    """Consider it again."""

    @documented(
        "activateAuthorizationServerPolicy", "Activate a policy", status=204, is_change=True
    )
    def post(self, request: Request, server_id: str, policy_id: str) -> HttpResponse:
        return _done(activate_policy, request, server_id, policy_id)


class DeactivatePolicyView(OktaView):
    """Never consider it; what was issued under it dies."""

    @documented(
        "deactivateAuthorizationServerPolicy", "Deactivate a policy", status=204, is_change=True
    )
    def post(self, request: Request, server_id: str, policy_id: str) -> HttpResponse:
        return _done(deactivate_policy, request, server_id, policy_id)


class PolicyOrderView(OktaView):
    """The order of all policies, which changes as a whole or not at all."""

    shape = OrderShape

    @documented(
        "getAuthorizationServerPolicyOrder", "Read the order of the policies", gives=OrderShape
    )
    def get(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        return answer({"ids": [policy.pk for policy in policies_of(server_id)]})

    @documented(
        "replaceAuthorizationServerPolicyOrder",
        "Put all policies in an order",
        takes=OrderShape,
        gives=OrderShape,
        is_change=True,
    )
    def put(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        check_server(server_id)
        ids = read(OrderShape, request)["ids"]
        found = reorder_policies(actor=actor_of(request), server_id=server_id, policy_ids=ids)
        return answer({"ids": [policy.pk for policy in found]})
