"""Policy tests beside the blast radius: the page before saving says which a change would break."""

from collections.abc import Iterator
from contextlib import contextmanager

from apps.servers.services.tested import broken_so_far, forced, whole_change
from apps.systemlog.admin.reach import Failures, register_stage


@register_stage
@contextmanager
def look_past_tests() -> Iterator[Failures]:
    """Inside, a change is made whatever the tests say; whoever looks decides whether it stays. The
    log tells of one that stays although tests fail."""
    with forced(), whole_change():
        yield broken_so_far
