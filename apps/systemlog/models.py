"""Rows of the system log and of the revocation outbox."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.systemlog.ids import IdDefault


class LogEvent(models.Model):
    """One event (R24). Append-only: a database trigger refuses updates. `body` holds the rest of
    Okta's LogEvent."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.CharField(max_length=36, unique=True)
    published = models.DateTimeField(db_index=True)
    event_type = models.CharField(max_length=80)
    severity = models.CharField(max_length=5)
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=255, blank=True)
    actor_id = models.CharField(max_length=100, blank=True)
    actor_type = models.CharField(max_length=30, blank=True)
    actor_name = models.CharField(max_length=255, blank=True)
    client_id = models.CharField(max_length=100, blank=True)
    server_id = models.CharField(max_length=64, blank=True)
    user_id = models.CharField(max_length=20, blank=True)
    reference = models.CharField(max_length=19, db_index=True)
    ip_address = models.CharField(max_length=45, blank=True)
    body = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("system log")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["event_type", "id"], name="logevent_type"),
            models.Index(fields=["client_id", "id"], name="logevent_client"),
            models.Index(fields=["user_id", "id"], name="logevent_user"),
            models.Index(fields=["server_id", "id"], name="logevent_server"),
            # Failures are few, and asked for alone.
            models.Index(
                fields=["id"], condition=models.Q(outcome="FAILURE"), name="logevent_failed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.outcome}"


class ChangedObject(models.Model):
    """That an event of the log changed this object: what histories are found by. `kind` is the
    target type of the log; a pair (a membership, an assignment) is named by both ids."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=30)
    object_id = models.CharField(max_length=100)
    event_id = models.BigIntegerField()  # no foreign key: the log goes by partitions
    published = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "object_id", "event_id"], name="changed_object")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class RevocationJob(models.Model):
    """The outbox row of a revoking change, written in its transaction.

    Liveness never waits for it: the epoch has already changed. It only drives the marking of
    rows, the `…revoke.implicit.*` event and notifications.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("rvj"), editable=False)
    kind = models.CharField(
        max_length=20
    )  # as | client | user | assignment | scope | policy | rule | key
    object_id = models.CharField(max_length=100)
    object_name = models.CharField(max_length=255, blank=True)
    cause = models.CharField(max_length=80)
    scope = models.JSONField(
        default=dict
    )  # the ids that select the tokens: server, client, user, …
    state = models.CharField(max_length=8, choices=State, default=State.OPEN, db_index=True)
    cursor = models.CharField(max_length=100, blank=True)
    rows_seen = models.BigIntegerField(default=0)  # looked at
    rows_done = models.BigIntegerField(default=0)  # marked
    progress = models.PositiveSmallIntegerField(default=0)  # in thousandths
    attempts = models.PositiveIntegerField(default=0)  # times that a worker took it up
    last_error = models.CharField(max_length=255, blank=True)
    reference = models.CharField(max_length=19, blank=True)
    created = models.DateTimeField(auto_now_add=True, db_index=True)
    started = models.DateTimeField(null=True)
    updated = models.DateTimeField(auto_now=True)
    finished = models.DateTimeField(null=True, db_index=True)

    class Meta:
        verbose_name = _("revocation job")
        ordering = ["-created"]
        indexes = [models.Index(fields=["reference"], name="revocationjob_reference")]

    def __str__(self) -> str:
        return f"{self.cause} {self.object_name or self.object_id}"


class PeriodicJob(models.Model):
    """One periodic task: its lease, so that two beats are harmless, and what its last run did.

    Whoever holds the lease works; it is renewed with every batch and runs out by itself when its
    holder dies.
    """

    name = models.CharField(primary_key=True, max_length=60)  # of the beat schedule
    interval = models.PositiveIntegerField(default=0)  # seconds
    holder = models.CharField(max_length=80, blank=True)  # empty while nobody runs it
    leased_until = models.DateTimeField(null=True)
    is_wanted = models.BooleanField(default=False)  # "run now" was asked for
    next_run = models.DateTimeField(null=True)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0)  # in thousandths, of the present run
    rows_done = models.BigIntegerField(default=0)  # in the present or last run
    rows_left = models.BigIntegerField(null=True)  # an estimate; null = unknown
    counts = models.JSONField(default=dict)  # rows by table, in the present or last run
    places = models.JSONField(default=dict)  # by table, where the next run goes on
    runs = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)
    last_error = models.CharField(max_length=255, blank=True)
    failed = models.DateTimeField(null=True)  # when `last_error` happened

    class Meta:
        verbose_name = _("periodic job")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CachedValue(models.Model):
    """What the cache keeps while Redis doesn't answer: Django's own table for a database cache."""

    cache_key = models.CharField(primary_key=True, max_length=255)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.cache_key


class Tally(models.Model):
    """How many events of a kind an hour had, of one server or (empty) of all together: kept by the
    job that follows the log (`tally`)."""

    id = models.BigAutoField(primary_key=True)
    hour = models.DateTimeField()
    server_id = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=8)  # grant | denial | token
    rule_id = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["server_id", "hour", "kind", "rule_id", "reason"], name="tally_once"
            )
        ]
        indexes = [models.Index(fields=["hour", "kind"], name="tally_hour")]

    def __str__(self) -> str:
        return f"{self.hour} {self.kind} {self.count}"


class SavedFilter(models.Model):
    """A list of the console as somebody has narrowed it, under a name of theirs."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters")
    place = models.CharField(max_length=80)  # the list's model: `clients.client`
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000)  # of the list's address; never a token (row 295)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "place", "name"], name="saved_filter_once")
        ]

    def __str__(self) -> str:
        return self.name
