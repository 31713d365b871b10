"""A server's signing keys: next, current, retired, revoked; rotation and revocation."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.oauth.console.page import tab_crumbs
from apps.servers.admin.page import tab_url
from apps.servers.models import AuthorizationServer, SigningKey
from apps.servers.selectors import keys_of
from apps.servers.services import revoke_key, rotate_keys
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.parts import badge, chip, moment, post_action
from apps.systemlog.admin.service import actor_of, attempt

State = SigningKey.State
ORDER = (State.NEXT, State.CURRENT, State.RETIRED, State.REVOKED)
TONES = {
    State.NEXT: "info",
    State.CURRENT: "success",
    State.RETIRED: "",
    State.REVOKED: "danger",
}
HINT = gettext_lazy(
    "The next key is published before it signs, so that nobody has to be told. A retired one stays "
    "until the last token that it signed has expired."
)
BODY = gettext_lazy(
    "The key leaves the published set at once, and every JWT that it signed is dead. The next key "
    "takes over."
)


def keys_context(server: AuthorizationServer, may_change: bool) -> dict[str, Any]:
    """What `admin/server/keys.html` shows."""
    keys = sorted(keys_of(server.pk), key=lambda key: ORDER.index(State(key.state)))
    return {"keys": [_key(server, key, may_change) for key in keys], "hint": HINT}


def change_keys(request: HttpRequest, server: AuthorizationServer) -> HttpResponse:
    """Rotate at once; revoke after a question."""
    url, kid = tab_url(server.pk, "keys"), request.POST.get("kid", "")
    actor = actor_of(request)
    if request.POST.get("verb") == "rotate":
        attempt(
            request,
            lambda: rotate_keys(actor=actor, server_id=server.pk),
            _("The next key signs from now on."),
        )
    elif SigningKey.objects.filter(server=server, kid=kid).exists():
        if not is_confirmed(request):
            return _ask(request, server, kid)
        attempt(
            request,
            lambda: revoke_key(actor=actor, server_id=server.pk, kid=kid),
            _("The key is revoked."),
        )
    return HttpResponseRedirect(url)


def _ask(request: HttpRequest, server: AuthorizationServer, kid: str) -> HttpResponse:
    return ask(
        request,
        title=_("Revoke this signing key?"),
        body=BODY,
        button=_("Revoke key"),
        back=tab_url(server.pk, "keys"),
        names=[kid],
        change=lambda: revoke_key(actor=actor_of(request), server_id=server.pk, kid=kid),
        fields=[("verb", "revoke"), ("kid", kid)],
        crumbs=tab_crumbs(server, "keys", _("Revoke")),
    )


def _key(server: AuthorizationServer, key: SigningKey, may_change: bool) -> dict[str, Any]:
    url = tab_url(server.pk, "keys")
    revoke = post_action(_("Revoke…"), url, size="small", tone="danger", verb="revoke", kid=key.kid)
    may_revoke = may_change and key.state != State.REVOKED
    facts = [
        {"label": _("Algorithm"), "parts": [chip(key.alg)]},
        {
            "label": _("Published"),
            "text": _("since %(moment)s") % {"moment": moment(key.created)},
        },
    ]
    if key.activated_at:
        facts.append(
            {
                "label": _("Signing"),
                "text": _("since %(moment)s") % {"moment": moment(key.activated_at)},
            }
        )
    if key.retired_at:
        facts.append({"label": _("Ended"), "text": moment(key.retired_at)})
    return {
        "kid": key.kid,
        "status": badge(key.get_state_display(), TONES[State(key.state)]),
        "alg": key.alg,
        "facts": facts,
        "actions": [revoke] if may_revoke else [],
    }
