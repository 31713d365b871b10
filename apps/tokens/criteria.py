"""Which tokens an explicit revocation means (R18): any combination, and each member checked.

All that is given must hold of a token. A scope, policy or rule stands for its server, too.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import Model

from apps.clients.models import Client, TokenPolicy
from apps.clients.targets import client_target, token_policy_target
from apps.directory.models import User
from apps.directory.targets import user_target
from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer, Scope
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.servers.services.rows import is_text
from apps.systemlog.entries import Target
from authzsite.domain.validation import Invalid, raise_if


@dataclass(frozen=True, slots=True)
class Criteria:
    """Ids of rows, empty for any. `policy` may be a token policy, too (R19). `issued_before`: what
    is older than this instant; of a grant's tokens the grant counts."""

    user: str = ""
    client: str = ""
    server: str = ""
    scope: str = ""
    policy: str = ""
    rule: str = ""
    issued_before: datetime | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Meant:
    """The rows that the criteria name, None for any; all of one server."""

    user: User | None = None
    client: Client | None = None
    server: AuthorizationServer | None = None
    scope: Scope | None = None
    policy: Policy | TokenPolicy | None = None
    rule: Rule | None = None
    issued_before: datetime | None = None

    @property
    def epoch(self) -> int | None:
        """What the tokens of the rule or policy stand on. A rule's stand on its policy anyway."""
        found = self.rule or self.policy
        return found.epoch if found is not None else None

    @property
    def epochs(self) -> frozenset[int]:
        """All that a token must stand on."""
        found = (self.epoch, self.scope.epoch if self.scope else None)
        return frozenset(epoch for epoch in found if epoch is not None)

    @property
    def owners(self) -> dict[str, str]:
        """Ids of server, client and user, by the names of their columns; "" for any."""
        return {f"{name}_id": row.pk if row else "" for name, row in self._owners().items()}

    @property
    def scopes_of_job(self) -> dict[str, str]:
        """The same ids as a job of the outbox names them, without those of any."""
        return {name: row.pk for name, row in self._owners().items() if row is not None}

    def _owners(self) -> dict[str, Model | None]:
        return {"server": self.server, "client": self.client, "user": self.user}

    @property
    def targets(self) -> tuple[Target, ...]:
        """What an event names."""
        found = (
            self.user and user_target(self.user),
            self.client and client_target(self.client, kind="PublicClientApp"),
            self.server and _plain(self.server, "AuthorizationServer"),
            self.scope and _plain(self.scope, "scope"),
            self.policy and _policy_target(self.policy),
            self.rule and _plain(self.rule, "PolicyRule"),
        )
        return tuple(target for target in found if target)

    @property
    def words(self) -> str:
        """In words, as in "all tokens …"."""
        parts = (
            self.user and f"of {self.user.login}",
            self.client and f"for {self.client.name}",
            self.server and f"on {self.server.name}",
            self.scope and f"with {self.scope.name}",
            self.policy and not self.rule and f"under {self.policy}",
            self.rule and f"under {self.rule}",
            self.issued_before and f"issued before {self.issued_before:%Y-%m-%d %H:%M:%S} UTC",
        )
        return " ".join(part for part in parts if part)


def _plain(row: Any, kind: str) -> Target:
    return Target(str(row.pk), kind, row.name, row.name)


def _policy_target(policy: Policy | TokenPolicy) -> Target:
    return (
        token_policy_target(policy) if isinstance(policy, TokenPolicy) else _plain(policy, "Policy")
    )


MODELS: Final[dict[str, type[Model]]] = {
    "user": User,
    "client": Client,
    "server": AuthorizationServer,
    "scope": Scope,
    "policy": Policy,
    "rule": Rule,
}


def resolve(criteria: Criteria, now: datetime) -> Meant:
    """The rows of the criteria. Raises InvalidError, by field: unknown, of another server or
    policy, in the future, or nothing at all."""
    if not criteria:
        raise_if(
            [Invalid("criteria", "must name at least one thing: everything has its own lever")]
        )
    found = {name: _find(name, getattr(criteria, name)) for name in MODELS}
    wanted = (name for name in MODELS if getattr(criteria, name) and found[name] is None)
    raise_if(Invalid(name, "does not exist") for name in wanted)
    meant = Meant(**found, issued_before=_whole(criteria.issued_before))  # type: ignore[arg-type]
    if meant.server is None:
        meant = replace(meant, server=_server_of(meant))
    raise_if(_problems(meant, now))
    return meant


def _find(name: str, ident: str) -> Model | None:
    if not ident or not is_text(ident):
        return None
    found = MODELS[name]._default_manager.filter(pk=ident).first()
    if found is None and name == "policy":
        found = TokenPolicy.objects.filter(pk=ident).first()
    return found


def _whole(moment: datetime | None) -> datetime | None:
    """As JWTs tell their age: in whole seconds. So a token's age means the same in every format."""
    return moment.replace(microsecond=0) if moment else None


def _server_of(meant: Meant) -> AuthorizationServer | None:
    """That of the scope, policy or rule."""
    ident = next(iter(_server_ids(meant).values()), None)
    return AuthorizationServer.objects.filter(pk=ident).first() if ident else None


def _server_ids(meant: Meant) -> dict[str, str]:
    """Of what belongs to a server: whose it is."""
    ids = {}
    if meant.scope:
        ids["scope"] = meant.scope.server_id
    if isinstance(meant.policy, Policy):
        ids["policy"] = meant.policy.server_id
    elif meant.policy:
        ids["policy"] = ORGANIZATION_SERVER_ID
    if meant.rule:
        ids["rule"] = meant.rule.policy.server_id
    return ids


def _problems(meant: Meant, now: datetime) -> list[Invalid]:
    problems = [
        Invalid(name, "must belong to the server")
        for name, ident in _server_ids(meant).items()
        if meant.server is None or ident != meant.server.pk
    ]
    if meant.rule and meant.policy and meant.rule.policy_id != meant.policy.pk:
        problems.append(Invalid("rule", "must belong to the policy"))
    if meant.issued_before and meant.issued_before > now:
        problems.append(Invalid("issued_before", "must not be in the future"))
    return problems
