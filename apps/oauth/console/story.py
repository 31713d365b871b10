"""An explanation as the templates show it: the answer, the nearest miss, what would mend it."""

from typing import Any

from django.utils.translation import gettext as _

from apps.oauth.console.fix_urls import POLICY, RULE, fix_url
from apps.systemlog.admin.parts import Part, change_url, chip, link, text
from authzsite.domain.explanation import Explanation

REMEDIES = 2


def verdict(found: Explanation) -> dict[str, Any]:
    """The callout: what was decided, and how near the nearest rule came."""
    is_whole = found.decision.is_allowed and not found.decision.dropped
    tone = "success" if is_whole else "warn" if found.decision.is_allowed else "danger"
    parts = [*_nearest(found), *_remedies(found)]
    return {"tone": tone, "title_parts": [text(found.headline)], "parts": parts}


def answer(found: Explanation) -> dict[str, Any]:
    """The last line of the trace."""
    if found.decision.is_allowed:
        return {"is_ok": True, "parts": [{"strong": _("Granted")}, *_scopes(found)]}
    told = [text(_(": the client was told ")), chip(found.decision.error)]
    return {"is_ok": False, "parts": [{"strong": _("Denied")}, *told]}


def fixes(found: Explanation) -> list[dict[str, Any]]:
    """What would mend it, best first, each with the page that can do it."""
    return [
        {"text": fix.text, "suffices": fix.suffices, "href": fix_url(found, fix)}
        for fix in found.fixes
    ]


def _scopes(found: Explanation) -> list[Part]:
    names = found.decision.scopes
    if not names:
        return [text(_(" a token without scope"))]
    return [text(" "), *(part for name in names for part in (chip(name), text(" ")))]


def _nearest(found: Explanation) -> list[Part]:
    miss = found.nearest_miss
    if miss is None:
        return []
    failing: list[Any] = []
    for check in miss.fails:
        failing += [text(", " if failing else ""), text(f"{check.label.lower()}: ")]
        failing += list(check.fragments) or [text(check.why_not)]
    return [
        text(_("Nearest miss: rule ")),
        link(miss.rule_name, change_url(RULE, miss.rule_id)),
        text(_(" of policy ")),
        link(miss.policy_name, change_url(POLICY, miss.policy_id)),
        text(_(" fails only on ")),
        *failing,
        text("."),
    ]


def _remedies(found: Explanation) -> list[Part]:
    """The first changes that would be enough, in the sentence after the nearest miss."""
    enough = [fix for fix in found.fixes if fix.suffices][:REMEDIES]
    parts: list[Part] = []
    for fix in enough:
        words = fix.text[:1].lower() + fix.text[1:]
        url = fix_url(found, fix)
        parts += [text(_(", or ") if parts else _(" It would be enough to ")), _link(words, url)]
    return [*parts, text(".")] if parts else []


def _link(words: str, url: str) -> Part:
    return link(words, url) if url else text(words)


def outcome(then: Explanation, now: Explanation | None, problem: str) -> dict[str, str]:
    """What the same request would get now, beside what it got then; `problem`: why it can't be
    asked again."""
    if now is None:
        told = _("It can't be asked again. %(problem)s") % {"problem": problem}
        return {"tone": "warn", "title": told}
    if then.decision.is_allowed == now.decision.is_allowed:
        granted = _("The same request would be granted now, too.")
        denied = _("The same request would be denied now, too.")
        return {"tone": "info", "title": granted if now.decision.is_allowed else denied}
    if now.decision.is_allowed:
        return {"tone": "success", "title": _("The same request would be granted now.")}
    return {"tone": "danger", "title": _("The same request would be denied now.")}
