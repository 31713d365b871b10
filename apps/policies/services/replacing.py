"""A draft into force: all policies of a server at once, and its changes of scopes and assignments,
by the services of each, so that what they revoke, refuse and log is theirs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction

from apps.clients.models import ActiveStatus
from apps.policies.drafts import present_policies
from apps.policies.models import Policy, Rule, WhatIfRun
from apps.policies.services import policies, rules
from apps.policies.services.draft_edits import Edit, apply_edits
from apps.policies.services.rules import LIFETIMES
from apps.policies.services.what_if import drafts_of
from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import lock_server, refuse
from apps.servers.services.tested import whole_change
from apps.systemlog.entries import Actor

Draft = Mapping[str, Any]
RULE_FIELDS: Final = ("name", "conditions", *LIFETIMES)


def replace_policies(
    *,
    actor: Actor,
    server: AuthorizationServer,
    base: Sequence[Draft],
    proposal: Sequence[Draft],
    edits: Sequence[Edit] = (),
) -> None:
    """What the proposal changes of the policies that it was begun from, and the edits, in one
    transaction. InvalidError when they have changed since: a draft never undoes what others did."""
    with whole_change():
        lock_server(server.pk)
        present = present_policies(server)
        if drafts_of(present) != list(base):
            raise refuse("policies", "have changed since the draft was begun: begin anew")
        about: dict[str, Any] = {"actor": actor, "server_id": server.pk}
        kept = {draft.get("id") for draft in proposal}
        for policy in present:
            if policy.pk not in kept:
                policies.delete_policy(**about, policy_id=policy.pk)
        known = {policy.pk: policy for policy in present}
        ids = [_policy(about, draft, known.get(draft.get("id", ""))) for draft in proposal]
        if ids and ids != [policy.pk for policy in present if policy.pk in kept]:
            policies.reorder_policies(**about, policy_ids=ids)
        apply_edits(actor=actor, server=server, edits=edits)


def carry_out(*, actor: Actor, run: WhatIfRun) -> None:
    """What a draft changes, in one transaction. InvalidError when what it was begun from has
    changed since."""
    if run.server is not None:
        drafts: Any = {"base": run.base, "proposal": run.proposal, "edits": run.edits}
        replace_policies(actor=actor, server=run.server, **drafts)
        return
    with transaction.atomic():
        apply_edits(actor=actor, server=None, edits=run.edits, client_id=run.client_id)


def _policy(about: dict[str, Any], draft: Draft, old: Policy | None) -> str:
    """Create or change one, with its rules; its id."""
    fields: Any = {name: draft[name] for name in ("name", "clients")}
    status = draft.get("status", ActiveStatus.ACTIVE)
    if old is None:
        policy = policies.create_policy(**about, **fields, status=status)
    else:
        policy = policies.update_policy(**about, policy_id=old.pk, **fields)
        _set_status(about, policies, "policy", old, status)
    _rules(about, policy, draft.get("rules", ()), list(old.rules.all()) if old else [])
    return str(policy.pk)


def _rules(
    about: dict[str, Any], policy: Policy, drafts: Sequence[Draft], old: Sequence[Rule]
) -> None:
    kept = {draft.get("id") for draft in drafts}
    for rule in old:
        if rule.pk not in kept:
            rules.delete_rule(**about, rule_id=rule.pk)
    known = {rule.pk: rule for rule in old}
    ids = [_rule(about, policy, draft, known.get(draft.get("id", ""))) for draft in drafts]
    if ids and ids != [rule.pk for rule in old if rule.pk in kept]:
        rules.reorder_rules(**about, policy_id=policy.pk, rule_ids=ids)


def _rule(about: dict[str, Any], policy: Policy, draft: Draft, old: Rule | None) -> str:
    fields: Any = {name: draft[name] for name in RULE_FIELDS if name in draft}
    status = draft.get("status", ActiveStatus.ACTIVE)
    if old is None:
        made = rules.create_rule(**about, policy_id=policy.pk, status=status, **fields)
        return str(made.pk)
    rules.update_rule(**about, rule_id=old.pk, **fields)
    _set_status(about, rules, "rule", old, status)
    return str(old.pk)


def _set_status(about: dict[str, Any], services: Any, kind: str, old: Any, status: str) -> None:
    if old.status == status:
        return
    verb = "activate" if status == ActiveStatus.ACTIVE else "deactivate"
    getattr(services, f"{verb}_{kind}")(**about, **{f"{kind}_id": old.pk})
