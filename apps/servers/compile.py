"""From the rows of a server to its frozen snapshot; the only place where that happens."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from apps.clients.models import ActiveStatus
from apps.directory.models import Group, User
from apps.servers.keys import open_signer
from apps.servers.models import AuthorizationServer, Claim, Scope, SigningKey
from authzsite.domain.claims import ClaimSpec, compile_claim
from authzsite.domain.conditions import Validity
from authzsite.domain.policy_types import Policy, PolicyBook, ScopeFact
from authzsite.domain.server import KeySet, ScopeSpec, ServerSnapshot
from authzsite.domain.vocabulary import EVERYONE

PolicyCompiler = Callable[[str], tuple[Policy, ...]]
State = SigningKey.State
PUBLISHED = (State.CURRENT, State.NEXT, State.RETIRED)


def compile_server(
    server_id: str, *, issuer: str, compile_policies: PolicyCompiler
) -> ServerSnapshot:
    """The server at one version.

    `DoesNotExist` when there is none, `KeyUnavailable` when its key can't be opened.

    Several statements see several moments. A change commits its rows and the new version together,
    so the same version before and after means that nothing was committed in between, and the rows
    belong to one state. A mixture, cached under either version, could keep a revoked epoch alive.
    """
    while True:
        server = AuthorizationServer.objects.get(pk=server_id)
        snapshot = _compile(server, issuer, compile_policies(server_id))
        if AuthorizationServer.objects.filter(pk=server_id, version=server.version).exists():
            return snapshot


def _compile(
    server: AuthorizationServer, issuer: str, policies: tuple[Policy, ...]
) -> ServerSnapshot:
    scopes = {row.name: compile_scope(row) for row in server.scopes.all()}
    return ServerSnapshot(
        id=server.pk,
        version=server.version,
        epoch=server.epoch,
        name=server.name,
        issuer=issuer,
        audience=server.audience,
        scope_mode=server.scope_mode,
        access_token_format=server.access_token_format,
        signing_alg=server.signing_alg,
        is_active=server.status == ActiveStatus.ACTIVE,
        is_organization=server.is_organization,
        revoke_on_password_change=server.revoke_on_password_change,
        scopes=MappingProxyType(scopes),
        claims=tuple(compile_claim_row(row) for row in server.claims.all()),
        book=compile_book(server, scopes, policies),
        keys=compile_keys(server),
        resource_servers=frozenset(server.resource_servers.values_list("pk", flat=True)),
        epochs=live_epochs(scopes.values(), policies),
        ends=MappingProxyType(rule_ends(policies)),
    )


def compile_book(
    server: AuthorizationServer, scopes: Mapping[str, ScopeSpec], policies: tuple[Policy, ...]
) -> PolicyBook:
    """What evaluation reads."""
    facts = {
        name: ScopeFact(name, scope.epoch, scope.is_default, scope.consent)
        for name, scope in scopes.items()
    }
    return PolicyBook(
        policies=policies,
        scopes=MappingProxyType(facts),
        scope_mode=server.scope_mode,
        version=server.version,
        server_name=server.name,
        names=MappingProxyType(compile_names(policies)),
    )


def compile_names(policies: Iterable[Policy]) -> dict[str, str]:
    """Names of the groups and users that the rules mention, as they were at this version."""
    people = [rule.people for policy in policies for rule in policy.rules]
    groups = {one for who in people for one in who.include_groups | who.exclude_groups}
    groups.discard(EVERYONE)
    users = {one for who in people for one in who.include_users | who.exclude_users}
    found: list[tuple[str, str]] = []
    if groups:
        found += Group.objects.filter(pk__in=groups).values_list("pk", "name")
    if users:
        found += User.objects.filter(pk__in=users).values_list("pk", "login")
    return dict(found)


def live_epochs(scopes: Iterable[ScopeSpec], policies: Iterable[Policy]) -> frozenset[int]:
    """Of everything that a token may stand on now: an inactive policy takes its rules with it."""
    active = [policy for policy in policies if policy.is_active]
    rules = [rule.epoch for policy in active for rule in policy.rules if rule.is_active]
    return frozenset(
        [*rules, *(policy.epoch for policy in active), *(scope.epoch for scope in scopes)]
    )


def rule_ends(policies: Iterable[Policy]) -> dict[int, datetime]:
    """By the epoch of a rule that is in force for a time: when that is over."""
    return {
        rule.epoch: condition.valid_until
        for policy in policies
        for rule in policy.rules
        for condition in rule.conditions
        if isinstance(condition, Validity) and condition.valid_until is not None
    }


def compile_scope(row: Scope) -> ScopeSpec:
    """One scope."""
    return ScopeSpec(
        name=row.name,
        epoch=row.epoch,
        display_name=row.display_name,
        description=row.description,
        consent=row.consent,
        is_default=row.is_default,
        is_optional=row.is_optional,
        is_published=row.metadata_publish == Scope.Publish.ALL_CLIENTS,
        is_system=row.is_system,
    )


def compile_claim_row(row: Claim) -> ClaimSpec:
    """One claim; an expression that no longer compiles fails when it is reached."""
    return compile_claim(
        name=row.name,
        claim_type=row.claim_type,
        value_type=row.value_type,
        value=row.value,
        group_filter_type=row.group_filter_type,
        scopes=row.scopes,
        always_include=row.always_include_in_token,
        is_active=row.status == ActiveStatus.ACTIVE,
    )


def compile_keys(server: AuthorizationServer) -> KeySet:
    """The opened current key and all published public ones, the current first."""
    rows = sorted(
        server.keys.filter(state__in=PUBLISHED), key=lambda row: PUBLISHED.index(row.state)
    )
    public = {row.kid: row.public_jwk for row in rows}
    return KeySet(
        current=open_signer(rows[0]),
        public=MappingProxyType(public),
        jwks=MappingProxyType({"keys": list(public.values())}),
    )
