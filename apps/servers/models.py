"""Rows of authorization servers: the server, its scopes, claims and signing keys, and the
installation."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.clients.models import ActiveStatus, Client
from apps.directory.models import Group
from apps.systemlog.ids import IdDefault


class Installation(models.Model):
    """The one row (id 1) that every token stands on; `organization` is the path of the
    configuration APIs.

    `first_version` is where the version and epoch of a new server start: above everything that a
    deleted server had, so a server made anew under an old id revives nothing (R16). `has_cutoffs`
    tells every look-up of a token whether there are explicit revocations to ask for (R18).
    Administrators without a second factor sign in only to enrol one while
    `staff_need_second_factor` (row 238); nobody signs in with an address that was never verified
    while `people_need_verified_email`.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    organization = models.SlugField(max_length=64, default="org")
    epoch = models.BigIntegerField(default=1)
    first_version = models.BigIntegerField(default=1, editable=False)
    has_cutoffs = models.BooleanField(default=False, editable=False)
    demo_applied = models.BooleanField(default=False)
    staff_need_second_factor = models.BooleanField(default=False)
    people_need_verified_email = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.organization


class AuthorizationServer(models.Model):
    """One protected resource: one audience, one issuer `{BASE_URL}/oauth2/{id}` (R1).

    `version` rises with every change to anything of the server, `epoch` with each revoking
    change of the server itself. The organisation's own server (`is_organization`) issues
    configuration tokens (R19).
    """

    class ScopeMode(models.TextChoices):
        REJECT = "reject", _("Reject: a scope that is not allowed refuses the request")
        NARROW = "narrow", _("Narrow: scopes that are not allowed are dropped")

    class TokenFormat(models.TextChoices):
        JWT = "jwt", "JWT (RFC 9068)"
        OPAQUE = "opaque", _("Opaque")

    class SigningAlg(models.TextChoices):
        RS256 = "RS256", "RS256"
        ES256 = "ES256", "ES256"
        PS256 = "PS256", "PS256"
        EDDSA = "EdDSA", "EdDSA"

    class RotationMode(models.TextChoices):
        AUTO = "AUTO", _("Automatic, every 90 days")
        MANUAL = "MANUAL", _("By hand")

    class IssuerMode(models.TextChoices):
        """Okta's; kept for its tools. The issuer is the same in all."""

        ORG_URL = "ORG_URL", _("Organisation")
        CUSTOM_URL = "CUSTOM_URL", _("Custom domain")
        DYNAMIC = "DYNAMIC", _("As requested")

    class PolicyTestMode(models.TextChoices):
        """What a save does that makes a policy test fail."""

        BLOCK = "block", _("Refuse the save")
        WARN = "warn", _("Save, and say which tests it broke")

    id = models.CharField(primary_key=True, max_length=64, default=IdDefault("aus"))
    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=1024, blank=True)
    audience = models.CharField(max_length=1024)
    scope_mode = models.CharField(max_length=6, choices=ScopeMode, default=ScopeMode.REJECT)
    access_token_format = models.CharField(
        max_length=6, choices=TokenFormat, default=TokenFormat.JWT
    )
    signing_alg = models.CharField(
        _("signing algorithm"), max_length=5, choices=SigningAlg, default=SigningAlg.RS256
    )
    rotation_mode = models.CharField(
        _("key rotation"), max_length=6, choices=RotationMode, default=RotationMode.AUTO
    )
    issuer_mode = models.CharField(max_length=10, choices=IssuerMode, default=IssuerMode.ORG_URL)
    status = models.CharField(max_length=8, choices=ActiveStatus, default=ActiveStatus.ACTIVE)
    revoke_on_password_change = models.BooleanField(
        _("a changed password ends tokens"), default=True
    )
    policy_test_mode = models.CharField(
        _("when a policy test fails"),
        max_length=5,
        choices=PolicyTestMode,
        default=PolicyTestMode.BLOCK,
    )
    second_person = models.BooleanField(_("a second person approves changes"), default=False)
    is_organization = models.BooleanField(default=False, editable=False)
    resource_servers: "models.ManyToManyField[Client, models.Model]" = models.ManyToManyField(
        Client, blank=True, related_name="protected_by", verbose_name=_("resource servers")
    )
    owners: "models.ManyToManyField[Group, models.Model]" = models.ManyToManyField(
        Group, blank=True, related_name="owned_servers"
    )
    version = models.BigIntegerField(default=1, editable=False)
    epoch = models.BigIntegerField(default=1, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Scope(models.Model):
    """A scope of one server (R2)."""

    class Consent(models.TextChoices):
        IMPLICIT = "IMPLICIT", _("Implicit")
        REQUIRED = "REQUIRED", _("Required")
        FLEXIBLE = "FLEXIBLE", _("Flexible")

    class Publish(models.TextChoices):
        NO_CLIENTS = "NO_CLIENTS", _("Not published")
        ALL_CLIENTS = "ALL_CLIENTS", _("Published in metadata")

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("scp"), editable=False)
    server = models.ForeignKey(AuthorizationServer, on_delete=models.CASCADE, related_name="scopes")
    name = models.CharField(max_length=255)
    display_name = models.CharField(max_length=255, blank=True)
    description = models.CharField(max_length=1024, blank=True)
    consent = models.CharField(max_length=8, choices=Consent, default=Consent.IMPLICIT)
    is_default = models.BooleanField(_("granted when none is asked for"), default=False)
    metadata_publish = models.CharField(
        _("in public metadata"), max_length=11, choices=Publish, default=Publish.NO_CLIENTS
    )
    is_optional = models.BooleanField(_("may be unticked on the consent page"), default=False)
    is_system = models.BooleanField(default=False, editable=False)
    epoch = models.BigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="scope_name_once")]

    def __str__(self) -> str:
        return self.name


class Claim(models.Model):
    """A claim of one server's tokens (`value` is an expression or a group filter)."""

    class ClaimType(models.TextChoices):
        IDENTITY = "IDENTITY", _("ID token")
        RESOURCE = "RESOURCE", _("Access token")

    class ValueType(models.TextChoices):
        EXPRESSION = "EXPRESSION", _("Expression")
        GROUPS = "GROUPS", _("Groups")
        SYSTEM = "SYSTEM", _("Built in")

    class GroupFilter(models.TextChoices):
        STARTS_WITH = "STARTS_WITH", _("Starts with")
        EQUALS = "EQUALS", _("Equals")
        CONTAINS = "CONTAINS", _("Contains")
        REGEX = "REGEX", _("Regular expression")

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("ocl"), editable=False)
    server = models.ForeignKey(AuthorizationServer, on_delete=models.CASCADE, related_name="claims")
    name = models.CharField(max_length=255)
    claim_type = models.CharField(max_length=8, choices=ClaimType)
    value_type = models.CharField(max_length=10, choices=ValueType, default=ValueType.EXPRESSION)
    value = models.TextField(blank=True)
    group_filter_type = models.CharField(max_length=11, choices=GroupFilter, blank=True)
    scopes = models.JSONField(default=list, blank=True)
    always_include_in_token = models.BooleanField(default=True)
    status = models.CharField(max_length=8, choices=ActiveStatus, default=ActiveStatus.ACTIVE)
    is_system = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["claim_type", "name"]
        constraints = [
            models.UniqueConstraint(fields=["server", "claim_type", "name"], name="claim_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class SigningKey(models.Model):
    """A signing key: next (published), current (signs), retired (verifies), revoked (gone at once).

    The private half is AES-256-GCM sealed under the key-encryption key, bound to server and kid.
    """

    class State(models.TextChoices):
        NEXT = "NEXT", _("Next")
        CURRENT = "CURRENT", _("Current")
        RETIRED = "RETIRED", _("Retired")
        REVOKED = "REVOKED", _("Revoked")

    kid = models.CharField(primary_key=True, max_length=43)
    server = models.ForeignKey(AuthorizationServer, on_delete=models.CASCADE, related_name="keys")
    alg = models.CharField(max_length=5, choices=AuthorizationServer.SigningAlg)
    state = models.CharField(max_length=8, choices=State, default=State.NEXT)
    public_jwk = models.JSONField()
    sealed_private_key = models.BinaryField(blank=True)  # emptied when the key retires
    epoch = models.BigIntegerField(default=0, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.kid


class Review(models.Model):
    """A change of a server that waits for a second person: a form of the console as its author
    posted it, without secrets, and how many tokens it would have ended then. `path` is the form's
    address with its query, `fields` are (name, value). Too old at `expires_at`, whatever its state.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("Waits")
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("rev"), editable=False)
    server = models.ForeignKey(
        AuthorizationServer, on_delete=models.CASCADE, related_name="reviews"
    )
    author_id = models.CharField(max_length=64)
    author_name = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    path = models.CharField(max_length=1024)
    fields = models.JSONField(default=list)
    shown = models.JSONField(default=list)  # grants, opaque access tokens, people, clients
    changes = models.JSONField(default=list)  # as they were shown to the author
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    decided_by = models.CharField(max_length=255, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=1024, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created"]
        indexes = [models.Index(fields=["state", "expires_at"], name="review_open")]

    def __str__(self) -> str:
        return self.title
