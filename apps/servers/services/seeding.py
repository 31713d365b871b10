"""What every new server starts with (R10, R12)."""

from apps.servers.models import AuthorizationServer, Claim, Scope
from apps.servers.seeds import SEEDED_CLAIMS, SEEDED_SCOPES
from apps.servers.services.rows import touch


def seed_scopes(server: AuthorizationServer) -> None:
    """The scopes of OpenID Connect, published and without consent.

    Each gets an epoch of its own, so that the end of one's tokens isn't held up by another (R18).
    """
    Scope.objects.bulk_create(
        Scope(
            server=server,
            name=seed.name,
            display_name=seed.display_name,
            description=seed.description,
            metadata_publish=Scope.Publish.ALL_CLIENTS,
            is_system=True,
            epoch=touch(server, alone=True),
        )
        for seed in SEEDED_SCOPES
    )


def seed_claims(server: AuthorizationServer) -> None:
    """`sub` of access tokens, and the profile claims of ID token and userinfo."""
    Claim.objects.bulk_create(
        Claim(
            server=server,
            name=seed.name,
            claim_type=seed.claim_type,
            value_type=seed.value_type,
            value=seed.value,
            scopes=list(seed.scopes),
            always_include_in_token=seed.always_include_in_token,
            is_system=True,
        )
        for seed in SEEDED_CLAIMS
    )
