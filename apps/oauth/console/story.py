"""An explanation as the templates show it: the answer, the nearest miss, what would mend it."""

from typing import Any

from apps.systemlog.admin.parts import Part, add_url, change_url, chip, link, part_url, text
from authzsite.domain import trace as t
from authzsite.domain.explanation import Explanation

RULE, POLICY = "policies.Rule", "policies.Policy"
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
        return {"is_ok": True, "parts": [{"strong": "Granted"}, *_scopes(found)]}
    told = [text(": the client was told "), chip(found.decision.error)]
    return {"is_ok": False, "parts": [{"strong": "Denied"}, *told]}


def fixes(found: Explanation) -> list[dict[str, Any]]:
    """What would mend it, best first, each with the page that can do it."""
    return [
        {"text": fix.text, "suffices": fix.suffices, "href": _fix_url(found, fix)}
        for fix in found.fixes
    ]


def _scopes(found: Explanation) -> list[Part]:
    names = found.decision.scopes
    if not names:
        return [text(" a token without scope")]
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
        text("Nearest miss: rule "),
        link(miss.rule_name, change_url(RULE, miss.rule_id)),
        text(" of policy "),
        link(miss.policy_name, change_url(POLICY, miss.policy_id)),
        text(" fails only on "),
        *failing,
        text("."),
    ]


def _remedies(found: Explanation) -> list[Part]:
    """The first changes that would be enough, in the sentence after the nearest miss."""
    enough = [fix for fix in found.fixes if fix.suffices][:REMEDIES]
    parts: list[Part] = []
    for fix in enough:
        words = fix.text[:1].lower() + fix.text[1:]
        url = _fix_url(found, fix)
        parts += [text(", or " if parts else " It would be enough to "), _link(words, url)]
    return [*parts, text(".")] if parts else []


def _link(words: str, url: str) -> Part:
    return link(words, url) if url else text(words)


def _fix_url(found: Explanation, fix: t.Fix) -> str:
    """Where the fix is made; empty when it is a change of the request."""
    match fix.kind:
        case t.ACTIVATE_USER:
            return change_url("directory.User", fix.user_id)
        case t.ASSIGN_USER:
            client_id = fix.client_id or found.request.client_id
            return f"{part_url('clients.Client', client_id, 'assignments')}?user={fix.user_id}"
        case t.JOIN_GROUP:
            return part_url("directory.Group", fix.group_id, "members")
        case t.DEFINE_SCOPES:
            return add_url("servers.Scope", server=found.request.server_id)
        case t.MAKE_DEFAULT | t.RELAX_CONSENT:
            return part_url("servers.AuthorizationServer", found.request.server_id, "scopes")
        case t.WIDEN_RULE | t.REPAIR_RULE | t.ACTIVATE_RULE if fix.rule_id:
            return change_url(RULE, fix.rule_id)
        case t.ACTIVATE_POLICY | t.ADD_CLIENT if fix.policy_id:
            return change_url(POLICY, fix.policy_id)
    return ""
