"""The installation's row, which every token stands on: made or healed after each migration."""

from typing import Any

from apps.servers.models import Installation


def ensure_installation_row(*, using: str = "default", **kwargs: Any) -> None:
    """Make the row where it is missing, such as in a new or a flushed database."""
    Installation.objects.using(using).get_or_create(pk=1)
