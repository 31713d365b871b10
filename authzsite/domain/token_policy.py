"""Token policies: what a configuration client may get (design rules R19 to R21). They narrow and
never deny for scopes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.pattern_grants import grant
from authzsite.domain.policy_types import ALLOW, Decision, DroppedScope


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """One token policy."""

    id: str
    title: str
    epoch: int
    allowed_scopes: tuple[str, ...]
    """Pattern scopes (`*:**`, `.:config/**`, `-:config/tokenPolicies/<id>`) and plain names such as
    `openid`.
    """
    access_seconds: int
    """60 to 3600."""
    refresh_seconds: int
    """60 to 31557600; also the idle window, since token policies know none."""
    use_access_jwt: bool = False
    """Whether access tokens are JWTs; otherwise they are opaque."""

    @property
    def lifetimes(self) -> Lifetimes:
        """The same in the shape of a rule's."""
        return Lifetimes(self.access_seconds, self.refresh_seconds, self.refresh_seconds)


def evaluate_token_policy(policy: TokenPolicy, requested: Sequence[str] | None) -> Decision:
    """Always allows; scopes that the policy doesn't cover are dropped, its denials attached. None
    requested: none granted.
    """
    patterns = grant(requested or (), policy.allowed_scopes)
    return Decision(
        outcome=ALLOW,
        policy_id=policy.id,
        policy_name=policy.title,
        scopes=patterns.scopes,
        dropped=tuple(DroppedScope(one.scope, one.reason) for one in patterns.dropped),
        lifetimes=policy.lifetimes,
        config_epochs=(policy.epoch,),
    )
