"""`/{org}/config/tokenPolicies`."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from apps.clients.models import TokenPolicy
from apps.clients.selectors import clients_of_token_policy
from apps.clients.services import create_token_policy, delete_token_policy, update_token_policy
from apps.management.exceptions import not_found
from apps.management.identity_cloud.schema import POLICY, TEXT, configures
from apps.management.identity_cloud.schema import listed as listing_schema
from apps.management.permissions import require_held
from apps.management.respond import answer, no_content
from apps.management.serializers.identity_cloud import (
    TokenPolicyInput,
    policy_body,
    policy_entry,
    policy_path,
)
from apps.management.views.base import (
    ConfigurationView,
    actor_of,
    changing,
    etag_of,
    in_use,
    read,
)
from apps.management.views.lists import listed
from apps.servers.models import Scope
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.servers.selectors import scopes_of
from authzsite.domain.pattern_delegation import excess


class TokenPoliciesView(ConfigurationView):
    """The list, and a new one."""

    @configures(
        "listTokenPolicies",
        "List token policies",
        gives=listing_schema("tokenPolicies", "title"),
        is_list=True,
    )
    def get(self, request: Request, organization: str) -> HttpResponse:
        found = TokenPolicy.objects.order_by("title", "pk")
        return listed(request, "tokenPolicies", found, partial(policy_entry, organization))

    @configures(
        "addTokenPolicy", "Create a token policy", takes=TokenPolicyInput, gives=TEXT, status=201
    )
    def post(self, request: Request, organization: str) -> HttpResponse:
        fields = policy_fields(request)
        require_held(request, fields["allowed_scopes"])
        policy = create_token_policy(actor=actor_of(request), **fields)
        return answer(policy.pk, 201, {"Location": policy_path(organization, policy)})


class TokenPolicyView(ConfigurationView):
    """One token policy."""

    @configures("readTokenPolicy", "Read a token policy", gives=POLICY)
    def get(self, request: Request, organization: str, policy_id: str) -> HttpResponse:
        return shown(organization, policy_named(policy_id))

    @configures(
        "changeTokenPolicy",
        "Replace a token policy",
        takes=TokenPolicyInput,
        gives=POLICY,
        is_change=True,
    )
    def put(self, request: Request, organization: str, policy_id: str) -> HttpResponse:
        policy = policy_named(policy_id)
        fields = policy_fields(request)
        if excess(policy.allowed_scopes, fields["allowed_scopes"]):
            require_held(request, fields["allowed_scopes"])
        with changing(request, policy, lambda row: etag_of(policy_body(organization, row))):
            policy = update_token_policy(actor=actor_of(request), policy=policy, **fields)
        return shown(organization, policy)

    @configures("removeTokenPolicy", "Delete a token policy", status=204, is_change=True)
    def delete(self, request: Request, organization: str, policy_id: str) -> HttpResponse:
        policy = policy_named(policy_id)
        with changing(request, policy, lambda row: etag_of(policy_body(organization, row))):
            if users := list(clients_of_token_policy(policy)):
                raise in_use(organization, users)
            delete_token_policy(actor=actor_of(request), policy=policy)
        return no_content()


def policy_fields(request: Request) -> dict[str, Any]:
    """The whole policy as asked; without `allowedScopes`, the scopes of the discovery document."""
    fields = read(TokenPolicyInput, request)
    if "allowed_scopes" not in fields:
        public = scopes_of(ORGANIZATION_SERVER_ID).filter(
            metadata_publish=Scope.Publish.ALL_CLIENTS
        )
        fields["allowed_scopes"] = list(public.values_list("name", flat=True))
    return fields


def policy_named(policy_id: str) -> TokenPolicy:
    """The policy, or 404."""
    policy = TokenPolicy.objects.filter(pk=policy_id).first()
    if policy is None:
        raise not_found()
    return policy


def shown(organization: str, policy: TokenPolicy) -> HttpResponse:
    """The policy with its validator."""
    body = policy_body(organization, policy)
    return answer(body, headers={"ETag": etag_of(body)})
