"""Why a rule never decides, or speaks of what is gone: for its server's page and the dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.oauth.console.policy_order import move_to
from apps.systemlog.admin.parts import Part, badge, chip, joined, link, moment, text
from authzsite.domain import grant_types
from authzsite.domain.conditions import GrantTypes, People, Scopes, Validity
from authzsite.domain.policy_types import Rule
from authzsite.domain.shadowing import Shadow
from authzsite.domain.vocabulary import ANY_SCOPE, EVERYONE, OIDC_SCOPES


@dataclass(frozen=True, slots=True)
class Known:
    """What exists: names of people by id, defined scopes, and now."""

    names: Mapping[str, str]
    scopes: frozenset[str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a rule: a badge, a note, and buttons that help."""

    badge: dict[str, str]
    note: list[Part]
    actions: tuple[Part, ...] = ()


def finding(rule: Rule, shadow: Shadow | None, known: Known | None, url: str) -> Finding | None:
    """The worst that can be said of an active rule; None when it may decide. Without `known`, what
    exists now doesn't count."""
    if rule.broken is not None:
        denies = _("A request that reaches this rule is denied.")
        return Finding(badge(_("Can't be read"), "danger"), [text(denies)])
    if shadow is not None:
        return _shadowed(shadow, url)
    if known is None:
        return None
    if why := never(rule, known):
        return Finding(badge(_("Never matches"), "warn"), [text(why)])
    if gone := missing_scopes(rule, known):
        chips = joined((chip(name) for name in gone), " ")
        words = _(" is not defined any more.") if len(gone) == 1 else _(" aren't defined any more.")
        return Finding(badge(_("Scope gone"), "warn"), [*chips, text(words)])
    return None


def never(rule: Rule, known: Known) -> str:
    """Why no request can match by itself, as a sentence; empty when one can."""
    grants = _of(rule, GrantTypes)
    if grants is not None and not any(map(grant_types.find, grants.include)):
        return _("It allows no grant type.")
    window = _of(rule, Validity)
    if window is not None and window.valid_until and window.valid_until <= known.now:
        return _("Its time ended on %(when)s UTC.") % {"when": moment(window.valid_until)}
    if grants is not None and not any(map(grant_types.has_user, grants.include)):
        return ""
    return _nobody(rule.people, known)


def _nobody(people: People, known: Known) -> str:
    if EVERYONE in people.include_groups:
        return ""
    named = people.include_groups | people.include_users
    if not named:
        return _("It includes no user and no group.")
    if named.isdisjoint(known.names):
        return _("Nobody and no group that it names exists any more.")
    left = (people.include_groups - people.exclude_groups) | (
        people.include_users - people.exclude_users
    )
    return "" if left else _("Everybody whom it includes is excluded, too.")


def missing_scopes(rule: Rule, known: Known) -> list[str]:
    """The scopes that it lists and the server doesn't define."""
    scopes = _of(rule, Scopes)
    listed = scopes.include if scopes is not None else frozenset()
    return sorted(listed - known.scopes - OIDC_SCOPES - {ANY_SCOPE})


def _of(rule: Rule, kind: type[Any]) -> Any:
    return next((one for one in rule.conditions if isinstance(one, kind)), None)


def _shadowed(shadow: Shadow, url: str) -> Finding:
    by, place = shadow.by, shadow.place
    words = _("rule %(number)d answers first") % {"number": by.position}
    named = link(words, f"#rule-{by.rule.id}")
    of = []
    if by.policy.id != place.policy.id:
        of = [text(_(" in policy ")), link(by.policy.name, f"#policy-{by.policy.id}")]
    why = _(": whatever this one matches, that one does, too.")
    if by.rule.broken is not None:
        why = _(": it can't be read, so it denies whatever reaches it.")
    actions: tuple[Part, ...] = ()
    if shadow.moving_helps:
        actions = (move_to(url, _("Move up"), by.position, rule=place.rule.id),)
    return Finding(badge(_("Never matches"), "warn"), [named, *of, text(why)], actions)
