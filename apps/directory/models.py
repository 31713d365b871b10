"""Rows of the directory: users, groups and memberships."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.directory.roles import has_permission
from apps.systemlog.ids import IdDefault


class Status(models.TextChoices):
    """A user's status (okta lifecycle, R7); only ACTIVE users get or keep tokens."""

    STAGED = "STAGED", _("Staged")
    PROVISIONED = "PROVISIONED", _("Provisioned")
    ACTIVE = "ACTIVE", _("Active")
    RECOVERY = "RECOVERY", _("Recovery")
    PASSWORD_EXPIRED = "PASSWORD_EXPIRED", _("Password expired")  # noqa: S105
    LOCKED_OUT = "LOCKED_OUT", _("Locked out")
    SUSPENDED = "SUSPENDED", _("Suspended")
    DEPROVISIONED = "DEPROVISIONED", _("Deactivated")


class UserManager(BaseUserManager["User"]):
    """Look-up by login, octet for octet: identifiers are never folded or normalised."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(login=username)


class User(AbstractBaseUser):
    """A person: gets tokens from assigned clients, and may administer this site."""

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("00u"), editable=False)
    login = models.CharField(max_length=100, unique=True)
    email = models.CharField(max_length=100, db_index=True)
    # The address whose link was followed; another one than `email` verifies nothing.
    verified_email = models.CharField(max_length=100, blank=True, default="", editable=False)
    first_name = models.CharField(max_length=50)
    last_name = models.CharField(max_length=50)
    status = models.CharField(max_length=16, choices=Status, default=Status.STAGED)
    profile = models.JSONField(default=dict, blank=True)
    epoch = models.BigIntegerField(default=1, editable=False)
    password_epoch = models.BigIntegerField(
        default=1, editable=False
    )  # +1 with each new password (R15)
    is_staff = models.BooleanField(_("may read the console"), default=False)
    is_superuser = models.BooleanField(_("may change everything"), default=False)
    is_help_desk = models.BooleanField(_("may unlock, reset and revoke"), default=False)
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)
    activated = models.DateTimeField(null=True, editable=False)
    status_changed = models.DateTimeField(null=True, editable=False)
    password_changed = models.DateTimeField(null=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        ordering = ["login"]
        indexes = [
            # Whoever ends a user looks for the last superuser, among however many users (R23).
            models.Index(
                fields=["id"],
                condition=models.Q(is_superuser=True, is_staff=True),
                name="user_superusers",
            ),
            # The console's list, filtered.
            models.Index(fields=["status", "login"], name="user_status"),
            models.Index(
                fields=["login"], condition=models.Q(is_staff=True), name="user_administrators"
            ),
        ]

    def __str__(self) -> str:
        return self.login

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether this user may sign in and keep tokens (R7)."""
        return self.status == Status.ACTIVE

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.login

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.first_name or self.login

    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is the password; an old hash of the right one is renewed, by the service."""

        def renew(password: str) -> None:
            from apps.directory.services.passwords import renew_hash

            renew_hash(user=self, password=password)

        return check_password(raw_password, self.password, renew)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """What the user's role may do."""
        return has_permission(self, perm)

    def has_perms(self, perms: list[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class Group(models.Model):
    """A named set of users; the BUILT_IN one, Everyone, holds all users without membership rows."""

    class Type(models.TextChoices):
        OKTA_GROUP = "OKTA_GROUP", _("Group")
        BUILT_IN = "BUILT_IN", _("Built in")

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("00g"), editable=False)
    name = models.CharField(max_length=255, unique=True)
    description = models.CharField(max_length=1024, blank=True)
    type = models.CharField(max_length=10, choices=Type, default=Type.OKTA_GROUP, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)
    # When somebody was put in or taken out; never of Everyone, which has no memberships.
    last_membership_updated = models.DateTimeField(null=True, editable=False)
    users: "models.ManyToManyField[User, GroupMembership]" = models.ManyToManyField(
        User, through="GroupMembership", related_name="groups"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_everyone(self) -> bool:
        return self.type == self.Type.BUILT_IN


class GroupMembership(models.Model):
    """One user's membership: an assignment path (D15), so its id is never reused."""

    id = models.BigAutoField(primary_key=True)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "group"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.group}"


class Attempt(models.Model):
    """How many guesses there were under one key in one window: see `apps.directory.attempts`."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.IntegerField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} until {self.expires_at:%F %T}"
