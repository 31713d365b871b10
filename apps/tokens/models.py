"""Rows of grants and tokens. What a token refers to is named by plain ids: a missing row means
dead, and deleting a client with a million grants touches none of them."""

from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from apps.systemlog.ids import IdDefault


class Grant(models.Model):
    """A user's authorization of one client: its code, its refresh family, and what both stand on.

    One row, so that one conditional UPDATE consumes a code or rotates a refresh token (R13) and
    one indexed SELECT tells whether anything issued from it is alive. Its id is the id of the
    refresh-token record that administrators see. Superseded refresh tokens need no rows: each
    carries the grant's id and a tag under `family_key`, so an old generation is recognised by
    arithmetic.
    """

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("oar"), editable=False)
    server_id = models.CharField(max_length=64)
    client_id = models.CharField(max_length=20)  # the client's row id
    user_id = models.CharField(max_length=20)
    policy_id = models.CharField(max_length=20)
    rule_id = models.CharField(max_length=20)
    scopes = models.TextField()
    vector = models.TextField()
    lifetimes = models.CharField(max_length=64)  # seconds: access refresh idle
    auth_time = models.DateTimeField()
    amr = models.CharField(max_length=64, default="pwd")
    session_id = models.CharField(max_length=64, blank=True)
    nonce = models.TextField(blank=True)
    created = models.DateTimeField()

    # Null, not empty: unique where there is one.
    code_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    code_expires_at = models.DateTimeField(null=True)
    code_consumed_at = models.DateTimeField(null=True)
    redirect_uri = models.TextField(blank=True)
    code_challenge = models.CharField(max_length=43, blank=True)
    transaction = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001

    refresh_digest = models.CharField(max_length=64, blank=True)
    previous_digest = models.CharField(max_length=64, blank=True)
    rotated_at = models.DateTimeField(null=True)
    retries = models.PositiveSmallIntegerField(default=0)
    escrow = models.TextField(blank=True)
    family_key = models.CharField(max_length=64, blank=True)
    last_used_at = models.DateTimeField(null=True)
    idle_expires_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)  # absolute; null = unlimited

    sweep_after = models.DateTimeField(db_index=True)  # nothing it must recognise outlives this
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-created"]
        indexes = [
            # With the key behind them: the cascade walks each in the order of the key.
            models.Index(fields=["user_id", "id"], name="grant_user"),
            models.Index(fields=["client_id", "id"], name="grant_client"),
            models.Index(fields=["server_id", "id"], name="grant_server"),
        ]

    def __str__(self) -> str:
        return self.id


class AccessToken(models.Model):
    """An opaque access token as a digest. JWT access tokens have no row."""

    digest = models.CharField(primary_key=True, max_length=64)
    grant_id = models.CharField(
        max_length=20, blank=True, db_index=True
    )  # empty for client_credentials
    server_id = models.CharField(max_length=64)
    client_id = models.CharField(max_length=20)
    user_id = models.CharField(max_length=20, blank=True)
    scopes = models.TextField(blank=True)
    claims = models.TextField()  # the members that introspection answers, as JSON
    vector = models.TextField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-issued_at"]
        indexes = [
            models.Index(fields=["user_id", "digest"], name="access_user"),
            models.Index(fields=["client_id", "digest"], name="access_client"),
            models.Index(fields=["server_id", "digest"], name="access_server"),
        ]

    def __str__(self) -> str:
        return f"…{self.digest[-4:]}"


class RevokedToken(models.Model):
    """The tombstone of one revoked JWT access token, by the digest of its `jti`, kept until its
    `exp`."""

    jti_digest = models.CharField(primary_key=True, max_length=64)
    revoked_by = models.CharField(max_length=80)
    revoked_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"…{self.jti_digest[-4:]}"


class UsedAssertion(models.Model):
    """A client assertion's `jti`, once used: durable, and namespaced by client (RFC 7523 §3)."""

    digest = models.CharField(primary_key=True, max_length=64)  # of client id and jti
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"…{self.digest[-4:]}"


class TokenCutoff(models.Model):
    """An explicit revocation of everything that matches (R18): one row, however many tokens.

    A token dies of every cutoff that matches it and that its decision hadn't read: the vector
    holds the ids of those it had. So it works like an epoch, for any combination. Kept until the
    matching rows are marked and no token without a row can be left.
    """

    id = models.BigAutoField(primary_key=True)
    server_id = models.CharField(max_length=64, blank=True)  # empty = any
    client_id = models.CharField(max_length=20, blank=True)  # the client's row id
    user_id = models.CharField(max_length=20, blank=True)
    epoch = models.BigIntegerField(null=True)  # of a policy or rule
    scope_epoch = models.BigIntegerField(null=True)
    issued_before = models.DateTimeField(null=True)  # whole seconds, as in a JWT's `iat`
    owners = models.GeneratedField(  # server|client|user: one key for "this one or any" of each
        expression=Concat("server_id", Value("|"), "client_id", Value("|"), "user_id"),
        output_field=models.CharField(max_length=110),
        db_persist=True,
        db_index=True,
    )
    reason = models.CharField(max_length=80)
    created = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)  # no token without a row outlives this
    is_closing = models.BooleanField(default=False)  # the last marking is under way

    class Meta:
        verbose_name = _("token cutoff")

    def __str__(self) -> str:
        return self.reason


class Consent(models.Model):
    """One scope that a user allowed one client on one server; remembered until withdrawn."""

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("oag"), editable=False)
    server_id = models.CharField(max_length=64)
    client_id = models.CharField(max_length=20)
    user_id = models.CharField(max_length=20)
    scope = models.CharField(max_length=255)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user_id", "client_id", "server_id", "scope"], name="consent_once"
            )
        ]
        indexes = [  # newest first, as the console lists them
            models.Index(fields=["created"], name="consent_created"),
            models.Index(fields=["client_id", "created"], name="consent_client"),
            models.Index(fields=["server_id", "created"], name="consent_server"),
        ]

    def __str__(self) -> str:
        return self.scope
