"""Forms and tables whose every write goes through the services.

A form's last check is the service itself: it runs once all fields could be read, in its own
savepoint, and what it refuses becomes errors of the fields. Nothing else saves a row.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.systemlog.admin.attempts import actor_of, attempt, problem_text, refusal_text
from apps.systemlog.admin.before import BACK
from apps.systemlog.admin.confirm import ask
from apps.systemlog.admin.history import has_history, history_context, kind_of_row
from apps.systemlog.admin.listing import Listed
from apps.systemlog.admin.parts import change_url
from apps.systemlog.admin.used_by import used_by
from apps.systemlog.entries import Actor
from authzsite.domain.validation import InvalidError

__all__ = [
    "BackMixin",
    "ConsoleAdmin",
    "ProblemsMixin",
    "ServiceAdmin",
    "ServiceForm",
    "actor_of",
    "attempt",
    "problem_text",
    "refusal_text",
]


class ProblemsMixin:
    """A form that shows what a service refuses at the right field."""

    places: ClassVar[Mapping[str, str]] = {}
    """Names of the service's fields → names of this form's, where they differ."""

    def add_problems(self: Any, error: InvalidError) -> None:
        """Turn each problem into an error of its field, or of the form."""
        for problem in error.problems:
            name = self.places.get(problem.field, problem.field)
            known = name in self.fields
            words = problem_text(problem)
            if not known:
                words = f"{problem.field.replace('_', ' ').capitalize()}: {problem.message}."
            self.add_error(name if known else None, words)


class BackMixin:
    """A form that is shown again as it was typed when somebody comes back to it."""

    def is_valid(self: Any) -> bool:
        """Whether it may be saved: not what somebody comes back to."""
        return not self.is_returned and super().is_valid()  # type: ignore[misc]

    @property
    def is_returned(self: Any) -> bool:
        """Whether the page before saving has sent the person back."""
        return BACK in (self.data or ())


class ServiceForm(BackMixin, ProblemsMixin, forms.ModelForm):
    """A row's form; `perform` calls the service that writes it."""

    actor: ClassVar[Actor]
    request: ClassVar[HttpRequest]

    @property
    def is_new(self) -> bool:
        """Whether the row doesn't exist yet."""
        return bool(self.instance._state.adding)

    def perform(self) -> models.Model:
        """Call the service and return the row as it is now."""
        raise NotImplementedError

    def given(self, *names: str) -> dict[str, Any]:
        """The values to write: all of a new row, else those that the person changed.

        What somebody else changed meanwhile stays.
        """
        wanted = [name for name in names if name in self.cleaned_data]
        changed = wanted if self.is_new else [n for n in wanted if n in self.changed_data]
        return {name: self.cleaned_data[name] for name in changed}

    def _post_clean(self) -> None:
        """In place of Django's assignment to the row and its checks: the service does both."""
        if self.errors or self.is_returned:
            return
        try:
            with transaction.atomic():
                self.instance = self.perform()
        except InvalidError as error:
            self.add_problems(error)

    def save(self, commit: bool = True) -> Any:
        """The row that the service has written."""
        return self.instance

    def save_m2m(self) -> None:
        """The service has written it."""


class ConsoleAdmin(Listed):
    """What all tables of the console share; no write is possible unless a subclass says so."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Made by others."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Read only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never removed by hand."""
        return False

    def found(self, request: HttpRequest, object_id: str, *, change: bool = False) -> Any:
        """The row for one of its own pages: 404 without, 403 for who may not."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if change and not self.may_change(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        return row

    def shell(self, request: HttpRequest, obj: Any, tab: str, **context: Any) -> TemplateResponse:
        """A tab of the row's page: its head, and the sections of `admin/console/tab.html`."""
        head = self.page(request, obj) or {}
        for one in head.get("tabs", ()):
            one["is_current"] = one.get("name") == tab
        full = {**self.admin_site.each_context(request), "opts": self.opts, **head, **context}
        return TemplateResponse(request, "admin/console/tab.html", full)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any] | None:
        """Members of the template of one row: `page`, `crumbs`, `tabs`; None for Django's own."""
        return None

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """The services log (R24)."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """The services log (R24)."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        """The services log (R24)."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Ours, for those who may change; raw deletion isn't offered (row 292)."""
        found: dict[str, Any] = super().get_actions(request)
        found.pop("delete_selected", None)
        return {name: one for name, one in found.items() if self.may_act(request, one[0])}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history as the system log tells it."""
        obj = self.found(request, object_id)
        if not has_history(obj):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(name)s") % {"name": obj},
            "opts": self.opts,
            "object": obj,
            "module_name": str(self.opts.verbose_name_plural).capitalize(),
            **(self.page(request, obj) or {}),
            **history_context(request, kind_of_row(obj), str(obj.pk)),
        }
        return TemplateResponse(request, "admin/object_history.html", context)


class ServiceAdmin(ConsoleAdmin):
    """A table whose form is a `ServiceForm`, and whose rows a service removes."""

    heads_new = False
    """Whether `page` has something to say of a row that doesn't exist yet."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """As the person's permissions say."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the person's permissions say."""
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the person's permissions say."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def remove(self, actor: Actor, obj: Any) -> None:
        """Call the service that deletes the row."""
        raise NotImplementedError

    def bound(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What the form class needs beside its fields."""
        return {"actor": actor_of(request), "request": request}

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form class, bound to the person who uses it."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), self.bound(request, obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form's service has written the row."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There are no rows beside it."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        self.remove(actor_of(request), obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, delete through the service, and show a refusal where the object is."""
        obj = self.get_object(request, unquote(object_id))
        is_asked = obj is not None and not request.POST
        if is_asked and self.has_delete_permission(request, obj):
            return self._ask_to_delete(request, obj)
        try:
            return super().delete_view(request, object_id, extra_context)
        except InvalidError as error:
            messages.error(request, refusal_text(error))
            return HttpResponseRedirect(self._own_url(object_id))

    def _ask_to_delete(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """What goes with it; another copy of the row is deleted to see."""
        noun, pk = self.opts.verbose_name, str(obj.pk)
        return ask(
            request,
            title=_("Delete %(name)s?") % {"name": obj},
            body=_("It is gone for good."),
            button=_("Delete %(noun)s") % {"noun": noun},
            back=self._own_url(obj.pk),
            change=lambda: self.remove(actor_of(request), self.get_object(request, pk)),
            cards=self.consequences(obj),
            uses=used_by(obj),
            fields=[("post", "yes")],
            crumbs=[*self._way_to(request, obj), {"label": _("Delete")}],
        )

    def _way_to(self, request: HttpRequest, obj: Any) -> list[dict[str, str]]:
        """Crumbs that end with the row."""
        crumbs = list((self.page(request, obj) or {}).get("crumbs", ()))
        return [*crumbs[:-1], {"label": str(obj), "href": self._own_url(obj.pk)}]

    def _own_url(self, pk: object) -> str:
        return change_url(f"{self.opts.app_label}.{self.opts.model_name}", pk)

    def consequences(self, obj: Any) -> list[dict[str, Any]]:
        """Cards that count what goes with the object, beside tokens."""
        return []

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """The objects themselves: what goes with them is counted in `consequences`."""
        names = [f"{str(self.opts.verbose_name).capitalize()}: {obj}" for obj in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the page's head; an auditor sees the same form, with every field disabled."""
        obj = kwargs.get("obj")
        if obj is not None and not self.has_change_permission(request, obj):
            context["adminform"] = self._for_reading(request, obj)
        head = (self.page(request, obj) or {}) if obj or self.heads_new else {}
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False, **head}
        context["used_by"] = used_by(obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def _for_reading(self, request: HttpRequest, obj: Any) -> helpers.AdminForm:
        form = self.get_form(request, obj, change=False)(instance=obj)
        for field in form.fields.values():
            field.disabled = True
        parts: Any = list(self.get_fieldsets(request, obj))
        readonly = self.get_readonly_fields(request, obj)
        return helpers.AdminForm(form, parts, {}, readonly, model_admin=self)
