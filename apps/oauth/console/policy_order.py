"""The order of policies and rules on a server's page: by number, or the whole of it at once."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.policies.models import Policy, Rule
from apps.policies.selectors import policies_of
from apps.policies.services import reorder_policies, reorder_rules
from apps.servers.admin.page import tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import Part, post_action
from apps.systemlog.admin.service import actor_of, attempt

STEPS = {"up": -1, "down": 1}


def move(request: HttpRequest, server: AuthorizationServer) -> HttpResponse:
    """Move a policy or a rule: the whole order is written at once, and revokes nothing (R15).

    `order` names every one in the new order; `place` is where one goes; `move` is a step. The
    person's page may be old: an order that doesn't fit the present rows is refused.
    """
    posted = request.POST
    rule = Rule.objects.filter(policy__server=server, pk=posted.get("rule", "")).first()
    policy_id = rule.policy_id if rule else posted.get("policy", "")
    policy = Policy.objects.filter(server=server, pk=policy_id).first()
    is_of_rules = rule is not None or (policy is not None and posted.get("of") == "rules")
    siblings = _ids(policy) if is_of_rules and policy else list(_policy_ids(server))
    one = rule or policy
    ids = _wanted(posted, siblings, one.pk if one else "")
    if ids is not None:
        write = _writer(request, server, policy.pk if is_of_rules and policy else "")
        attempt(request, lambda: write(ids), "")
    return HttpResponseRedirect(tab_url(server.pk, "policies"))


def _ids(policy: Policy) -> list[str]:
    found = Rule.objects.filter(policy=policy).order_by("priority", "pk")
    return list(found.values_list("pk", flat=True))


def _policy_ids(server: AuthorizationServer) -> list[str]:
    return list(policies_of(server.pk).values_list("pk", flat=True))


def _wanted(posted: Any, siblings: list[str], pk: str) -> list[str] | None:
    """The new order, or None where nothing sensible was asked."""
    if order := posted.get("order", ""):
        return [one for one in order.split(",") if one]
    if pk not in siblings:
        return None
    here = siblings.index(pk)
    place = posted.get("place", "")
    target = int(place) - 1 if place.isdigit() else here + STEPS.get(posted.get("move", ""), 0)
    siblings.insert(min(max(target, 0), len(siblings) - 1), siblings.pop(here))
    return siblings


def _writer(
    request: HttpRequest, server: AuthorizationServer, policy_id: str
) -> Callable[[Sequence[str]], object]:
    actor = actor_of(request)
    if not policy_id:
        return lambda ids: reorder_policies(actor=actor, server_id=server.pk, policy_ids=ids)
    return lambda ids: reorder_rules(
        actor=actor, server_id=server.pk, policy_id=policy_id, rule_ids=ids
    )


def place_form(url: str, name: str, place: int, count: int, **fields: str) -> dict[str, Any]:
    """A small form to type a place into; empty where there is only one."""
    if count < 2:
        return {}
    ident = next(iter(fields.values()))
    return {
        "href": url,
        "name": name,
        "place": place,
        "count": count,
        "fields": fields,
        "id": f"place-{ident}",
    }


def move_to(url: str, label: str, place: int, **fields: str) -> Part:
    """A button that puts one at a place."""
    return post_action(label, url, size="small", place=str(place), **fields)
