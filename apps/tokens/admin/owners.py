"""Whose a token is and whether it still stands, for a page of a list, in few statements.

The one gate that decides is asked on the page of a single grant; a list compares the same epochs,
without the assignment paths.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.models import Client
from apps.directory.models import User
from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer, Installation, Scope
from apps.systemlog.admin.parts import Words, change_url, link_html
from apps.tokens.cutoffs import cutoff_of
from apps.tokens.ended import is_cut, issued_of
from apps.tokens.models import TokenCutoff
from apps.tokens.standing import load_vector

ACTIVE = "ACTIVE"
LIVE, DEAD = (gettext_lazy("Live"), "success"), "danger"


def _one(model: type[Model], field: str, column: str) -> Subquery:
    found = model._default_manager.filter(pk=OuterRef(column)).values(field)
    return Subquery(found[:1])


def with_owners(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With names, epochs and statuses of server, client and user."""
    return rows.annotate(
        server_name=_one(AuthorizationServer, "name", "server_id"),
        server_epoch=_one(AuthorizationServer, "epoch", "server_id"),
        server_status=_one(AuthorizationServer, "status", "server_id"),
        client_name=_one(Client, "name", "client_id"),
        client_epoch=_one(Client, "epoch", "client_id"),
        client_status=_one(Client, "status", "client_id"),
        policy_epoch=Subquery(
            Client.objects.filter(pk=OuterRef("client_id")).values(e=F("token_policy__epoch"))[:1]
        ),
        user_login=_one(User, "login", "user_id"),
        user_epoch=_one(User, "epoch", "user_id"),
        user_password=_one(User, "password_epoch", "user_id"),
        user_status=_one(User, "status", "user_id"),
    )


class Standings:
    """The present epochs that the rows of one page stand on."""

    def __init__(self, rows: Iterable[Any]) -> None:
        rows = list(rows)
        servers = {row.server_id for row in rows}
        self.now: datetime = timezone.now()
        installation = Installation.objects.get(pk=1)
        self.installation = installation.epoch
        self.cutoffs = (
            list(TokenCutoff.objects.filter(_of(rows))) if installation.has_cutoffs else []
        )
        self.issued = issued_of(rows) if self.cutoffs else {}
        live = Policy.objects.filter(server__in=servers, status=ACTIVE)
        rules = Rule.objects.filter(policy__in=live, status=ACTIVE)
        scopes = Scope.objects.filter(server__in=servers)
        self.config: dict[str, set[int]] = {}
        for found, path in ((live, "server"), (rules, "policy__server"), (scopes, "server")):
            for server_id, epoch in found.values_list(path, "epoch"):
                self.config.setdefault(server_id, set()).add(epoch)

    def of(self, row: Any) -> tuple[Words, str]:
        """(words, tone): "Live", or what it has ended with."""
        if row.revoked_at is not None:
            return _("Revoked by %(who)s") % {"who": row.revoked_by or _("somebody")}, DEAD
        vector = load_vector(row.vector)
        if vector is None or vector.installation != self.installation:
            return _("Ended with all tokens"), DEAD
        if vector.server != row.server_epoch or row.server_status != ACTIVE:
            return _("Ended with its server"), DEAD
        if vector.client != row.client_epoch or row.client_status != ACTIVE:
            return _("Ended with its client"), DEAD
        return self._user(row, vector) or self._cut(row, vector) or self._rest(row, vector)

    def _user(self, row: Any, vector: Any) -> tuple[str, str] | None:
        if vector.user is None:
            return None
        if vector.user != row.user_epoch or row.user_status != ACTIVE:
            return _("Ended with its user"), DEAD
        if vector.password is not None and vector.password != row.user_password:
            return _("Ended with a password"), DEAD
        return None

    def _cut(self, row: Any, vector: Any) -> tuple[str, str] | None:
        """By an explicit revocation of several, while its row isn't marked."""
        for one in self.cutoffs:
            asked = (one.server_id, row.server_id), (one.client_id, row.client_id)
            is_meant = all(
                wanted in ("", has) for wanted, has in (*asked, (one.user_id, row.user_id))
            )
            if is_meant and is_cut(row, vector, cutoff_of(one), self.issued[row.pk]):
                return _("Revoked by %(who)s") % {"who": one.reason}, DEAD
        return None

    def _rest(self, row: Any, vector: Any) -> tuple[Words, str]:
        known = self.config.get(row.server_id, set())
        config = {row.policy_epoch} if row.policy_epoch is not None else known
        if not config.issuperset(vector.config):
            return _("Ended with a policy, rule or scope"), DEAD
        if row.expires_at is not None and row.expires_at <= self.now:
            return _("Expired"), ""
        if _is_stale_code(row, self.now):
            return _("Code expired"), ""
        idle = getattr(row, "idle_expires_at", None)
        return (_("Idle too long"), "") if idle is not None and idle <= self.now else LIVE


def _of(rows: Iterable[Any]) -> Q:
    """The cutoffs that may mean one of these rows."""
    condition = Q()
    for name in ("server_id", "client_id", "user_id"):
        condition &= Q(**{f"{name}__in": {"", *(getattr(row, name) for row in rows)}})
    return condition


def _is_stale_code(row: Any, now: datetime) -> bool:
    """A grant whose code nobody exchanged in time."""
    end = getattr(row, "code_expires_at", None)
    return end is not None and row.code_consumed_at is None and end <= now


def badge_of(standing: tuple[str, str]) -> SafeString:
    """A standing, for a column of a list."""
    return format_html('<span class="badge {}">{}</span>', standing[1], standing[0])


def owner_link(label: str, pk: str, name: str | None) -> SafeString | str:
    """The owner's name as a link; its id when the owner is gone."""
    if not pk:
        return ""
    return link_html(name, change_url(label, pk)) if name else _("%(id)s (gone)") % {"id": pk}
