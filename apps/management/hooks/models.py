"""Rows of event hooks and of what is delivered to them.

On SQLite a migration that alters `management_eventdelivery` makes that table anew; the trigger of
0002_outbox writes into it, so such a migration drops the trigger first and creates it afterwards.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.systemlog.ids import IdDefault


class EventHook(models.Model):
    """An address that is told of events (Okta's event hook, over HTTP)."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("Active")
        INACTIVE = "INACTIVE", _("Inactive")

    class Verification(models.TextChoices):
        UNVERIFIED = "UNVERIFIED", _("Unverified")
        VERIFIED = "VERIFIED", _("Verified")

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("who"), editable=False)
    name = models.CharField(max_length=100, unique=True)
    url = models.CharField("URL", max_length=2000)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    verification = models.CharField(
        max_length=10, choices=Verification, default=Verification.UNVERIFIED
    )
    auth_header = models.CharField(_("Header"), max_length=100, blank=True)
    sealed_auth_value = models.BinaryField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row; a success starts over
    opened_until = models.DateTimeField(null=True)  # the breaker: nothing is sent before
    last_success = models.DateTimeField(null=True)  # to the minute
    last_failure = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("event hook")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EventHookType(models.Model):
    """One event type that a hook has subscribed to; a row, so that the trigger can join."""

    id = models.BigAutoField(primary_key=True)
    hook = models.ForeignKey(EventHook, models.CASCADE, related_name="types")
    event_type = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_type", "hook"], name="eventhooktype_once")
        ]

    def __str__(self) -> str:
        return self.event_type


class EventHookSecret(models.Model):
    """A signing secret, sealed; two may live at once, so that one is replaced without a gap."""

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("whs"), editable=False)
    hook = models.ForeignKey(EventHook, models.CASCADE, related_name="secrets")
    sealed = models.BinaryField()
    created = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.pk


class EventDelivery(models.Model):
    """One event to be told to one hook: the outbox, written by the trigger of 0002_outbox.

    `id` is the `webhook-id`, the same at every attempt. A worker owns the row until
    `claimed_until`. No foreign key in the database: the deletion of a hook must neither wait for
    a revocation nor make one fail; what it leaves behind goes with the retention.
    """

    class State(models.TextChoices):
        PENDING = "PENDING", _("Pending")
        DELIVERED = "DELIVERED", _("Delivered")
        DEAD = "DEAD", _("Given up")

    id = models.CharField(primary_key=True, max_length=40)
    hook = models.ForeignKey(
        EventHook,
        models.DO_NOTHING,
        related_name="deliveries",
        db_constraint=False,
        db_index=False,
    )
    event_id = models.BigIntegerField()  # of the log
    event_uuid = models.CharField(max_length=36)
    event_type = models.CharField(max_length=80)
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    last_attempt = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)  # HTTP; none without an answer
    last_error = models.CharField(max_length=100, blank=True)  # our words, never the receiver's
    created = models.DateTimeField(db_index=True)  # when the event was published
    queued = models.DateTimeField()  # the same, or when it was last asked to be delivered again
    settled = models.DateTimeField(null=True)  # delivered, or given up

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-created", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["hook", "event_uuid"], name="eventdelivery_once")
        ]
        indexes = [
            models.Index(
                fields=["hook", "next_attempt"],
                name="eventdelivery_due",
                condition=Q(state="PENDING"),
            ),
            models.Index(fields=["state", "created"], name="eventdelivery_state"),
            models.Index(fields=["hook", "created"], name="eventdelivery_hook"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.pk}"
