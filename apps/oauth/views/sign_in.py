"""The sign-in page: allauth's, which is told who asks for the sign-in and as whom."""

from typing import Any

from allauth.account.views import LoginView

from apps.oauth.authorize.pages import waiting
from authzsite.domain.limits import LOGIN_LENGTH


class SignInView(LoginView):
    """Shows the client's name and prefills its `login_hint`, which proves nothing."""

    def get_initial(self) -> dict[str, Any]:
        transaction = waiting(self.request)
        hint = transaction.values.get("login_hint", "") if transaction else ""
        return {**super().get_initial(), "login": hint[: LOGIN_LENGTH[1]]}

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        transaction = waiting(self.request)
        name = transaction.client_name if transaction else ""
        return super().get_context_data(login_client_name=name, **extra)
