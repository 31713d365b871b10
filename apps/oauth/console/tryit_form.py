"""What a person asks on the Try it tab: names in the address, so that every try is a link."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.oauth.console.revoke_form import Moment
from apps.oauth.console.typed import TypedNames, client_name_of, login_of
from apps.oauth.simulation.simulate import Asked
from apps.servers.admin.page import tab_url
from apps.servers.models import AuthorizationServer
from authzsite.domain.grant_types import for_rules, has_user
from authzsite.domain.limits import MAX_SCOPE_PARAMETER_LENGTH
from authzsite.domain.scopes import ScopeSyntaxError, parse_scope
from authzsite.domain.trace import ASK_FOR, DROP_SCOPES, Fix, RequestFacts
from authzsite.domain.vocabulary import OIDC_SCOPES

SCOPES_OFFERED: Final = 60


class TryForm(TypedNames, forms.Form):
    """A token request as people describe it."""

    client = forms.CharField(
        label=_("Client"), max_length=255, help_text=_("A name, a client ID, or an id.")
    )
    grant_type = forms.ChoiceField(label=_("Grant type"))
    user = forms.CharField(
        required=False,
        label=_("User"),
        max_length=100,
        help_text=_("A login, or an id. Without one where a client acts for itself."),
    )
    at = forms.DateTimeField(
        required=False, label=_("Time"), widget=Moment, help_text=_("UTC. Empty is now.")
    )

    def __init__(self, data: QueryDict) -> None:
        self.given = given = _filled_in(data)
        bound = given if is_complete(given) else None
        super().__init__(bound, initial=given, label_suffix="")
        kinds: Any = self.fields["grant_type"]
        kinds.choices = [(one.name, gettext(one.label)) for one in for_rules()]
        for name in ("client", "user"):
            offers = {"data-typed": reverse("admin:typed", args=[name]), "autocomplete": "off"}
            self.fields[name].widget.attrs |= offers

    def clean(self) -> dict[str, Any]:
        """With the scopes of the request, None where it names none; their boxes are the page's."""
        text = self.given["scope"]
        try:
            scope = parse_scope(text) if text else None
        except ScopeSyntaxError:
            raise forms.ValidationError(_("These are no scopes.")) from None
        return {**self.cleaned_data, "scope": scope}

    def at_time(self) -> datetime:
        """When it is asked."""
        return self.cleaned_data["at"] or timezone.now()

    def asked(self, server_id: str, client_id: str) -> Asked:
        """The request; `client_id` is the name on the wire."""
        data = self.cleaned_data
        user_id = data["user"] if has_user(data["grant_type"]) else ""
        return Asked(server_id, client_id, data["grant_type"], user_id, data["scope"])


def is_complete(given: Mapping[str, str]) -> bool:
    """Whether everything is said that an answer needs."""
    return bool(
        given["client"]
        and given["grant_type"]
        and (given["user"] or not has_user(given["grant_type"]))
    )


def lacking(given: Mapping[str, str]) -> str:
    """What is still to be said, once something was."""
    if not given["client"] and not given["user"]:
        return ""
    if given["client"] and not given["user"] and has_user(given["grant_type"]):
        return str(_("This grant type is for a user: name one."))
    return str(_("Name the client that asks."))


def scope_boxes(server: AuthorizationServer, chosen: str) -> tuple[list[dict[str, Any]], str]:
    """What is offered to be ticked, and what else the address asks for."""
    ticked = chosen.split()
    own = server.scopes.exclude(name__in=OIDC_SCOPES).order_by("name")
    defined = list(own.values_list("name", flat=True)[:SCOPES_OFFERED])
    names = [*defined, *sorted(OIDC_SCOPES)]
    boxes = [{"name": name, "is_ticked": name in ticked} for name in names]
    return boxes, " ".join(name for name in ticked if name not in names)


def try_url(server_id: str, **asked: str) -> str:
    """The address of a try; what is empty is left out."""
    given = {name: value for name, value in asked.items() if value}
    url = tab_url(server_id, "try")
    return f"{url}?{urlencode(given)}" if given else url


def again_url(then: RequestFacts, *, at: str = "", **changed: str) -> str:
    """The request of an explanation, as a try."""
    asked = {
        "client": then.client_id,
        "user": then.user_id or "",
        "grant_type": then.grant_type,
        "scope": " ".join(then.requested_scopes or ()),
        "at": at,
    }
    return try_url(then.server_id, **{**asked, **changed})


def mended_url(then: RequestFacts, fix: Fix, at: str) -> str:
    """The request with a change of itself made; empty for a fix that changes something else."""
    asked = then.requested_scopes or ()
    if fix.kind == DROP_SCOPES:
        rest = [name for name in asked if name not in fix.scopes]
        return again_url(then, at=at, scope=" ".join(rest))
    if fix.kind == ASK_FOR:
        more = fix.scopes if "openid" in fix.scopes else fix.scopes[:1]
        return again_url(then, at=at, scope=" ".join((*asked, *more)))
    return ""


def _filled_in(data: QueryDict) -> dict[str, str]:
    """The address's members as the form shows them: names in place of ids."""
    given = {name: data.get(name, "").strip() for name in ("client", "user", "grant_type", "at")}
    asked = " ".join(" ".join(data.getlist("scope")).split())
    given["scope"] = asked[:MAX_SCOPE_PARAMETER_LENGTH]
    given["client"], given["user"] = client_name_of(given["client"]), login_of(given["user"])
    return given


def utc_text(at: datetime) -> str:
    """An instant as the address and the browser's picker write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
