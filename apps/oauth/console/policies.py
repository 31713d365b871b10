"""A server's access policies as one page that reads like sentences, in the order of evaluation."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.clients.models import ActiveStatus, Client
from apps.oauth.console.names import named, names_of
from apps.policies.compile import compile_rule
from apps.policies.models import ALL_CLIENTS, Policy, Rule
from apps.policies.selectors import policies_of
from apps.policies.services import reorder_policies, reorder_rules
from apps.servers.admin.page import tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import (
    Part,
    action,
    add_url,
    badge,
    change_url,
    joined,
    link,
    list_url,
    minutes,
    part_url,
    post_action,
    state,
    text,
)
from apps.systemlog.admin.service import actor_of, attempt
from authzsite.domain import grant_types
from authzsite.domain.conditions import GrantTypes
from authzsite.domain.fragments import Fragment
from authzsite.domain.policy_types import Rule as DomainRule
from authzsite.domain.rule_sentence import rule_sentence

POLICY, RULE, CLIENT = "policies.Policy", "policies.Rule", "clients.Client"
CLIENTS_NAMED = 12


def policies_context(server: AuthorizationServer, may_change: bool) -> dict[str, Any]:
    """What `admin/server/policies.html` shows."""
    return {
        "policies": shown_policies(list(policies_of(server.pk)), may_change=may_change),
        "reading": _reading(server),
        "add": {"label": "Add policy", "href": add_url(POLICY, server=server.pk)}
        if may_change
        else {},
    }


def shown_policies(policies: list[Policy], *, may_change: bool) -> list[dict[str, Any]]:
    """Policies with their rules (`policy.rules.all()`), saved or not, as the template reads them;
    five statements at most."""
    compiled = {rule.pk: compile_rule(rule) for one in policies for rule in one.rules.all()}
    sentences = {pk: rule_sentence(rule) for pk, rule in compiled.items()}
    names = names_of(part for sentence in sentences.values() for part in sentence)
    clients = _client_names(policies)
    return [
        {
            **_policy(policy, clients),
            "actions": _policy_actions(policy, len(policies)) if may_change else [],
            "rules": [
                _rule(rule, compiled[rule.pk], sentences[rule.pk], names, may_change)
                for rule in policy.rules.all()
            ],
        }
        for policy in policies
    ]


def move(request: HttpRequest, server: AuthorizationServer) -> HttpResponse:
    """Move a policy or a rule up or down: the whole order is written at once, and revokes nothing.

    The person's page may be old: an order that doesn't fit the present rows is refused.
    """
    step = {"up": -1, "down": 1}.get(request.POST.get("move", ""), 0)
    policy = Policy.objects.filter(server=server, pk=request.POST.get("policy", "")).first()
    rule = Rule.objects.filter(policy__server=server, pk=request.POST.get("rule", "")).first()
    actor = actor_of(request)
    if rule is not None:
        siblings = Rule.objects.filter(policy=rule.policy_id).order_by("priority", "pk")
        ids = _moved(list(siblings.values_list("pk", flat=True)), rule.pk, step)
        attempt(
            request,
            lambda: reorder_rules(
                actor=actor, server_id=server.pk, policy_id=rule.policy_id, rule_ids=ids
            ),
            "",
        )
    elif policy is not None:
        policies = policies_of(server.pk).values_list("pk", flat=True)
        ids = _moved(list(policies), policy.pk, step)
        attempt(
            request,
            lambda: reorder_policies(actor=actor, server_id=server.pk, policy_ids=ids),
            "",
        )
    return HttpResponseRedirect(tab_url(server.pk, "policies"))


def _moved(ids: list[str], pk: str, step: int) -> list[str]:
    place = ids.index(pk)
    target = min(max(place + step, 0), len(ids) - 1)
    ids.insert(target, ids.pop(place))
    return ids


def _client_names(policies: list[Policy]) -> dict[str, str]:
    ids = {pk for policy in policies for pk in policy.clients if pk != ALL_CLIENTS}
    return dict(Client.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _policy(policy: Policy, clients: Mapping[str, str]) -> dict[str, Any]:
    return {
        "position": policy.priority,
        "name": policy.name,
        "href": change_url(POLICY, policy.pk),
        "status": state(policy.status, policy.get_status_display()),
        "is_active": policy.status == ActiveStatus.ACTIVE,
        "audience": _audience(policy, clients),
    }


def _audience(policy: Policy, clients: Mapping[str, str]) -> list[Part]:
    if ALL_CLIENTS in policy.clients:
        return [text("for all clients")]
    known = [pk for pk in policy.clients if pk in clients]
    shown = joined(link(clients[pk], change_url(CLIENT, pk)) for pk in known[:CLIENTS_NAMED])
    rest = len(known) - CLIENTS_NAMED
    more = [link(f" and {rest} more", change_url(POLICY, policy.pk))] if rest > 0 else []
    return [text("for clients "), *shown, *more] if shown else [text("for no client")]


def _policy_actions(policy: Policy, count: int) -> list[Part]:
    url = tab_url(policy.server_id, "policies")
    return [
        *_arrows(url, policy.priority, count, policy=policy.pk),
        action("Add rule", add_url(RULE, policy=policy.pk), size="small"),
        action("Edit", change_url(POLICY, policy.pk), size="small"),
    ]


def _arrows(url: str, place: int, count: int, **fields: str) -> list[Part]:
    up = post_action("↑ Up", url, size="small", move="up", **fields)
    down = post_action("↓ Down", url, size="small", move="down", **fields)
    return [*([up] if place > 1 else []), *([down] if place < count else [])]


def _rule(
    rule: Rule,
    compiled: DomainRule,
    sentence: tuple[Fragment, ...],
    names: Mapping[str, str],
    may_change: bool,
) -> dict[str, Any]:
    is_active = rule.status == ActiveStatus.ACTIVE
    status = None if is_active else state(rule.status, rule.get_status_display())
    if compiled.broken is not None:
        status = badge("Can't be read", "danger")
    return {
        "position": rule.priority,
        "name": rule.name,
        "href": change_url(RULE, rule.pk),
        "is_active": is_active,
        "status": status,
        "sentence": named(sentence, names),
        "note": [text("A request that reaches this rule is denied.")] if compiled.broken else [],
        "lifetimes": _lifetimes(rule, compiled),
        "actions": _rule_actions(rule) if may_change else [],
    }


def _rule_actions(rule: Rule) -> list[Part]:
    url = tab_url(rule.policy.server_id, "policies")
    verb = "Deactivate…" if rule.status == ActiveStatus.ACTIVE else "Activate…"
    change = part_url(RULE, rule.pk, verb.rstrip("…").lower())
    arrows = _arrows(url, rule.priority, len(rule.policy.rules.all()), rule=rule.pk)
    return [*arrows, action(verb, change, size="small")]


def _lifetimes(rule: Rule, compiled: DomainRule) -> list[str]:
    access = f"access {minutes(rule.access_token_minutes)}"
    names = [n for one in compiled.conditions if isinstance(one, GrantTypes) for n in one.include]
    if not any(grant_types.has_user(name) for name in names):
        return [access]
    refresh = minutes(rule.refresh_token_minutes) if rule.refresh_token_minutes else "unlimited"
    return [access, f"refresh {refresh}, idle {minutes(rule.refresh_window_minutes)}"]


def _reading(server: AuthorizationServer) -> list[Part]:
    url = list_url("systemlog.LogEvent", server_id=server.pk, what="grants", outcome="FAILURE")
    return [link("See what was denied", url), text(".")]
