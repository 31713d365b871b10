"""Rows of access policies and rules."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.clients.models import ActiveStatus, Client
from apps.servers.models import AuthorizationServer
from apps.systemlog.ids import IdDefault

ALL_CLIENTS = "ALL_CLIENTS"


def all_clients() -> list[str]:
    return [ALL_CLIENTS]


class Policy(models.Model):
    """An access policy of one server: for whom its rules are tried (R8). `clients` holds client
    row ids or ALL_CLIENTS."""

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("00p"), editable=False)
    server = models.ForeignKey(
        AuthorizationServer, on_delete=models.CASCADE, related_name="policies"
    )
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=255)
    priority = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=8, choices=ActiveStatus, default=ActiveStatus.ACTIVE)
    clients = models.JSONField(default=all_clients)
    epoch = models.BigIntegerField(default=0, editable=False)
    is_system = models.BooleanField(default=False, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = _("policies")
        ordering = ["priority"]
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="policy_name_once")]

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """A rule of one policy: conditions (JSON, see `authzsite.domain.conditions`) and lifetimes
    in minutes (R8)."""

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("0pr"), editable=False)
    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="rules")
    name = models.CharField(max_length=100)
    priority = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=8, choices=ActiveStatus, default=ActiveStatus.ACTIVE)
    conditions: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list
    )
    access_token_minutes = models.PositiveIntegerField(_("access token (min)"), default=60)
    refresh_token_minutes = models.PositiveIntegerField(
        _("refresh token (min, 0 = unlimited)"), default=0
    )
    refresh_window_minutes = models.PositiveIntegerField(_("idle window (min)"), default=10080)
    # No foreign key: a hook that is used isn't deleted (`services.inline_hooks`).
    hook_id = models.CharField(max_length=20, blank=True, default="", db_index=True)
    epoch = models.BigIntegerField(default=0, editable=False)
    is_system = models.BooleanField(default=False, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["priority"]
        constraints = [models.UniqueConstraint(fields=["policy", "name"], name="rule_name_once")]

    def __str__(self) -> str:
        return self.name


class FollowedEnd(models.Model):
    """That a job has followed the end of the time of a rule, as it was in the state of `epoch`."""

    rule_id = models.CharField(max_length=20)
    epoch = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule_id", "epoch"], name="end_followed_once")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.epoch}"


class PolicyTest(models.Model):
    """What one token request must get, of one server: kept true by every change of its policies,
    rules and scopes. Client and user are row ids, which may be gone; a rule's id survives a new
    name."""

    class Outcome(models.TextChoices):
        ALLOW = "ALLOW", _("Allowed")
        DENY = "DENY", _("Denied")

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("ptc"), editable=False)
    server = models.ForeignKey(
        AuthorizationServer, on_delete=models.CASCADE, related_name="policy_tests"
    )
    name = models.CharField(max_length=100)
    client_id = models.CharField(max_length=20)
    user_id = models.CharField(max_length=20, blank=True)
    grant_type = models.CharField(max_length=100)
    scopes: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    outcome = models.CharField(max_length=5, choices=Outcome)
    rule_id = models.CharField(max_length=20, blank=True)  # empty: any, or none
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["server", "name"], name="policy_test_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class WhatIfRun(models.Model):
    """A draft of all policies of a server, and what it would do to the log's decisions and to the
    grants that live, told batch by batch; or a draft of the assignments of a client, whatever
    server they are asked for at. `base` are the policies that the draft was begun from,
    `proposal` what it makes of them: fields of the services, by `clients` row ids. `edits` are
    changes of scopes and assignments (`services.draft_edits`)."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        OPEN = "OPEN", _("Waiting")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")

    class Phase(models.TextChoices):
        LOG = "LOG", _("the log")
        GRANTS = "GRANTS", _("grants that live")

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("wif"), editable=False)
    server = models.ForeignKey(
        AuthorizationServer, on_delete=models.CASCADE, related_name="what_if_runs", null=True
    )
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="what_if_runs", null=True
    )
    base: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list
    )
    proposal: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list
    )
    edits: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list
    )
    days = models.PositiveSmallIntegerField(default=7)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT, db_index=True)
    phase = models.CharField(max_length=8, choices=Phase, default=Phase.LOG)
    place = models.CharField(max_length=30, blank=True)  # the last key of the phase that was read
    since = models.DateTimeField(null=True)
    looked_at = models.BigIntegerField(default=0)
    expected = models.BigIntegerField(default=0)  # an estimate of what is to be looked at
    counts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    version = models.BigIntegerField(default=0)  # of the server or client, at the start
    author = models.CharField(max_length=255, blank=True)
    last_error = models.CharField(max_length=255, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    updated = models.DateTimeField(auto_now=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(server=None) ^ models.Q(client=None), name="what_if_of_one"
            )
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def subject(self) -> AuthorizationServer | Client:
        """What is changed: a server, or the assignments of a client."""
        return self.server or self.client  # type: ignore[return-value]  # by the constraint

    @property
    def about(self) -> dict[str, Any]:
        """Whose events and grants are replayed, by their columns."""
        return {"server_id": self.server_id} if self.server_id else {"client_id": self.client_id}

    @property
    def is_changed(self) -> bool:
        """Whether it would change anything."""
        return bool(self.edits) or self.proposal != self.base


class WhatIfFinding(models.Model):
    """A request of a run that would be answered otherwise, once however often it was made."""

    run = models.ForeignKey(WhatIfRun, on_delete=models.CASCADE, related_name="findings")
    phase = models.CharField(max_length=8, choices=WhatIfRun.Phase)
    digest = models.CharField(max_length=64)  # of the request, or of the grant's id
    outcome = models.CharField(max_length=20)
    times = models.BigIntegerField(default=1)
    client_id = models.CharField(max_length=100)
    user_id = models.CharField(max_length=20, blank=True)
    told: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "phase", "digest"], name="finding_once")
        ]
        indexes = [models.Index(fields=["run", "phase", "outcome", "id"], name="finding_outcome")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.digest}"


class InlineHook(models.Model):
    """An address that is asked before tokens are signed, by the rules that name it (Okta's token
    inline hook, over HTTP). `headers` are in clear: no place for secrets."""

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("cal"), editable=False)
    name = models.CharField(max_length=255, unique=True)
    url = models.CharField("URL", max_length=2000)
    version = models.CharField(max_length=5, default="1.0.0")
    status = models.CharField(max_length=8, choices=ActiveStatus, default=ActiveStatus.ACTIVE)
    headers: "models.JSONField[list[dict[str, str]], list[dict[str, str]]]" = models.JSONField(
        default=list
    )
    auth_header = models.CharField(max_length=100, blank=True)
    sealed_auth_value = models.BinaryField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
