"""The organisation's own server at Okta's addresses, `/oauth2/v1/...`: the same steps as at
`/{org}/login/...`, so that a token of the one place is a token of the other (R19).

Okta's SDKs ask here with a signed assertion whose audience is the address they call. A DPoP proof
beside it is ignored: the answer is a bearer token, which they accept.
"""

from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from apps.management.identity_cloud.metadata import at_oktas_addresses
from apps.management.views.login import (
    LoginDocumentView,
    LoginIntrospectView,
    LoginRevokeView,
    LoginTokenView,
    OrganizationView,
)
from apps.oauth.respond import error_response
from apps.oauth.views.metadata import published
from apps.servers.models import Installation
from authzsite.domain.errors import temporarily_unavailable


class AtOktasAddress(OrganizationView):
    """An assertion may name the issuer of the document at the root, or the token endpoint."""

    def aliases(self) -> frozenset[str]:
        return frozenset({settings.BASE_URL, f"{settings.BASE_URL}/oauth2/v1/token"})


class TokenView(AtOktasAddress, LoginTokenView):
    """Configuration tokens, as Okta's SDKs get them."""


class IntrospectView(AtOktasAddress, LoginIntrospectView):
    """Whether a configuration token is alive."""


class RevokeView(AtOktasAddress, LoginRevokeView):
    """The end of one configuration token."""


class DiscoveryView(LoginDocumentView):
    """The discovery document at the root (RFC 8414, OIDC Discovery)."""

    document = staticmethod(at_oktas_addresses)


class OrganizationDocumentView(LoginDocumentView):
    """What Terraform's provider reads first: which organisation this is."""

    def get(self, request: HttpRequest) -> HttpResponse:  # type: ignore[override]
        try:
            name = Installation.objects.values_list("organization", flat=True).get(pk=1)
        except (DatabaseError, InterfaceError):
            return error_response(temporarily_unavailable("storage"))
        return published(request, organization_document(name)).as_django()


def organization_document(name: str) -> dict[str, Any]:
    """`pipeline` is the generation of Okta's sign-in; tools take other paths in an older one."""
    return {
        "id": name,
        "cell": "ok1",
        "pipeline": "idx",
        "settings": {
            "analyticsCollectionEnabled": False,
            "bugReportingEnabled": False,
            "omEnabled": False,
        },
        "_links": {
            "organization": {"href": settings.BASE_URL},
            "alternate": {"href": settings.BASE_URL},
        },
    }
