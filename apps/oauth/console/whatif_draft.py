"""A draft as the templates show it: sentences, what is new or changed, and its buttons."""

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.oauth.console.names import named, names_of
from apps.oauth.console.policies import rule_lifetimes
from apps.oauth.console.whatif_edit import NEW, gone, standing
from apps.oauth.console.whatif_form import client_names
from apps.oauth.console.whatif_subject import run_url
from apps.policies.models import WhatIfRun
from apps.policies.services.what_if import Draft
from apps.systemlog.admin.parts import action, badge, text
from apps.systemlog.admin.parts import post_action as button
from authzsite.domain.policy_types import Policy as CorePolicy
from authzsite.domain.policy_types import Rule as CoreRule
from authzsite.domain.rule_sentence import rule_sentence

Row = dict[str, Any]
BADGES: Final = {NEW: (gettext_lazy("New"), "info"), "changed": (gettext_lazy("Changed"), "warn")}


def draft_rows(
    run: WhatIfRun, compiled: Sequence[CorePolicy], is_open: bool
) -> list[dict[str, Any]]:
    """The policies of `admin/server/policies.html`, with what is new or changed."""
    sentences = {rule.id: rule_sentence(rule) for one in compiled for rule in one.rules}
    names = names_of(part for sentence in sentences.values() for part in sentence)
    old_rules = [rule for policy in run.base for rule in policy["rules"]]
    shown = []
    for place, (draft, core) in enumerate(zip(run.proposal, compiled, strict=True)):
        rules = [
            _rule(run, (place, at), one, rule, named(sentences[rule.id], names), old_rules, is_open)
            for at, (one, rule) in enumerate(zip(draft["rules"], core.rules, strict=True))
        ]
        shown.append({**_policy(run, place, draft, core, is_open), "rules": rules})
    return shown


def _policy(run: WhatIfRun, place: int, draft: Draft, core: CorePolicy, is_open: bool) -> Row:
    where = {"policy": str(place)}
    url = run_url(run)
    more = [
        action(_("Add rule"), run_url(run, "rule", str(place), NEW), size="small"),
        action(_("Edit"), run_url(run, "policy", str(place)), size="small"),
    ]
    state = _badge(draft, run.base) or (
        badge(_("Active"), "success") if core.is_active else badge(_("Inactive"))
    )
    return {
        "position": place + 1,
        "name": draft["name"],
        "status": state,
        "is_active": core.is_active,
        "audience": [text(_("for %(clients)s") % {"clients": client_names(draft["clients"])})],
        "actions": [*_levers(url, where, len(run.proposal), place, draft), *more]
        if is_open
        else [],
    }


def _rule(
    run: WhatIfRun,
    places: tuple[int, int],
    draft: Draft,
    core: CoreRule,
    sentence: list[Any],
    base: Sequence[Draft],
    is_open: bool,
) -> Row:
    policy, place = map(str, places)
    count = len(run.proposal[places[0]]["rules"])
    levers = _levers(run_url(run), {"policy": policy, "rule": place}, count, places[1], draft)
    edit = action(_("Edit"), run_url(run, "rule", policy, place), size="small")
    return {
        "position": places[1] + 1,
        "name": draft["name"],
        "is_active": core.is_active,
        "status": _badge(draft, base) or (None if core.is_active else badge(_("Inactive"))),
        "sentence": sentence,
        "lifetimes": rule_lifetimes(core),
        "actions": [*levers, edit] if is_open else [],
    }


def _badge(draft: Draft, base: Sequence[Draft]) -> dict[str, str] | None:
    kind = standing(draft, base)
    return badge(str(BADGES[kind][0]), BADGES[kind][1]) if kind else None


def _levers(url: str, where: Row, count: int, place: int, draft: Draft) -> list[Row]:
    is_active = draft.get("status", "ACTIVE") == "ACTIVE"
    switch = _("Deactivate") if is_active else _("Activate")
    return [
        *([button(_("↑ Up"), url, size="small", verb="up", **where)] if place else []),
        *(
            [button(_("↓ Down"), url, size="small", verb="down", **where)]
            if place < count - 1
            else []
        ),
        button(switch, url, size="small", verb="switch", **where),
        button(_("Remove"), url, size="small", verb="remove", **where),
    ]


def left_out(run: WhatIfRun) -> list[str]:
    """Names of what the draft doesn't have any more."""
    policies = [
        _("policy %(name)s") % {"name": one["name"]} for one in gone(run.base, run.proposal)
    ]
    rules = [rule for policy in run.proposal for rule in policy["rules"]]
    kept = {policy.get("id") for policy in run.proposal}
    old = [rule for policy in run.base if policy["id"] in kept for rule in policy["rules"]]
    return [*policies, *(_("rule %(name)s") % {"name": one["name"]} for one in gone(old, rules))]
