"""`/api/v1/org/signIn`: how people sign in to the installation. Ours; Okta keeps it in its policies
of authentication."""

from django.http import HttpResponse
from rest_framework.request import Request

from apps.management.okta.base import OktaView
from apps.management.okta.parameters import parameters
from apps.management.okta.schema import documented
from apps.management.okta.shapes import Whole, read
from apps.management.respond import answer
from apps.management.serializers.fields import Flag
from apps.management.views.base import actor_of
from apps.servers.models import Installation
from apps.servers.selectors import installation
from apps.servers.services import set_sign_in_rules


class SignInShape(Whole):
    """`staffNeedSecondFactor`: administrators do nothing but enrol until they have proved one.
    `peopleNeedVerifiedEmail`: who has never followed a link that was sent to their address does so
    at their next sign-in; left out, that stays as it is."""

    staffNeedSecondFactor = Flag(source="staff_need_second_factor")  # noqa: N815 - the wire's name
    peopleNeedVerifiedEmail = Flag(source="people_need_verified_email", required=False)  # noqa: N815


class SignInView(OktaView):
    """One for all; to change it takes a superuser, or a token that reaches it."""

    shape = SignInShape

    @documented("getSignInRules", "How people sign in", gives=SignInShape, tag="Org")
    def get(self, request: Request) -> HttpResponse:
        parameters(request)
        return answer(_shown(installation()))

    @documented(
        "replaceSignInRules",
        "Set how people sign in",
        takes=SignInShape,
        gives=SignInShape,
        is_change=True,
        tag="Org",
    )
    def put(self, request: Request) -> HttpResponse:
        parameters(request)
        row = set_sign_in_rules(actor=actor_of(request), **read(SignInShape, request))
        return answer(_shown(row))


def _shown(row: Installation) -> dict[str, bool]:
    return {
        "staffNeedSecondFactor": row.staff_need_second_factor,
        "peopleNeedVerifiedEmail": row.people_need_verified_email,
    }
