"""From rows of clients to frozen domain objects: the only module here where that happens."""

from functools import lru_cache

from apps.clients.models import ActiveStatus, Client, ClientSecret, TokenPolicy
from authzsite.domain import token_policy
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.client_auth import AuthMethod, SecretFact, SecretKind
from authzsite.domain.redirects import allowed_origins


def compile_client(client_id: str) -> ClientSnapshot:
    """The client with this row id, with its secrets and token policy."""
    found = Client.objects.select_related("token_policy").prefetch_related("secrets")
    return snapshot_of(found.get(pk=client_id))


def snapshot_of(client: Client) -> ClientSnapshot:
    """A client's row as the runtime sees it; also for a draft that isn't saved."""
    policy = client.token_policy
    return ClientSnapshot(
        id=client.pk,
        client_id=client.client_id,
        name=client.name,
        type=client.type,
        is_active=client.status == ActiveStatus.ACTIVE,
        version=client.version,
        epoch=client.epoch,
        created=client.created,
        grant_types=_shared(tuple(client.grant_types)),
        auth_method=AuthMethod(client.token_endpoint_auth_method),
        response_types=tuple(client.response_types),
        redirect_uris=tuple(client.redirect_uris),
        post_logout_redirect_uris=tuple(client.post_logout_redirect_uris),
        pkce_required=client.pkce_required or client.is_public,
        consent_method=client.consent_method,
        rotation_type=client.rotation_type,
        leeway=client.leeway,
        secrets=tuple(map(secret_fact, client.secrets.all())),
        jwks={"keys": client.jwks.get("keys", [])} if client.jwks else None,
        jwks_uri=client.jwks_uri,
        token_policy=compile_token_policy(policy) if policy else None,
        allowed_origins=allowed_origins(client.redirect_uris, client.allowed_origins),
        client_uri=client.client_uri,
        logo_uri=client.logo_uri,
        tos_uri=client.tos_uri,
        policy_uri=client.policy_uri,
        initiate_login_uri=client.initiate_login_uri,
    )


@lru_cache(1024)
def _shared(names: tuple[str, ...]) -> frozenset[str]:
    """One set for all clients that have these: there are many clients and few of them."""
    return frozenset(names)


def secret_fact(secret: ClientSecret) -> SecretFact:
    """A secret as client authentication compares it."""
    return SecretFact(
        id=secret.pk,
        digest=secret.digest,
        kind=SecretKind(secret.kind),
        expires_at=secret.expires_at,
        is_active=secret.status == ActiveStatus.ACTIVE,
        last4=secret.last_four,
    )


def compile_token_policy(policy: TokenPolicy) -> token_policy.TokenPolicy:
    """A token policy as `evaluate_token_policy` reads it."""
    return token_policy.TokenPolicy(
        id=policy.pk,
        title=policy.title,
        epoch=policy.epoch,
        allowed_scopes=tuple(policy.allowed_scopes),
        access_seconds=policy.access_token_lifetime,
        refresh_seconds=policy.refresh_token_lifetime,
        use_access_jwt=policy.use_access_jwt,
    )
