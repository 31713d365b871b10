"""How passwords sign people in: the login as written, and only who is ACTIVE (R7)."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from apps.directory.models import User
from apps.directory.second_factors import knowing_whether_needed
from authzsite.domain.limits import PASSWORD_LENGTH


class PasswordBackend(AuthenticationBackend):
    """allauth's backend, which hashes for unknown logins too, and compares them as written."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """Nobody for a password longer than any can be: hashing it is only cost (row 236)."""
        if len(str(credentials.get("password") or "")) > PASSWORD_LENGTH[1]:
            return None
        user: User | None = super().authenticate(request, **credentials)
        return user

    def get_user(self, user_id: str) -> User | None:
        """Who is signed in, and whether administrators need a second factor, in one statement."""
        user = knowing_whether_needed(User.objects.filter(pk=user_id)).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def _authenticate_by_username(self, username: str, password: str) -> User | None:
        user = User.objects.filter(login=username).first() if "\0" not in username else None
        found: User | None = self._check_password(user, password)
        return found
