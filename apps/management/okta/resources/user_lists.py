"""Which users a list shows, and in which order: an allow list of attributes (row 276)."""

from typing import Final

from django.db.models import Q, QuerySet

from apps.directory.models import Status, User
from apps.management.okta.columns import Columns, filtered
from apps.management.okta.faults import Fault, invalid
from apps.management.okta.paging import Paging
from apps.management.okta.profiles import COLUMNS as PROFILE

SORTED: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id",),
    "created": ("created", "id"),
    "lastUpdated": ("last_updated", "id"),
    "status": ("status", "id"),
    "profile.login": ("login",),
    "profile.email": ("email", "id"),
    "profile.firstName": ("first_name", "id"),
    "profile.lastName": ("last_name", "id"),
}
COLUMNS: Final = Columns(
    texts={
        "id": "id",
        "status": "status",
        **{f"profile.{name}".lower(): field for name, field in PROFILE.items()},
    },
    moments={
        "created": "created",
        "activated": "activated",
        "lastupdated": "last_updated",
        "statuschanged": "status_changed",
        "passwordchanged": "password_changed",
        "lastlogin": "last_login",
    },
    of_json={"profile.": ("profile",)},
)
FILTERS: Final = ("q", "filter", "search", "sortBy", "sortOrder")


def found_users(given: dict[str, str]) -> QuerySet[User]:
    """What `q`, `filter` or `search` means."""
    if "filter" in given and "search" in given:
        raise Fault(400, "E0000033", "filter and search can't be used together")
    rows = User.objects.all()
    if words := given.get("q"):
        starts = ("first_name__istartswith", "last_name__istartswith", "email__istartswith")
        rows = rows.filter(Q(*((name, words) for name in starts), _connector=Q.OR))
    if text := given.get("search"):
        return rows.filter(filtered(text, COLUMNS, code="E0000031", where="search criteria"))
    if text := given.get("filter"):
        return rows.filter(filtered(text, COLUMNS, code="E0000053", where="filter"))
    return rows.exclude(status=Status.DEPROVISIONED)


def order_of(given: dict[str, str]) -> Paging:
    """The order that `sortBy` and `sortOrder` mean."""
    name, order = given.get("sortBy", "profile.login"), given.get("sortOrder", "asc").lower()
    if name not in SORTED:
        raise invalid("sortBy", f"must be one of {', '.join(SORTED)}")
    if order not in {"asc", "desc", "ascending", "descending"}:
        raise invalid("sortOrder", "must be asc or desc")
    return Paging(SORTED[name], is_descending=order.startswith("desc"))
