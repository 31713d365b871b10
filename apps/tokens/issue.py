"""Issue: mint the tokens, write whatever they consume and need in one unit, and answer (I4: all
or nothing)."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from apps.systemlog.entries import Entry
from apps.tokens.families import SWEEP_MARGIN
from apps.tokens.log import Call, token_target
from apps.tokens.mint import Draft, Minted, Order, draft_tokens, sign_draft
from apps.tokens.store import Store, Unit, Update
from authzsite.domain.policy import Decision

Revised = tuple[Draft, tuple[Entry, ...]]
Revise = Callable[[Draft], Awaitable[Revised]]
PREFIX = "app.oauth2.as.token.grant."


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which decision the tokens come from: for the log."""

    policy_id: str
    rule_id: str
    policy_name: str = ""
    rule_name: str = ""
    dropped: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """The decision's policy, rule and dropped scopes."""
        names = (decision.policy_id, decision.rule_id, decision.policy_name, decision.rule_name)
        return cls(*names, tuple(decision.dropped))

    def debug(self, scopes: Iterable[str]) -> dict[str, Any]:
        """The members of an event's debugData that say what was granted, what wasn't, and why."""
        names = ", ".join(scope for scope, _ in self.dropped)
        return {
            "grantedScopes": ", ".join(scopes) or None,
            "deniedScopes": f"[{names}]" if self.dropped else None,
            "droppedScopes": [{"scope": s, "reason": r} for s, r in self.dropped] or None,
            "policy": self.policy_id or None,
            "policyName": self.policy_name or None,
            "rule": self.rule_id or None,
            "ruleName": self.rule_name or None,
        }


async def issue(
    store: Store,
    call: Call,
    order: Order,
    provenance: Provenance,
    now: datetime,
    *,
    update: Update | None = None,
    refresh_token: str = "",
    revise: Revise | None = None,
) -> dict[str, Any] | None:
    """The members of the token answer, durable before it leaves; None when `update` lost its
    race. `revise` may change the claims before they are signed, and add events."""
    draft = draft_tokens(order, now)
    asides: tuple[Entry, ...] = ()
    if revise is not None:
        drafted = draft.expires_at
        draft, asides = await revise(draft)
        if update is not None and draft.expires_at > drafted:
            update = _kept_for(update, draft.expires_at)
    minted = sign_draft(order, draft, now)
    events = tuple(_events(call, order, minted, provenance, has_refresh=bool(refresh_token)))
    if not await store.write(Unit(update, minted.inserts, (*asides, *events)), now):
        return None
    answer = minted.answer
    if refresh_token:
        answer["refresh_token"] = refresh_token
    return answer


def _kept_for(update: Update, expires_at: datetime) -> Update:
    """The grant isn't swept while a token stands on it that a hook has given more time."""
    before = update.values.get("sweep_after")
    if before is None:
        return update
    after = max(before, expires_at + SWEEP_MARGIN)
    return replace(update, values={**update.values, "sweep_after": after})


def _events(
    call: Call, order: Order, minted: Minted, provenance: Provenance, *, has_refresh: bool
) -> list[Entry]:
    """One event per token issued (as Okta); scopes that were dropped make the first a warning
    (R3)."""
    debug = {
        **provenance.debug(order.scopes),
        "grantId": order.grant_id or None,
        "accessTokenLifetimeSeconds": order.lifetimes.access_seconds,
    }
    tokens: list[tuple[str, str]] = list(minted.fingerprints.items())
    if has_refresh:
        tokens.append(("refresh_token", order.grant_id))
    entries = [
        call.entry(PREFIX + kind, targets=(_target(kind, print_, order, minted),), debug=debug)
        for kind, print_ in tokens
    ]
    if provenance.dropped:
        entries[0] = replace(entries[0], severity="WARN")
    return entries


def _target(kind: str, fingerprint: str, order: Order, minted: Minted) -> Any:
    expires = minted.expires_at.isoformat() if minted.expires_at else None
    return token_target(
        kind,
        fingerprint,
        expires=expires,
        subject=order.user_id or order.client.client_id,
        scope=" ".join(order.scopes),
    )
