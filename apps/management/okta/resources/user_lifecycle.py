"""A user's way from one status to another, with Okta's code for each refusal."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.directory import services
from apps.directory.models import User
from apps.directory.roles import HELP_PERSON, may_help
from apps.management.okta.faults import Fault
from apps.management.okta.parameters import flag, parameters
from apps.management.okta.resources.user_shapes import UserShape, shown
from apps.management.okta.resources.users import UserAddressView, user_named
from apps.management.okta.schema import documented, query
from apps.management.okta.shapes import Shape
from apps.management.respond import answer
from apps.management.views.base import actor_of
from authzsite.domain.validation import InvalidError

SEND_EMAIL: Final = query("sendEmail", "No mail is sent, whatever it says.")
TAG: Final = "UserLifecycle"
NOT_NOW: Final = (
    "E0000038",
    "This operation is not allowed in the user's current status.",
)
ALREADY_ACTIVE: Final = ("E0000016", "Activation failed because the user is already active")
NOT_LOCKED: Final = ("E0000032", "Unlock is not allowed for this user.")


class NothingShape(Shape):
    """An empty object: there are no links to send."""


class LinkShape(Shape):
    """Where Okta has a link for the user. There is none here, so both members are absent."""

    activationUrl = serializers.CharField(read_only=True, required=False)  # noqa: N815
    activationToken = serializers.CharField(read_only=True, required=False)  # noqa: N815


class _StepView(UserAddressView):
    """One step, by a service that refuses the wrong status."""

    refusal: tuple[str, str] | None = None  # a code with 403, and its words

    def step(self, request: Request, user_id: str, service: Callable[..., User]) -> User:
        """Take it. The wrong status is `refusal`, or 400 E0000001 in the service's words."""
        user = self.changed_user(request, user_id)
        try:
            return service(actor=actor_of(request), user=user)
        except InvalidError as error:
            is_status = all(one.field == "status" for one in error.problems)
            if self.refusal is None or not is_status:
                raise
            raise Fault(403, *self.refusal) from None


class _HelpView(_StepView):
    """A step that a help desk takes for people, too."""

    helps = {"POST": HELP_PERSON}

    def is_for_help(self, helper: User) -> bool:
        """Not for administrators."""
        return may_help(helper, user_named(self.request, self.kwargs["user_id"]))


class ActivateUserView(_StepView):
    """STAGED or DEPROVISIONED: usable, as soon as there is a password."""

    refusal = ALREADY_ACTIVE

    @documented(
        "activateUser", "Activate a user", gives=LinkShape, parameters=[SEND_EMAIL], tag=TAG
    )
    def post(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request, "sendEmail")
        self.step(request, user_id, services.activate_user)
        return answer({})


class ReactivateUserView(_StepView):
    """PROVISIONED or RECOVERY: begin again."""

    refusal = NOT_NOW

    @documented(
        "reactivateUser", "Reactivate a user", gives=LinkShape, parameters=[SEND_EMAIL], tag=TAG
    )
    def post(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request, "sendEmail")
        self.step(request, user_id, services.reactivate_user)
        return answer({})


class DeactivateUserView(_StepView):
    """DEPROVISIONED, without assignments or tokens; twice is once."""

    @documented(
        "deactivateUser",
        "Deactivate a user",
        gives=NothingShape,
        parameters=[SEND_EMAIL],
        is_change=True,
        tag=TAG,
    )
    def post(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request, "sendEmail")
        self.step(request, user_id, services.deactivate_user)
        return answer({})


class SuspendUserView(_StepView):
    """ACTIVE: barred for a while."""

    @documented("suspendUser", "Suspend a user", gives=NothingShape, is_change=True, tag=TAG)
    def post(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request)
        self.step(request, user_id, services.suspend_user)
        return answer({})


class UnsuspendUserView(_StepView):
    """SUSPENDED: ACTIVE; earlier tokens stay dead."""

    @documented("unsuspendUser", "Unsuspend a user", gives=NothingShape, tag=TAG)
    def post(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request)
        self.step(request, user_id, services.unsuspend_user)
        return answer({})


class UnlockUserView(_HelpView):
    """LOCKED_OUT: ACTIVE."""

    refusal = NOT_LOCKED

    @documented("unlockUser", "Unlock a user", gives=NothingShape, tag=TAG)
    def post(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request)
        self.step(request, user_id, services.unlock_user)
        return answer({})


class ExpirePasswordView(_StepView):
    """ACTIVE: the password has to be changed."""

    refusal = NOT_NOW

    @documented("expirePassword", "Expire the password", gives=UserShape, is_change=True, tag=TAG)
    def post(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request)
        return answer(shown(self.step(request, user_id, services.expire_password)))


class ResetPasswordView(_HelpView):
    """The password is worth nothing any more: RECOVERY."""

    refusal = NOT_NOW

    @documented(
        "resetPassword",
        "Reset the password",
        gives=NothingShape,
        parameters=[SEND_EMAIL, query("revokeSessions", "`true`: end browser sessions, too.")],
        is_change=True,
        tag=TAG,
    )
    def post(self, request: Request, user_id: str) -> HttpResponse:
        given = parameters(request, "sendEmail", "revokeSessions")
        user = self.step(request, user_id, services.reset_password)
        if flag(given, "revokeSessions"):
            services.end_sessions(actor=actor_of(request), user=user)
        return answer({})


STEPS: Final[dict[str, Any]] = {
    "activate": ActivateUserView,
    "reactivate": ReactivateUserView,
    "deactivate": DeactivateUserView,
    "suspend": SuspendUserView,
    "unsuspend": UnsuspendUserView,
    "unlock": UnlockUserView,
    "expire_password": ExpirePasswordView,
    "reset_password": ResetPasswordView,
}
