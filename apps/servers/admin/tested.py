"""What stands in the way of a change, beside its blast radius: the page before saving tells."""

from collections.abc import Iterator
from contextlib import contextmanager

from apps.servers.services.second_person import noted
from apps.servers.services.tested import broken_so_far, forced, whole_change
from apps.systemlog.admin.reach import Findings, register_stage


@register_stage
@contextmanager
def look_past_guards() -> Iterator[Findings]:
    """Inside, a change is made whatever policy tests say, and though it needs a second person;
    whoever looks decides whether it stays. The log tells of one that stays although tests fail."""
    with forced(), noted() as servers, whole_change():
        yield Findings(lambda: list(broken_so_far()), lambda: sorted(servers))
