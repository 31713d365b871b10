"""Reading grants and tokens: which of them live."""

from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Func, Q, QuerySet

from apps.tokens.blast_statement import LONGEST_ACCESS, stands
from apps.tokens.models import AccessToken, Grant


def live_grants(now: datetime) -> QuerySet[Grant]:
    """Grants with a code or refresh token to use, or whose last access token may still live, by
    their own row."""
    with_code = Q(code_consumed_at=None, code_expires_at__gt=now)
    with_refresh = _with_refresh_token(now)
    recent = Q(code_consumed_at__gt=now - LONGEST_ACCESS)
    return Grant.objects.filter(with_code | with_refresh | recent, revoked_at=None)


def live_refresh_tokens(now: datetime) -> QuerySet[Grant]:
    """Grants with a refresh token to use, and whose installation, server, client and user are as
    it recorded them, without a cutoff that means it. What a change of policies, scopes or
    assignments has ended leaves the list when it is marked, soon after."""
    return refresh_tokens_by_row(now).filter(Stands())


def refresh_tokens_by_row(now: datetime) -> QuerySet[Grant]:
    """Grants with a refresh token to use, by their own row: more than live, found at less cost."""
    return Grant.objects.filter(_with_refresh_token(now), revoked_at=None)


def live_tokens(now: datetime) -> QuerySet[AccessToken]:
    """Opaque access tokens whose time isn't over, by their own row."""
    return AccessToken.objects.filter(expires_at__gt=now, revoked_at=None)


def _with_refresh_token(now: datetime) -> Q:
    lasting = Q(expires_at=None) | Q(expires_at__gt=now)
    return ~Q(refresh_digest="") & Q(idle_expires_at__gt=now) & lasting


class Stands(Func):
    """Whether a grant stands, as `blast_statement.stands` says it."""

    output_field = BooleanField()
    columns = ("server_id", "client_id", "user_id", "vector", "created")

    def __init__(self) -> None:
        super().__init__(*self.columns)

    def as_sql(self, compiler: Any, connection: Any, **options: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """The condition, with the columns as this query calls them."""
        found = [compiler.compile(one)[0] for one in self.get_source_expressions()]
        names = (*self.columns[:-1], "issued")
        row = ", ".join(f"{sql} AS {name}" for sql, name in zip(found, names, strict=True))
        return stands(f"SELECT {row}", connection.vendor), []
