"""What a token stands on, part by part, by name, and whether each still stands (R15).

The gate (`domain.revocation`) says whether the token lives; this tells the same comparison to a
person. The two agree: a token whose parts all stand is one for which the gate finds no fault.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from apps.clients.models import Client, TokenPolicy
from apps.oauth.simulation.endings import vector_of
from apps.policies.models import Policy, Rule
from apps.servers.models import Scope
from apps.systemlog.models import RevocationJob
from apps.tokens.introspect import Presentation, Verdict
from apps.tokens.standing import standing_of
from apps.tokens.store import Reading
from authzsite.domain.revocation import Standing, Vector
from authzsite.domain.server import ServerSnapshot

CONFIGURATION: Final[tuple[tuple[Any, str, str, str], ...]] = (
    (Policy, "policies.Policy", "name", "server_id"),
    (Rule, "policies.Rule", "name", "policy__server_id"),
    (Scope, "servers.Scope", "name", "server_id"),
)
MOST_JOBS: Final = 500


@dataclass(frozen=True, slots=True)
class Stand:
    """One thing that a token stands on. `label` and `object_id` lead to it, empty where there is no
    page; `note` says what is the matter, or what was compared."""

    what: str
    name: str
    is_ok: bool
    note: str = ""
    label: str = ""
    object_id: str = ""


def stands_of(
    shown: Presentation, verdict: Verdict, reading: Reading, server: ServerSnapshot, now: datetime
) -> tuple[Stand, ...]:
    """Everything, in the order in which the gate looks; nothing where the token has no record."""
    vector = vector_of(shown, reading)
    if vector is None or verdict.expires_at is None:
        return ()
    issued = reading.token.issued_at if reading.token else now
    standing = standing_of(reading, server, now, expires_at=verdict.expires_at, issued_at=issued)
    return (
        *_own(reading),
        *_owners(vector, standing, server, reading),
        *(_user(vector, standing, reading) if vector.user is not None else ()),
        *_configuration(vector, standing, server, reading),
        *_cutoffs(vector, standing),
        _time(verdict.expires_at, now),
    )


def _own(reading: Reading) -> Iterator[Stand]:
    """What was done to the token, or to its family, itself."""
    grant, token = reading.grant, reading.token
    if token is not None:
        by = token.revoked_by if token.revoked_at else ""
        yield Stand(_("Itself"), _("this token"), not by, _revoked(by))
    elif reading.jti_revoked_by:
        yield Stand(_("Itself"), _("this token"), False, _revoked(reading.jti_revoked_by))
    if grant is not None:
        by = grant.revoked_by if grant.revoked_at else ""
        yield Stand(_("Grant"), grant.id, not by, _revoked(by), "tokens.Grant", grant.id)


def _revoked(by: str) -> str:
    return _("revoked: %(by)s") % {"by": by} if by else _("not revoked")


def _owners(
    vector: Vector, standing: Standing, server: ServerSnapshot, reading: Reading
) -> Iterator[Stand]:
    now_at, then = standing.installation, vector.installation
    yield Stand(_("Installation"), _("all tokens"), now_at == then, _epoch(then, now_at))
    is_ok = standing.server == vector.server and standing.is_server_active
    note = _epoch(vector.server, standing.server, is_active=standing.is_server_active)
    label = "servers.AuthorizationServer"
    yield Stand(_("Server"), server.name, is_ok, note, label, server.id)
    owner = reading.owner
    ident = owner.id if owner else ""
    name = Client.objects.filter(pk=ident).values_list("name", flat=True).first() or _("gone")
    is_ok = standing.client == vector.client and standing.is_client_active
    note = _epoch(vector.client, standing.client, is_active=standing.is_client_active)
    yield Stand(_("Client"), name, is_ok, note, "clients.Client" if ident else "", ident)


def _user(vector: Vector, standing: Standing, reading: Reading) -> Iterator[Stand]:
    user = reading.user
    name, ident = (user.login, user.id) if user else (_("gone"), "")
    label = "directory.User" if ident else ""
    is_active = standing.user_status == "ACTIVE"
    is_ok = standing.user == vector.user and is_active
    note = _epoch(vector.user, standing.user, is_active=is_active)
    yield Stand(_("User"), name, is_ok, note, label, ident)
    if vector.password is not None:
        is_same = standing.password == vector.password
        note = _epoch(vector.password, standing.password)
        yield Stand(_("Password"), name, is_same, note, label, ident)
    unbroken = (standing.live_paths or frozenset()).intersection(vector.paths)
    note = _("%(live)s of %(all)s ways of assignment") % {
        "live": len(unbroken),
        "all": len(vector.paths),
    }
    yield Stand(_("Assignment"), name, bool(unbroken), note, label, ident)


def _configuration(
    vector: Vector, standing: Standing, server: ServerSnapshot, reading: Reading
) -> Iterator[Stand]:
    """Policy, rule and scopes, or the token policy; of what has changed, the log's name for it."""
    known = _names(vector, server, reading)
    gone = [epoch for epoch in vector.config if epoch not in known]
    changed = _changed(gone, server.id) if gone else {}
    for epoch in vector.config:
        is_ok = epoch in standing.live_config
        what, name, label, ident = known.get(epoch) or (
            *(_("Configuration"), changed.get(epoch) or _("changed, or gone")),
            *("", ""),
        )
        note = _("as it was: epoch %(epoch)s") if is_ok else _("not in force as of epoch %(epoch)s")
        yield Stand(what, name, is_ok, note % {"epoch": epoch}, label, ident)


def _names(
    vector: Vector, server: ServerSnapshot, reading: Reading
) -> dict[int, tuple[str, str, str, str]]:
    """Epoch → what has it now, in one statement for each kind."""
    if server.is_organization:
        owner = reading.owner.id if reading.owner else ""
        rows = TokenPolicy.objects.filter(clients=owner, epoch__in=vector.config)
        return {
            row.epoch: (_("Token policy"), row.title, "clients.TokenPolicy", row.pk) for row in rows
        }
    found: dict[int, tuple[str, str, str, str]] = {}
    for model, label, name, of_server in CONFIGURATION:
        rows = model.objects.filter(**{of_server: server.id}, epoch__in=vector.config)
        what = str(model._meta.verbose_name).capitalize()
        for epoch, title, pk in rows.values_list("epoch", name, "pk"):
            found[epoch] = (what, title, label, str(pk))
    return found


def _changed(gone: list[int], server_id: str) -> dict[int, str]:
    """Epoch → the name of what lost it, as far as the outbox still knows."""
    kinds = ("scope", "policy", "rule", "token_policy")
    jobs = RevocationJob.objects.filter(kind__in=kinds).order_by("-created")[:MOST_JOBS]
    return {
        job.scope["epoch"]: f"{job.object_name or job.object_id} ({job.cause})"
        for job in jobs
        if job.scope.get("server") in (None, server_id) and job.scope.get("epoch") in gone
    }


def _cutoffs(vector: Vector, standing: Standing) -> Iterator[Stand]:
    config, read = frozenset(vector.config), frozenset(vector.cutoffs)
    for cutoff in standing.cutoffs:
        if cutoff.id not in read and cutoff.matches(config, standing.issued_at):
            note = _("an administrator ended all tokens like it")
            yield Stand(_("Revocation"), str(cutoff.id), False, note)


def _time(expires: datetime, now: datetime) -> Stand:
    words = _("until %(when)s UTC") if expires > now else _("ended at %(when)s UTC")
    name = words % {"when": f"{expires:%Y-%m-%d %H:%M:%S}"}
    return Stand(_("Time"), name, expires > now)


def _epoch(then: int | None, now: int | None, *, is_active: bool = True) -> str:
    """What was compared."""
    if now is None:
        return _("gone")
    if then != now:
        return _("changed since: epoch %(then)s then, %(now)s now") % {"then": then, "now": now}
    return _("as it was: epoch %(now)s") % {"now": now} if is_active else _("inactive")
