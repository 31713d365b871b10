"""`/{org}/config/loginPolicies`."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from apps.clients.models import LoginPolicy
from apps.clients.selectors import clients_of_login_policy
from apps.clients.services import (
    IdentityStore,
    create_login_policy,
    delete_login_policy,
    owner_secret_is,
    update_login_policy,
)
from apps.management.exceptions import Refusal, not_found
from apps.management.identity_cloud.schema import LOGIN_POLICY, TEXT, configures
from apps.management.identity_cloud.schema import listed as listing_schema
from apps.management.respond import answer, no_content
from apps.management.serializers.login_policies import (
    LoginPolicyInput,
    login_policy_body,
    login_policy_entry,
    login_policy_path,
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

STORE = "identityStoreDetails"
NEEDS_SECRET = f"{STORE}.connectionDetails.clientSecret is required"
FIXED = ("store_type", "store_domain", "application_id", "entity_type", "owner_client_id")


class LoginPoliciesView(ConfigurationView):
    """The list, and a new one."""

    @configures(
        "listLoginPolicies",
        "List login policies",
        gives=listing_schema("loginPolicies", "title"),
        is_list=True,
    )
    def get(self, request: Request, organization: str) -> HttpResponse:
        found = LoginPolicy.objects.order_by("title", "pk")
        return listed(request, "loginPolicies", found, partial(login_policy_entry, organization))

    @configures(
        "addLoginPolicy", "Create a login policy", takes=LoginPolicyInput, gives=TEXT, status=201
    )
    def post(self, request: Request, organization: str) -> HttpResponse:
        fields = read(LoginPolicyInput, request)
        store, secret = store_of(fields.pop("store", None))
        if store is None:
            raise Refusal(400, f"{STORE} is required")
        if secret is None:
            raise Refusal(400, NEEDS_SECRET)
        policy = create_login_policy(
            actor=actor_of(request), store=store, owner_secret=secret, **fields
        )
        return answer(policy.pk, 201, {"Location": login_policy_path(organization, policy)})


class LoginPolicyView(ConfigurationView):
    """One login policy."""

    @configures("readLoginPolicy", "Read a login policy", gives=LOGIN_POLICY)
    def get(self, request: Request, organization: str, policy_id: str) -> HttpResponse:
        return shown(organization, login_policy_named(policy_id))

    @configures(
        "changeLoginPolicy",
        "Replace a login policy",
        takes=LoginPolicyInput,
        gives=LOGIN_POLICY,
        is_change=True,
    )
    def put(self, request: Request, organization: str, policy_id: str) -> HttpResponse:
        policy = login_policy_named(policy_id)
        fields = read(LoginPolicyInput, request)
        if not is_same_store(policy, *store_of(fields.pop("store", None))):
            raise Refusal(422, f"{STORE} cannot be changed")
        with changing(request, policy, lambda row: etag_of(login_policy_body(organization, row))):
            policy = update_login_policy(actor=actor_of(request), policy=policy, **fields)
        return shown(organization, policy)

    @configures("removeLoginPolicy", "Delete a login policy", status=204, is_change=True)
    def delete(self, request: Request, organization: str, policy_id: str) -> HttpResponse:
        policy = login_policy_named(policy_id)
        with changing(request, policy, lambda row: etag_of(login_policy_body(organization, row))):
            if users := list(clients_of_login_policy(policy)):
                raise in_use(organization, users)
            delete_login_policy(actor=actor_of(request), policy=policy)
        return no_content()


def login_policy_named(policy_id: str) -> LoginPolicy:
    """The policy, or 404."""
    policy = LoginPolicy.objects.filter(pk=policy_id).first()
    if policy is None:
        raise not_found()
    return policy


def store_of(given: dict[str, Any] | None) -> tuple[IdentityStore | None, str | None]:
    """The identity store that a body describes, and its owner's secret."""
    if given is None:
        return None, None
    connection = given["connectionDetails"]
    store = IdentityStore(
        store_type=given["store_type"],
        store_domain=connection["store_domain"],
        application_id=connection["application_id"],
        entity_type=connection["entity_type"],
        owner_client_id=connection["owner_client_id"],
    )
    return store, connection.get("owner_secret")


def is_same_store(policy: LoginPolicy, store: IdentityStore | None, secret: str | None) -> bool:
    """Whether a body describes the store that the policy has; one that leaves it out does, too."""
    is_same = store is None or store == {name: getattr(policy, name) for name in FIXED}
    return is_same and (secret is None or owner_secret_is(policy, secret))


def shown(organization: str, policy: LoginPolicy) -> HttpResponse:
    """The policy with its validator."""
    body = login_policy_body(organization, policy)
    return answer(body, headers={"ETag": etag_of(body)})
