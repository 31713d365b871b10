"""Login policies as Identity Cloud writes them. The owner's secret goes in and never comes out."""

from typing import Any

from rest_framework import serializers

from apps.clients.models import LoginPolicy
from apps.management.serializers.fields import REQUIRED, Text
from apps.management.serializers.identity_cloud import links

NOT_AN_OBJECT: dict[str, Any] = {
    **REQUIRED,
    "not_a_dict": "must be an object",
    "invalid": "must be an object",
}


class ConnectionInput(serializers.Serializer[Any]):
    """`identityStoreDetails.connectionDetails`."""

    domain = Text(source="store_domain")
    applicationId = Text(source="application_id")  # noqa: N815 - the wire's names
    entityType = Text(source="entity_type")  # noqa: N815
    clientId = Text(source="owner_client_id")  # noqa: N815
    clientSecret = Text(source="owner_secret", required=False)  # noqa: N815


class StoreInput(serializers.Serializer[Any]):
    """`identityStoreDetails`."""

    type = Text(source="store_type")
    connectionDetails = ConnectionInput(error_messages=NOT_AN_OBJECT)  # noqa: N815


class LoginPolicyInput(serializers.Serializer[Any]):
    """What can be changed, whole: custom claims that are left out are none."""

    title = Text()
    loginURL = Text(source="login_url")  # noqa: N815
    customClaims = serializers.DictField(  # noqa: N815
        source="custom_claims", default=dict, error_messages=NOT_AN_OBJECT
    )
    identityStoreDetails = StoreInput(  # noqa: N815
        source="store", required=False, error_messages=NOT_AN_OBJECT
    )


def login_policy_path(organization: str, policy: LoginPolicy) -> str:
    """The address of a login policy."""
    return f"/{organization}/config/loginPolicies/{policy.pk}"


def login_policy_body(organization: str, policy: LoginPolicy) -> dict[str, Any]:
    """One login policy, without the owner's secret (row 271)."""
    return {
        "id": policy.pk,
        "title": policy.title,
        "loginURL": policy.login_url,
        "customClaims": policy.custom_claims,
        "identityStoreDetails": {
            "type": policy.store_type,
            "connectionDetails": {
                "domain": policy.store_domain,
                "applicationId": policy.application_id,
                "entityType": policy.entity_type,
                "clientId": policy.owner_client_id,
            },
        },
        "_links": links(login_policy_path(organization, policy)),
    }


def login_policy_entry(organization: str, policy: LoginPolicy) -> dict[str, Any]:
    """A login policy in the list."""
    found = links(login_policy_path(organization, policy))
    return {"id": policy.pk, "title": policy.title, "_links": found}
