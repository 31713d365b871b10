"""Every test here commits, since the net looks at whole transactions."""

import pytest
from django.contrib.contenttypes.models import ContentType

from apps.servers.services import ensure_installation


@pytest.fixture
def committed(transactional_db: None) -> None:
    """A database whose commits are real, as a fresh installation has it."""
    ContentType.objects.clear_cache()
    ensure_installation()
