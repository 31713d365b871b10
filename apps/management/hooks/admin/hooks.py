"""The list of event hooks and a hook's own pages."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.management.hooks import services
from apps.management.hooks.admin.deliveries import change_delivery, show_deliveries
from apps.management.hooks.admin.page import HEALTH, HOOK, health, hook_page
from apps.management.hooks.admin.secrets import change_secret, show_secrets
from apps.management.hooks.forms import EventHookForm
from apps.management.hooks.models import EventDelivery, EventHook
from apps.management.hooks.outward import OutwardAdmin
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.parts import Words, badge_html, change_url, list_url, part_url
from apps.systemlog.admin.service import actor_of, attempt, refusal_text
from apps.systemlog.entries import Actor
from authzsite.domain.validation import InvalidError

MANY = 1000  # counted no further
OFF = gettext_lazy(
    "Nothing more is kept for it or sent to it. What is waiting waits, for 36 hours at most."
)


@admin.register(EventHook)
class EventHookAdmin(OutwardAdmin):
    """Who outside is told of revocations."""

    form = EventHookForm
    fieldsets = (
        (None, {"fields": ("name", "url", "event_types")}),
        (
            gettext_lazy("How the receiver knows us, beside the signature"),
            {"fields": ("auth_header", "auth_value")},
        ),
    )
    list_display = ("name", "address", "state", "fares", "letters")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventHook]:
        """With whether deliveries were given up: a look into the index, no count."""
        dead = EventDelivery.objects.filter(hook=OuterRef("pk"), state=EventDelivery.State.DEAD)
        return super().get_queryset(request).annotate(has_dead=Exists(dead))

    def row_pages(self) -> dict[str, Callable[..., HttpResponse]]:
        """What it was sent, its secrets, and what may be done with it."""
        return {
            "deliveries": self.deliveries,
            "secrets": self.secrets,
            "verify": self.verify,
            "test": self.test,
            "activate": self.activate,
            "deactivate": self.deactivate,
        }

    def remove(self, actor: Actor, obj: Any) -> None:
        """For good."""
        services.delete_event_hook(actor=actor, hook=obj)

    def consequences(self, obj: Any) -> list[dict[str, Any]]:
        """What it will never hear of."""
        waiting = EventDelivery.objects.filter(hook=obj, state=EventDelivery.State.PENDING)
        number = waiting.values("pk")[: MANY + 1].count()
        shown = f"{MANY:,}+" if number > MANY else number
        tone = "danger" if number else ""
        return [{"value": shown, "label": _("deliveries that wait"), "tone": tone}]

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Name, address, status, tabs."""
        return hook_page(request, obj, may_change=self.may_change(request))

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Keep the new secret for this answer alone."""
        request.new_secret = form.secret  # type: ignore[attr-defined]
        return super().save_form(request, form, change)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The new hook's secrets, with the first one in clear, this once."""
        return show_secrets(self, request, obj, secret=getattr(request, "new_secret", None))

    def deliveries(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What became of what it was to be told."""
        hook = self.found(request, object_id, change=request.method == "POST")
        if request.method == "POST":
            return change_delivery(request, hook)
        return show_deliveries(self, request, hook)

    def secrets(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What signs."""
        hook = self.found(request, object_id, change=request.method == "POST")
        if request.method == "POST":
            return change_secret(self, request, hook)
        return show_secrets(self, request, hook)

    def verify(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the receiver to give a challenge back."""

        def call(hook: EventHook) -> None:
            services.verify_event_hook(actor=actor_of(request), hook=hook)
            messages.success(request, _("Verified: what has waited is sent now."))

        return self._call(request, object_id, call)

    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Post a made-up event."""

        def call(hook: EventHook) -> None:
            outcome = services.send_test_event(actor=actor_of(request), hook=hook)
            if outcome.is_delivered:
                words = _("The receiver answered %(status)s. It has taken the test event.")
                messages.success(request, words % {"status": outcome.status})
            else:
                words = _("The test event wasn't taken: %(why)s.")
                messages.error(request, words % {"why": outcome.words})

        return self._call(request, object_id, call)

    def activate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Tell it again."""
        service, words = services.activate_event_hook, _("It is told of what happens from now on.")
        return self._answer(request, object_id, service, words)

    def deactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop, after a question."""
        return self._answer(request, object_id, services.deactivate_event_hook, OFF)

    def _call(
        self, request: HttpRequest, object_id: str, call: Callable[[EventHook], None]
    ) -> HttpResponse:
        """A call that goes out, outside of any transaction; a GET makes none."""
        hook = self.found(request, object_id, change=True)
        if request.method == "POST":
            try:
                call(hook)
            except InvalidError as error:
                messages.error(request, refusal_text(error))
        return HttpResponseRedirect(change_url(HOOK, hook.pk))

    def _answer(
        self, request: HttpRequest, object_id: str, service: Any, body: Words
    ) -> HttpResponse:
        hook = self.found(request, object_id, change=True)
        back, is_on = change_url(HOOK, hook.pk), service is services.activate_event_hook
        if is_confirmed(request):
            done = _("%(hook)s is active.") if is_on else _("%(hook)s is inactive.")
            done = done % {"hook": hook}
            attempt(request, lambda: service(actor=actor_of(request), hook=hook), done)
            return HttpResponseRedirect(back)
        crumbs = [
            {"label": _("Event hooks"), "href": list_url(HOOK)},
            {"label": str(hook), "href": back},
        ]
        title = (_("Activate %(hook)s?") if is_on else _("Deactivate %(hook)s?")) % {"hook": hook}
        button = _("Activate hook") if is_on else _("Deactivate hook")
        return ask(request, title=title, body=body, button=button, back=back, crumbs=crumbs)

    @admin.display(description="URL", ordering="url")
    def address(self, hook: EventHook) -> SafeString:
        """Where it is."""
        return format_html('<code class="chip">{}</code>', hook.url)

    @admin.display(description=gettext_lazy("Status"), ordering="status")
    def state(self, hook: EventHook) -> SafeString:
        """Active or not."""
        return badge_html(hook.status, hook.get_status_display())

    @admin.display(description=gettext_lazy("Deliveries"))
    def fares(self, hook: EventHook) -> SafeString:
        """How they fare."""
        kind, words = health(hook, timezone.now())
        return format_html(
            '<span class="badge {}">{}</span><br><span class="muted small">{}</span>',
            HEALTH[kind]["tone"],
            HEALTH[kind]["label"],
            words,
        )

    @admin.display(description=gettext_lazy("Given up"), empty_value="")
    def letters(self, hook: Any) -> SafeString | str:
        """Whether some were, with the way there."""
        if not hook.has_dead:
            return ""
        url = part_url(HOOK, hook.pk, "deliveries")
        return format_html('<a href="{}">some</a>', url)
