"""A hook's signing secrets: shown once, replaced with overlap."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.forms import RotateForm
from apps.management.hooks import services
from apps.management.hooks.admin.page import HOOK
from apps.management.hooks.models import EventHook, EventHookSecret
from apps.systemlog.admin.parts import badge, chip, moment, part_url, table
from apps.systemlog.admin.service import ServiceAdmin, actor_of, attempt

COLUMNS = (
    gettext_lazy("Secret"),
    gettext_lazy("State"),
    gettext_lazy("Made"),
    gettext_lazy("Signs until"),
)
NO_STORE = "no-store, private"
SHOWN_ONCE = gettext_lazy(
    "It is shown this once. The receiver needs it to verify signatures; it is kept encrypted, and "
    "nobody can have it shown again."
)


def show_secrets(
    admin: ServiceAdmin,
    request: HttpRequest,
    hook: EventHook,
    *,
    secret: str | None = None,
    note: str = "",
    form: RotateForm | None = None,
) -> HttpResponse:
    """The tab; with `secret`, a new one in clear."""
    listing = {
        "heading": _("Signing secrets"),
        "hint": _(
            "Each one that lives signs every message: a receiver may change over at leisure."
        ),
        "table": table(COLUMNS, [_row(one) for one in hook.secrets.all()]),
    }
    rotate = {
        "heading": _("Rotate"),
        "hint": _("A new secret signs beside the present one, and then alone."),
        "form": form or RotateForm(),
        "name": "rotate",
        "submit": _("Rotate"),
    }
    sections = [listing, *([rotate] if admin.may_change(request) else [])]
    shown = _shown(hook, secret, note) if secret else None
    response = admin.shell(request, hook, "secrets", sections=sections, secret=shown)
    response.headers["Cache-Control"] = NO_STORE
    return response


def change_secret(admin: ServiceAdmin, request: HttpRequest, hook: EventHook) -> HttpResponse:
    """What the tab's form posts."""
    form = RotateForm(request.POST)
    if not form.is_valid():
        return show_secrets(admin, request, hook, form=form)
    made = attempt(
        request,
        lambda: services.rotate_signing_secret(
            actor=actor_of(request), hook=hook, overlap=form.span
        ),
        "",
    )
    if made is None:
        return HttpResponseRedirect(request.path)
    note = (
        _("The one before signs beside it until then.") if form.span else _("It signs alone now.")
    )
    return show_secrets(admin, request, hook, secret=made, note=note)


def _shown(hook: EventHook, value: str, note: str) -> dict[str, Any]:
    return {
        "title": _("Copy the signing secret of %(name)s now") % {"name": hook.name},
        "label": _("Signing secret"),
        "explain": SHOWN_ONCE,
        "value": value,
        "id": "new-secret",
        "note": note,
        "done": {"label": _("I have it"), "href": part_url(HOOK, hook.pk, "change")},
    }


def _row(secret: EventHookSecret) -> list[dict[str, Any]]:
    is_over = secret.expires_at is not None and secret.expires_at <= timezone.now()
    return [
        {"parts": [chip(secret.pk)]},
        {"badge": badge(_("Expired")) if is_over else badge(_("Signs"), "success")},
        {"text": moment(secret.created)},
        {"text": moment(secret.expires_at) or _("it is replaced")},
    ]
