"""A client's secrets: create, rotate, deactivate, delete, end at once."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients import services
from apps.clients.admin.page import CLIENT, secret_of
from apps.clients.forms import RotateForm, SecretForm
from apps.clients.models import ActiveStatus, Client, ClientSecret
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.parts import badge, moment, part_url, post_action, state, table
from apps.systemlog.admin.service import ServiceAdmin, actor_of, attempt
from authzsite.domain.lifetimes import is_dead

COLUMNS = (
    gettext_lazy("Secret"),
    gettext_lazy("Status"),
    gettext_lazy("Made"),
    gettext_lazy("Expires"),
    gettext_lazy("Last used"),
    "",
)
NO_STORE = "no-store, private"
LEAKED = gettext_lazy(
    "The secret stops working at once, and every token of the client ends with it."
)


def show_secrets(
    admin: ServiceAdmin,
    request: HttpRequest,
    client: Client,
    *,
    secret: dict[str, Any] | None = None,
    forms: dict[str, Any] | None = None,
) -> HttpResponse:
    """The tab; with `secret`, a new one in clear."""
    may_change = admin.may_change(request, client)
    rows = [_row(client, one, may_change) for one in client.secrets.all()]
    nothing = {"title": _("No secret"), "body": _("This client doesn't authenticate by one.")}
    listing = {
        "heading": _("Secrets"),
        "hint": _("Two may live at once, so that one is replaced without an outage."),
        "table": table(COLUMNS, rows, empty=nothing),
    }
    sections = [listing, *(_forms(forms or {}) if may_change and not client.is_public else ())]
    response = admin.shell(request, client, "secrets", sections=sections, secret=secret)
    response.headers["Cache-Control"] = NO_STORE
    return response


def change_secret(admin: ServiceAdmin, request: HttpRequest, client: Client) -> HttpResponse:
    """What the tab's buttons and forms post."""
    match request.POST.get("form", ""):
        case "create":
            return _create(admin, request, client)
        case "rotate":
            return _rotate(admin, request, client)
        case verb:
            return _change_one(request, client, verb)


def _create(admin: ServiceAdmin, request: HttpRequest, client: Client) -> HttpResponse:
    form = SecretForm(request.POST)
    if not form.is_valid():
        return show_secrets(admin, request, client, forms={"create": form})
    made = attempt(
        request,
        lambda: services.create_secret(actor=actor_of(request), client=client, **form.cleaned_data),
        "",
    )
    return _shown(admin, request, client, made)


def _rotate(admin: ServiceAdmin, request: HttpRequest, client: Client) -> HttpResponse:
    form = RotateForm(request.POST)
    if not form.is_valid():
        return show_secrets(admin, request, client, forms={"rotate": form})
    made = attempt(
        request,
        lambda: services.rotate_secret(actor=actor_of(request), client=client, overlap=form.span),
        "",
    )
    note = (
        _("Those before it no longer work.")
        if not form.span
        else _("The one before works until then.")
    )
    return _shown(admin, request, client, made, note)


def _shown(
    admin: ServiceAdmin,
    request: HttpRequest,
    client: Client,
    made: tuple[ClientSecret, str] | None,
    note: str = "",
) -> HttpResponse:
    if made is None:
        return HttpResponseRedirect(request.path)
    return show_secrets(admin, request, client, secret=secret_of(client, made[1], note))


def _change_one(request: HttpRequest, client: Client, verb: str) -> HttpResponse:
    secret = client.secrets.filter(pk=request.POST.get("secret", "")).first()
    changes = {
        "activate": (services.activate_secret, _("The secret %(secret)s works again.")),
        "deactivate": (services.deactivate_secret, _("The secret %(secret)s no longer works.")),
        "delete": (services.delete_secret, _("The secret %(secret)s is deleted.")),
        "leaked": (
            services.revoke_secret_now,
            _("The secret %(secret)s is gone, and the client's tokens with it."),
        ),
    }
    if secret is None or verb not in changes:
        return HttpResponseRedirect(request.path)
    if verb == "leaked" and not is_confirmed(request):
        return _ask_leaked(request, client, secret)
    service, done = changes[verb]
    attempt(
        request,
        lambda: service(actor=actor_of(request), secret=secret),
        done % {"secret": secret},
    )
    return HttpResponseRedirect(request.path)


def _ask_leaked(request: HttpRequest, client: Client, secret: ClientSecret) -> HttpResponse:
    return ask(
        request,
        title=(
            _("Has the secret %(secret)s of %(client)s leaked?")
            % {"secret": secret, "client": client}
        ),
        body=LEAKED,
        button=_("Revoke it now"),
        back=request.path,
        change=lambda: services.revoke_secret_now(
            actor=actor_of(request), secret=client.secrets.get(pk=secret.pk)
        ),
        fields=[("form", "leaked"), ("secret", secret.pk)],
    )


def _forms(bound: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "heading": _("Rotate"),
            "hint": _("A new secret replaces the present ones. Tokens live on."),
            "form": bound.get("rotate") or RotateForm(),
            "name": "rotate",
            "submit": _("Rotate"),
        },
        {
            "heading": _("Another secret"),
            "form": bound.get("create") or SecretForm(),
            "name": "create",
            "submit": _("Create secret"),
        },
    ]


def _row(client: Client, secret: ClientSecret, may_change: bool) -> list[dict[str, Any]]:
    is_over = is_dead(secret.expires_at, timezone.now())
    shown = badge(_("Expired")) if is_over else state(secret.status, secret.get_status_display())
    return [
        {
            "parts": [{"chip": f"…{secret.last_four}"}],
            "hint": "" if secret.kind == ClientSecret.Kind.SHA256 else _("chosen: rotate it"),
        },
        {"badge": shown},
        {"text": moment(secret.created)},
        {"text": moment(secret.expires_at) or "never"},
        {"text": moment(secret.last_used_at) or _("not yet")},
        {"actions": _buttons(client, secret, is_over) if may_change else []},
    ]


def _buttons(client: Client, secret: ClientSecret, is_over: bool) -> list[dict[str, Any]]:
    url = part_url(CLIENT, client.pk, "secrets")

    def button(label: str, verb: str) -> dict[str, Any]:
        return post_action(label, url, size="small", form=verb, secret=secret.pk)

    if is_over:
        return [button(_("Delete"), "delete")]
    if secret.status == ActiveStatus.ACTIVE:
        return [button(_("Deactivate"), "deactivate"), button(_("Leaked…"), "leaked")]
    return [button(_("Activate"), "activate"), button(_("Delete"), "delete")]
