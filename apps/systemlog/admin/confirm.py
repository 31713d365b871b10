"""The pages that ask before a change that revokes: what dies, how many, and a button that says it.

The button posts back to the same address, so nothing ever changes by a GET.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.systemlog.admin.attempts import refusal_text
from apps.systemlog.admin.before import (
    BACK,
    CONFIRMED,
    FORCE,
    REVIEW,
    TOKEN,
    Look,
    is_secret,
    look_at,
    may_force,
    posted,
    seal,
)
from apps.systemlog.admin.parts import Words
from authzsite.domain.validation import InvalidError

TEMPLATE = "admin/console/confirm.html"


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the person has read the page and pressed its button."""
    return request.method == "POST" and CONFIRMED in request.POST


def ask(
    request: HttpRequest,
    *,
    title: Words,
    body: Words,
    button: Words,
    back: str,
    change: Callable[[], Any] | None = None,
    cards: Iterable[dict[str, Any]] = (),
    names: Iterable[str] = (),
    fields: Iterable[tuple[str, str]] = (),
    crumbs: Iterable[dict[str, str]] = (),
    form: Any = None,
    uses: dict[str, Any] | None = None,
    tone: str = "danger",
) -> TemplateResponse:
    """The question of a button; `fields` are posted back with the answer, `form` asks for more.
    `change` is what the answer will do: it is carried out and taken back, to be counted."""
    given = sorted(fields)
    look = _looked(request, change, given) if change else Look()
    context = {
        **admin.site.each_context(request),
        "title": title,
        "page": {"title": title},
        "crumbs": list(crumbs),
        "body": body,
        "back": back,
        "cards": list(cards),
        "names": list(names),
        "form": form,
        "used_by": uses,
        "tone": tone,
        "has_change": change is not None,
        **deliberate(request, look, button, given),
    }
    return TemplateResponse(request, TEMPLATE, context)


def _looked(request: HttpRequest, change: Callable[[], Any], fields: list[tuple[str, str]]) -> Look:
    """A refusal is told in place of the button."""
    try:
        return look_at(request, change, fields)
    except InvalidError as error:
        return Look(refusal=refusal_text(error))


def deliberate(
    request: HttpRequest, look: Look, button: Words, fields: list[tuple[str, str]]
) -> dict[str, Any]:
    """Members of the template that ask for a yes to what was looked at: a box to tick if anything
    dies, and a button that says what it does."""
    words = {"button": button, "tokens": look.radius.tokens}
    return {
        "look": look,
        "radius": look.radius,
        "fields": fields,
        "confirmed": CONFIRMED,
        "force": FORCE,
        "may_force": may_force(request),
        "seal": seal(request, look) if look else "",
        "review": REVIEW if len(look.second_person) == 1 else "",
        "button": _("%(button)s and revoke %(tokens)s") % words if look.radius else button,
    }


def beside(
    request: HttpRequest, change: Callable[[], Any], button: Words, fields: list[tuple[str, str]]
) -> dict[str, Any]:
    """The same for a form that holds a secret, which may not travel from page to page: the member
    `deliberate` of its section in `admin/console/tab.html`."""
    look = _looked(request, change, fields)
    return deliberate(request, Look() if look.refusal else look, button, fields)


def before_saving(request: HttpRequest, look: Look, was_shown: bool) -> TemplateResponse:
    """The page of a change that was posted and taken back: what it does, field by field and token
    by token. `was_shown`: the person agreed to something else."""
    title = _("Before this is saved")
    number = len(look.changes)
    said = ngettext("You change one thing.", "You change %(number)s things.", number) % {
        "number": number
    }
    facts = f"{said} {_('This is what it does.')}" if number else _("This is what it does.")
    fields = posted(request)
    context = {
        **admin.site.each_context(request),
        "title": title,
        "page": {"title": title, "facts": [[{"text": facts}]]},
        "crumbs": _crumbs(request),
        "was_shown": was_shown,
        "has_change": True,
        "secrets": _secrets(request),
        "back_field": BACK,
        **deliberate(request, look, _verb(request), fields),
    }
    response = TemplateResponse(request, TEMPLATE, context)
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _secrets(request: HttpRequest) -> list[dict[str, str]]:
    """What was typed and may not travel: it is typed again."""
    names = [name for name, value in request.POST.items() if name != TOKEN and is_secret(name)]
    return [{"name": one, "label": one.replace("_", " ").capitalize()} for one in names]


def _model_admin(request: HttpRequest) -> Any:
    """The table that the address belongs to."""
    match = request.resolver_match
    label = tuple(str(match.url_name).split("_")[:2]) if match else ()
    for model, found in admin.site._registry.items():
        if (model._meta.app_label, model._meta.model_name) == label:
            return found
    return None


def _crumbs(request: HttpRequest) -> list[dict[str, str]]:
    """The way back to the object, and where the person is now."""
    match, here = request.resolver_match, {"label": _("Before this is saved")}
    table = _model_admin(request)
    pk = match.kwargs.get("object_id") if match else None
    row = table.get_object(request, pk) if table and pk else None
    head = (table.page(request, row) or {}) if row is not None and hasattr(table, "page") else {}
    crumbs = list(head.get("crumbs", ()))
    if crumbs:
        crumbs[-1] = {**crumbs[-1], "href": crumbs[-1].get("href") or request.get_full_path()}
    return [*crumbs, here]


def said_of(request: HttpRequest) -> str:
    """What was posted, in a line: "Save: Engineers may write"."""
    crumbs = _crumbs(request)[:-1]
    name = crumbs[-1]["label"] if crumbs else request.path
    return f"{_verb(request)}: {name}"


def _verb(request: HttpRequest) -> str:
    """What the button that was pressed is called."""
    match, table = request.resolver_match, _model_admin(request)
    if match is None:
        return _("Save")
    if chosen := request.POST.get("action", ""):
        found = table.get_actions(request).get(chosen) if table else None
        return str(found[2]) if found else _("Save")
    verb = str(match.kwargs.get("verb") or str(match.url_name).split("_")[-1])
    plain = {"delete": _("Delete"), "revoke": _("Confirm"), "activate": _("Activate")}
    others = {"deactivate": _("Deactivate"), "suspend": _("Suspend")}
    return {**plain, **others}.get(verb, _("Save"))
