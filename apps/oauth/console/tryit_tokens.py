"""The tokens of a try: what they say, how long they live, and the setting that fixed each."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.oauth.simulation.preview import Preview
from apps.oauth.simulation.simulate import Simulation
from apps.systemlog.admin.parts import Part, change_url, chip, link, seconds, table, text
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.lifetimes import UNLIMITED
from authzsite.domain.limits import ID_TOKEN_SECONDS
from authzsite.domain.policy import Decision
from authzsite.domain.vocabulary import OFFLINE_ACCESS

RULE, TOKEN_POLICY, CLIENT = "policies.Rule", "clients.TokenPolicy", "clients.Client"
STATIC = "STATIC"


def tokens(found: Simulation) -> dict[str, Any]:
    """What `admin/server/try_tokens.html` shows of an allowed try."""
    preview = found.preview
    assert preview is not None  # noqa: S101 - asked by the caller
    access = {
        "title": _("Access token"),
        "aside": _("JWT") if preview.is_jwt else _("opaque: this is what introspection knows"),
        "header": _json(preview.header),
        "claims": _json(preview.claims),
    }
    shown = [access]
    if preview.id_claims:
        identity = {
            "title": _("ID token"),
            "aside": _("JWT"),
            "header": _json(preview.id_header),
            "claims": _json(preview.id_claims),
        }
        shown.append(identity)
    columns = (_("Token"), _("Lives"), _("Fixed by"))
    return {
        "shown": shown,
        "lifetimes": table(columns, list(_rows(found, preview))),
        "has_hook": bool(preview.hook_id),
    }


def _rows(found: Simulation, preview: Preview) -> list[list[Part]]:
    decision = found.explanation.decision
    rows = [
        [
            text(_("Access token")),
            _short(seconds(preview.expires_in)),
            {"parts": _setting(decision)},
        ]
    ]
    if preview.id_claims:
        always = {"text": _("always so"), "hint": _("no setting changes it")}
        rows.append([text(_("ID token")), _short(seconds(ID_TOKEN_SECONDS)), always])
    return [*rows, *_refresh_rows(found, preview)]


def _refresh_rows(found: Simulation, preview: Preview) -> list[list[Part]]:
    decision, client = found.explanation.decision, found.client
    client_form = link(client.name, change_url(CLIENT, client.id))
    if preview.refresh is None:
        return [[text(_("Refresh token")), text(_("none")), {"parts": _why_none(found)}]]
    times = preview.refresh
    is_endless = times.refresh_seconds == UNLIMITED
    life = _("unlimited") if is_endless else seconds(times.refresh_seconds)
    setting = {"parts": _setting(decision)}
    kept = {"parts": [text(_("client ")), client_form]}
    return [
        [text(_("Refresh token")), _short(life), setting],
        [text(_("Refresh token, not used")), _short(seconds(times.idle_seconds)), setting],
        [text(_("Refresh token, once used")), text(_rotation(client)), kept],
    ]


def _short(words: str) -> Part:
    return {"text": words, "kind": "nowrap"}


def _rotation(client: ClientSnapshot) -> str:
    if client.rotation_type == STATIC:
        return _("stays the same")
    return _("is replaced; a retry is answered for %(time)s") % {"time": seconds(client.leeway)}


def _why_none(found: Simulation) -> list[Part]:
    client, request = found.client, found.explanation.request
    if not request.has_user:
        return [text(_("a client that acts for itself asks again"))]
    if not client.may_refresh:
        form = link(client.name, change_url(CLIENT, client.id))
        return [form, text(_(" may not use ")), chip("refresh_token")]
    return [chip(OFFLINE_ACCESS), text(_(" was not granted"))]


def _setting(decision: Decision) -> list[Part]:
    """The rule, or the token policy, with the form that edits it."""
    if decision.rule_id:
        return [text(_("rule ")), link(decision.rule_name, change_url(RULE, decision.rule_id))]
    url = change_url(TOKEN_POLICY, decision.policy_id)
    return [text(_("token policy ")), link(decision.policy_name, url)]


def _json(value: Mapping[str, Any] | None) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""
