"""The organisation in the path: the installation has exactly one (row 272)."""

from apps.servers.models import Installation


def is_ours(organization: str) -> bool:
    """Whether the path names our organisation; case-sensitive."""
    is_plausible = organization.isprintable() and len(organization) <= 64
    return is_plausible and Installation.objects.filter(pk=1, organization=organization).exists()
