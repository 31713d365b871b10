"""Rows of clients: the client, its secrets, its assignments, and token policies."""

import uuid
from secrets import randbits

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.directory.models import Group, User
from apps.systemlog.ids import IdDefault


def new_uuid() -> str:
    return str(uuid.uuid4())


EPOCH_BITS = 40


def first_epoch() -> int:
    """Where a client begins to count. Not at 1: a client that is made again under the name of a
    deleted one would bring to life what that one's JWTs say (R16)."""
    return 1 + randbits(EPOCH_BITS)


class ActiveStatus(models.TextChoices):
    ACTIVE = "ACTIVE", _("Active")
    INACTIVE = "INACTIVE", _("Inactive")


class TokenPolicy(models.Model):
    """What configuration clients may get (Identity Cloud, R19). Lifetimes in seconds.

    `epoch` rises with every change but the title's: tokens issued under the policy die (R15).
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_uuid, editable=False)
    title = models.CharField(max_length=255, unique=True)
    allowed_scopes = models.JSONField(default=list)
    access_token_lifetime = models.PositiveIntegerField(
        _("access token lifetime (s)"), default=3600
    )
    refresh_token_lifetime = models.PositiveIntegerField(
        _("refresh token lifetime (s)"), default=7776000
    )
    use_access_jwt = models.BooleanField(_("access tokens are JWTs"), default=False)
    epoch = models.BigIntegerField(default=1, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = _("token policies")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class LoginPolicy(models.Model):
    """Where the users of a client sign in, as Identity Cloud's tools describe it.

    It is kept for those tools; sign-in itself is ours. The identity store is given once and for
    good; its owner's secret is sealed, and never shown.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_uuid, editable=False)
    title = models.CharField(max_length=255, unique=True)
    login_url = models.CharField(_("login URL"), max_length=2000)
    custom_claims = models.JSONField(default=dict, blank=True)
    store_type = models.CharField(max_length=50)
    store_domain = models.CharField(max_length=255)
    application_id = models.CharField(_("application ID"), max_length=255)
    entity_type = models.CharField(max_length=255)
    owner_client_id = models.CharField(_("owner client ID"), max_length=255)
    sealed_owner_secret = models.BinaryField()
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = _("login policies")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class Client(models.Model):
    """An OAuth client (R5). `version` rises with each change, `epoch` with each revoking one."""

    class Type(models.TextChoices):
        WEB = "web", _("Web application")
        NATIVE = "native", _("Native application")
        BROWSER = "browser", _("Browser application")
        SERVICE = "service", _("Service (machine to machine)")
        CONFIG = "config", _("Configuration client")

    class AuthMethod(models.TextChoices):
        BASIC = "client_secret_basic", _("Secret by HTTP Basic")
        POST = "client_secret_post", _("Secret in the form")
        PRIVATE_KEY_JWT = "private_key_jwt", _("Signed assertion")
        NONE = "none", _("None (public client)")

    class Consent(models.TextChoices):
        TRUSTED = "TRUSTED", _("Trusted: no consent page")
        REQUIRED = "REQUIRED", _("Required")

    class Rotation(models.TextChoices):
        ROTATE = "ROTATE", _("Rotate")
        STATIC = "STATIC", _("Static")

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("0oa"), editable=False)
    client_id = models.CharField(_("client ID"), max_length=100, unique=True)
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=8, choices=Type)
    status = models.CharField(max_length=8, choices=ActiveStatus, default=ActiveStatus.ACTIVE)
    grant_types = models.JSONField(default=list)
    response_types = models.JSONField(default=list, blank=True)
    redirect_uris = models.JSONField(_("redirect URIs"), default=list, blank=True)
    post_logout_redirect_uris = models.JSONField(
        _("post-logout redirect URIs"), default=list, blank=True
    )
    token_endpoint_auth_method = models.CharField(
        _("client authentication"), max_length=20, choices=AuthMethod, default=AuthMethod.BASIC
    )
    jwks = models.JSONField(_("public keys (JWKS)"), default=dict, blank=True)
    jwks_uri = models.CharField(_("JWKS URI"), max_length=2000, blank=True)
    pkce_required = models.BooleanField(_("PKCE required"), default=True)
    consent_method = models.CharField(max_length=8, choices=Consent, default=Consent.TRUSTED)
    rotation_type = models.CharField(
        _("refresh tokens"), max_length=6, choices=Rotation, default=Rotation.ROTATE
    )
    leeway = models.PositiveSmallIntegerField(_("rotation leeway (s)"), default=30)
    allowed_origins = models.JSONField(_("allowed origins (CORS)"), default=list, blank=True)
    client_uri = models.CharField(_("client URI"), max_length=2000, blank=True)
    logo_uri = models.CharField(_("logo URI"), max_length=2000, blank=True)
    tos_uri = models.CharField(_("terms of service URI"), max_length=2000, blank=True)
    policy_uri = models.CharField(_("privacy policy URI"), max_length=2000, blank=True)
    initiate_login_uri = models.CharField(_("initiate login URI"), max_length=2000, blank=True)
    token_policy = models.ForeignKey(
        TokenPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="clients"
    )
    login_policy = models.ForeignKey(
        LoginPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="clients"
    )
    owners: "models.ManyToManyField[Group, models.Model]" = models.ManyToManyField(
        Group, blank=True, related_name="owned_clients"
    )
    registered_by = models.CharField(
        max_length=20, blank=True, default="", db_index=True, editable=False
    )  # the person or client by whose call (RFC 7591), for its quota
    version = models.BigIntegerField(default=1, editable=False)
    epoch = models.BigIntegerField(default=first_epoch, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        indexes = [  # the orders and filters of the console's list
            models.Index(fields=["name"], name="client_name"),
            models.Index(fields=["status", "name"], name="client_status"),
            models.Index(fields=["type", "name"], name="client_type"),
            models.Index(fields=["last_updated"], name="client_changed"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        return self.token_endpoint_auth_method == self.AuthMethod.NONE


class ClientOrigin(models.Model):
    """A web origin whose pages may call for a client (CORS): made from its URIs, kept so that a
    preflight, which names no client, is one look-up."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="origins")
    origin = models.CharField(max_length=512)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "client"], name="client_origin_once")
        ]

    def __str__(self) -> str:
        return self.origin


class ClientSecret(models.Model):
    """A secret as a digest; at most two live at once (R5). Imported or chosen ones are argon2id."""

    class Kind(models.TextChoices):
        SHA256 = "sha256", _("Generated")
        ARGON2ID = "argon2id", _("Imported or chosen")

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("ocs"), editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="secrets")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.SHA256)
    digest = models.CharField(max_length=255)
    last_four = models.CharField(max_length=4)
    status = models.CharField(max_length=8, choices=ActiveStatus, default=ActiveStatus.ACTIVE)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["created"]

    def __str__(self) -> str:
        return f"…{self.last_four}"


# Ends of assignments that no job has followed yet: all that a run of the follower reads.
UNFOLLOWED = models.Q(is_followed=False, valid_until__isnull=False)


class UserAssignment(models.Model):
    """A user assigned directly to a client: an assignment path, half-open in time (R6, D15)."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="user_assignments")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="client_assignments")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    is_followed = models.BooleanField(default=False, editable=False)  # its end, by a job
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "client"], name="user_assignment_once")
        ]
        indexes = [
            models.Index(fields=["valid_until"], condition=UNFOLLOWED, name="user_assignment_end")
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.client}"


class GroupAssignment(models.Model):
    """A group assigned to a client: with a membership an assignment path, half-open in time."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="group_assignments")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="client_assignments")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    is_followed = models.BooleanField(default=False, editable=False)  # its end, by a job
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "group"], name="group_assignment_once")
        ]
        indexes = [
            models.Index(fields=["valid_until"], condition=UNFOLLOWED, name="group_assignment_end")
        ]

    def __str__(self) -> str:
        return f"{self.group} → {self.client}"
