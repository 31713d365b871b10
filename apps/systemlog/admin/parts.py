"""Small values that the console's templates show: parts of sentences, badges, tables, addresses."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

Part = dict[str, Any]
Words = str | Promise
"""What a person reads, in English or in the language of whoever reads it."""
TONES: Mapping[str, str] = {
    "ACTIVE": "success",
    "SUCCESS": "success",
    "ALLOW": "success",
    "CURRENT": "success",
    "DONE": "success",
    "DELIVERED": "success",
    "FAILURE": "danger",
    "DENY": "danger",
    "ERROR": "danger",
    "REVOKED": "danger",
    "DEAD": "danger",
    "LOCKED_OUT": "danger",
    "WARN": "warn",
    "SUSPENDED": "warn",
    "RECOVERY": "warn",
    "PASSWORD_EXPIRED": "warn",
    "RUNNING": "info",
    "OPEN": "info",
    "PENDING": "info",
    "NEXT": "info",
    "PROVISIONED": "info",
}
UNITS = (
    (1440, gettext_noop("days")),
    (60, gettext_noop("hours")),
    (1, gettext_noop("minutes")),
)
STATES = (
    *(gettext_noop("Active"), gettext_noop("Inactive"), gettext_noop("Success")),
    *(gettext_noop("Failure"), gettext_noop("Allow"), gettext_noop("Deny")),
    *(gettext_noop("Skipped"), gettext_noop("Challenge"), gettext_noop("Unknown")),
)
"""Stored states that are shown as they are stored, for translators to see."""


def text(words: Words) -> Part:
    """Plain words."""
    return {"text": words}


def link(label: Words, href: str) -> Part:
    """A name that leads to the thing."""
    return {"link": label, "href": href}


def chip(word: str, tone: str = "") -> Part:
    """A machine word."""
    return {"chip": word, "tone": tone}


def badge(label: Words, tone: str = "") -> dict[str, Any]:
    """A state in a word or two."""
    return {"label": label, "tone": tone}


def state(value: str, label: Words = "") -> dict[str, Any]:
    """The badge of a status, by its stored value."""
    return badge(label or _(value.replace("_", " ").capitalize()), TONES.get(value, ""))


def joined(parts: Iterable[Part], separator: str = ", ") -> list[Part]:
    """Parts with a separator between them."""
    result: list[Part] = []
    for part in parts:
        result += [text(separator), part] if result else [part]
    return result


def change_url(label: str, pk: object) -> str:
    """The page of a row: `change_url("clients.Client", pk)`."""
    return part_url(label, pk, "change")


def part_url(label: str, pk: object, part: str) -> str:
    """A page below a row: one of its tabs, or something to do with it."""
    return reverse(f"admin:{label.lower().replace('.', '_')}_{part}", args=[quote(str(pk))])


def list_url(label: str, **filters: Any) -> str:
    """The list of a model, filtered."""
    url = reverse(f"admin:{label.lower().replace('.', '_')}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url


def add_url(label: str, **initial: Any) -> str:
    """The form for a new row."""
    url = reverse(f"admin:{label.lower().replace('.', '_')}_add")
    return f"{url}?{urlencode(initial)}" if initial else url


def action(label: Words, href: str, *, tone: str = "", size: str = "", **fields: Any) -> Part:
    """A link that looks like a button; see `post_action` for changes."""
    return {"label": label, "href": href, "tone": tone, "size": size, "fields": fields}


def post_action(label: Words, href: str, *, tone: str = "", size: str = "", **fields: Any) -> Part:
    """A button that changes something at once."""
    return {**action(label, href, tone=tone, size=size, **fields), "post": True}


def revoke_action(**chosen: str) -> Part:
    """A button to the page that revokes tokens, with what it is about filled in: `user=pk`."""
    return action(_("Revoke tokens…"), f"{reverse('admin:tokens_revoke')}?{urlencode(chosen)}")


def try_action(**chosen: str) -> Part:
    """A button to the page that tries a token request out, with what it is about filled in:
    `client=pk`."""
    return action(_("Try it"), f"{reverse('admin:try')}?{urlencode(chosen)}")


def table(columns: Iterable[Words], rows: list[list[Part]], **more: Any) -> dict[str, Any]:
    """A table; a column that ends with `#` holds numbers."""
    names = map(str, columns)
    heads = [
        {"label": name.rstrip("#"), "kind": "num" if name.endswith("#") else ""} for name in names
    ]
    return {"columns": heads, "rows": rows, **more}


def badge_html(value: str, label: Words = "") -> SafeString:
    """The badge of a status, for a column of a list."""
    shown = state(value, label)
    return format_html('<span class="badge {}">{}</span>', shown["tone"], shown["label"])


def chips_html(words: Iterable[str]) -> SafeString:
    """Machine words, for a column of a list."""
    return format_html_join(" ", '<code class="chip">{}</code>', ((word,) for word in words))


def link_html(label: object, href: str) -> SafeString:
    """A link, for a column of a list."""
    return format_html('<a href="{}">{}</a>', href, label)


def moment(at: datetime | None) -> str:
    """A point in time to the minute, in UTC; empty for none."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


def instant(at: datetime) -> str:
    """A point in time to the millisecond, in UTC."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def minutes(number: int) -> str:
    """A length of time as a person says it: 90 → "90 minutes", 120 → "2 hours"."""
    if number >= 1440 and number % 1440 == 0:
        return ngettext("%(n)d day", "%(n)d days", number // 1440) % {"n": number // 1440}
    if number >= 60 and number % 60 == 0:
        return ngettext("%(n)d hour", "%(n)d hours", number // 60) % {"n": number // 60}
    return ngettext("%(n)d minute", "%(n)d minutes", number) % {"n": number}


def seconds(number: int) -> str:
    """A length of time given in seconds."""
    return (
        minutes(number // 60)
        if number and number % 60 == 0
        else ngettext("%(n)d second", "%(n)d seconds", number) % {"n": number}
    )
