"""What the lists of grants and of access tokens share."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.directory.roles import REVOKE
from apps.systemlog.admin.paging import SMALL
from apps.systemlog.admin.parts import chips_html, moment, revoke_action
from apps.systemlog.admin.service import ConsoleAdmin
from apps.tokens.admin.owners import Standings, badge_of, owner_link, with_owners

SCOPES_SHOWN = 3
OWNERS = ("user_id", "client_id", "server_id")
ID_LENGTH = 64


class RevokedFilter(admin.SimpleListFilter):
    """Whether somebody has revoked it; what ended otherwise is told per row."""

    title, parameter_name = "revoked", "revoked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Yes or no."""
        return [("no", _("Not revoked")), ("yes", _("Revoked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By the row's own mark."""
        wanted = {"no": True, "yes": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(revoked_at__isnull=wanted)


class FoundByOwner(ConsoleAdmin):
    """A list that is searched by one id, exactly; never by value (row 295)."""

    grant_column: ClassVar[str] = "pk"

    def column_of(self, term: str) -> dict[str, Any]:
        """What an id is an id of; a text as long as a token is none, and no database is asked."""
        word = term.strip().lstrip("=^").strip()
        column = {"oar": self.grant_column, "00u": "user_id", "0oa": "client_id"}
        return {column.get(word[:3], "server_id"): word if len(word) <= ID_LENGTH else ""}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By one id, exactly."""
        found = self.column_of(search_term) if search_term.strip() else {}
        return queryset.filter(**found), False


class TokenAdmin(FoundByOwner):
    """No add, no raw deletion; found by ids of what it belongs to, never by value (row 295)."""

    list_display_links = None
    list_filter = (RevokedFilter,)
    found_exactly = served = OWNERS

    def may_change(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is to be changed but to be revoked."""
        return request.user.has_perm(REVOKE)

    newest: ClassVar[tuple[str, ...]] = ()
    """The order by time that an index serves, for the whole list and for what has few rows."""
    search_help_text = gettext_lazy(
        "The id of a user, client or server. Tokens can't be searched for."
    )
    sortable_by = ()
    grant_column: ClassVar[str] = "grant_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With those whose it is."""
        return with_owners(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By one id, exactly; a text as long as a token finds nothing."""
        queryset, _distinct = super().get_search_results(request, queryset, search_term)
        few = self._few(request)
        return (queryset.filter(pk__in=few) if few else queryset), False

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """By time; by id those of one owner with more rows than anybody sorts for a page."""
        is_walked = bool(self._owner(request)) and self._few(request) is None
        return ("pk",) if is_walked else self.newest

    def _owner(self, request: HttpRequest) -> dict[str, str]:
        """The one look-up that an index serves: what is searched for, or asked for."""
        if term := request.GET.get("q", "").strip():
            return self.column_of(term)
        return next(({name: request.GET[name]} for name in OWNERS if request.GET.get(name)), {})

    def _few(self, request: Any) -> list[str] | None:
        """The keys of an owner's rows, or None where there are more than are sorted for a page.
        Asked of the database once."""
        owner = self._owner(request)
        if not owner:
            return None
        if not hasattr(request, "few_tokens"):
            rows = self.model._default_manager.filter(**owner).order_by("pk")
            found = list(rows.values_list("pk", flat=True)[: SMALL + 1])
            request.few_tokens = found if len(found) <= SMALL else None
        few: list[str] | None = request.few_tokens
        return few

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the way to revoking many at once, which takes over what the list is filtered by."""
        filters = {name: f"{name}_id" for name in ("user", "client", "server")}
        chosen = {name: request.GET[key] for name, key in filters.items() if request.GET.get(key)}
        title = str(self.opts.verbose_name_plural).capitalize()
        page = {"title": title, "actions": [revoke_action(**chosen)]}
        return super().changelist_view(request, {"page": page, **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Ask once for what the rows of this page stand on."""
        found = super().get_changelist_instance(request)
        self.dressed(found.result_list)
        return found

    def dressed(self, rows: list[Any]) -> list[Any]:
        """With their standing."""
        standings = Standings(rows)
        for row in rows:
            row.standing_now = standings.of(row)
        return rows

    @admin.display(description=gettext_lazy("User"), empty_value="")
    def user(self, row: Any) -> SafeString | str:
        """For whom."""
        return owner_link("directory.User", row.user_id, row.user_login)

    @admin.display(description=gettext_lazy("Client"))
    def client(self, row: Any) -> SafeString | str:
        """To which application."""
        return owner_link("clients.Client", row.client_id, row.client_name)

    @admin.display(description=gettext_lazy("Server"))
    def server(self, row: Any) -> SafeString | str:
        """For which API."""
        return owner_link("servers.AuthorizationServer", row.server_id, row.server_name)

    @admin.display(description=gettext_lazy("Scopes"), empty_value="none")
    def scope_list(self, row: Any) -> SafeString:
        """The first few."""
        names = row.scopes.split()
        more = [f"+{len(names) - SCOPES_SHOWN}"] if len(names) > SCOPES_SHOWN else []
        return chips_html([*names[:SCOPES_SHOWN], *more])

    @admin.display(description=gettext_lazy("Expires"))
    def expires(self, row: Any) -> str:
        """Its absolute end."""
        return moment(row.expires_at) or "never"

    @admin.display(description=gettext_lazy("Standing"))
    def standing(self, row: Any) -> SafeString:
        """Whether it lives."""
        return badge_of(row.standing_now)
