"""What a change would end, as the apps above know it: they register, the pages below ask.

An app of tokens knows which tokens stand on a server; the server's page must not import it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.systemlog.models import LogEvent, RevocationJob

Counter = Callable[[dict[str, str]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Radius:
    """What dies. `totals` are grants, opaque access tokens, people, clients; the rest is what
    `admin/console/radius.html` shows of them."""

    totals: tuple[int, int, int, int] = (0, 0, 0, 0)
    is_partial: bool = False  # there are more than were looked at
    ends_unseen: bool = False  # it ends what nobody can count, for sure
    has_rowless: bool = False  # it ends JWTs that clients got for themselves, if there are any
    cards: list[dict[str, Any]] = field(default_factory=list)
    users: dict[str, Any] | None = None
    clients: dict[str, Any] | None = None
    sample: dict[str, Any] | None = None

    def __bool__(self) -> bool:
        return any(self.totals) or self.ends_unseen

    @property
    def tokens(self) -> str:
        """ "1,318 tokens"; with a plus when there are more."""
        number = self.totals[0] + self.totals[1]
        if not number:
            return _("its tokens")
        more = "+" if self.is_partial else ""
        words = ngettext("%(number)s token", "%(number)s tokens", number)
        return words % {"number": f"{number:,}{more}"}


class Measure(Protocol):
    """Reads outbox rows in the transaction of their change; what it returns is called once that
    is taken back, and counts what of the living they would end."""

    def __call__(
        self, jobs: Sequence[RevocationJob], events: Sequence[LogEvent]
    ) -> Callable[[], Radius] | None:
        """None where they can't end anything."""
        ...


@dataclass(frozen=True, slots=True)
class Findings:
    """What stands in the way of a change that is being looked at, so far: policy tests that it
    breaks, and the servers that ask for a second person behind it."""

    failures: Callable[[], list[str]] = list
    second_person: Callable[[], list[str]] = list


Stage = Callable[[], AbstractContextManager[Findings]]
Replay = Callable[[Sequence[LogEvent], Callable[[], object]], dict[str, Any] | None]
"""What recent requests would get after a change, which has said these events when it was made; it
is made again and taken back. A section of the page."""

Refusal = Callable[[HttpRequest, Any], None]
"""Tells the log of a change that was not saved: the request and its `Look`, when all is taken
back."""

Sender = Callable[[HttpRequest, Any], HttpResponse]

_counters: list[Counter] = []
_measures: list[Measure] = []
_stages: list[Stage] = []
_replays: list[Replay] = []
_senders: list[Sender] = []
_refusals: list[Refusal] = []


def register(counter: Counter) -> Counter:
    """Add a counter; it answers with cards for those members that it understands."""
    _counters.append(counter)
    return counter


def register_measure(measure: Measure) -> Measure:
    """By the app that knows tokens."""
    _measures[:] = [measure]
    return measure


def register_stage(stage: Stage) -> Stage:
    """By the app that knows policy tests and second persons: a change inside is made whatever they
    say."""
    _stages[:] = [stage]
    return stage


def register_sender(sender: Sender) -> Sender:
    """By the app that keeps changes until a second person approves them."""
    _senders[:] = [sender]
    return sender


def register_refusal(refusal: Refusal) -> Refusal:
    """By the app that knows policy tests and second persons."""
    _refusals[:] = [refusal]
    return refusal


def register_replay(replay: Replay) -> Replay:
    """By the app that can decide recorded requests anew."""
    _replays[:] = [replay]
    return replay


def cards(**members: str) -> list[dict[str, Any]]:
    """What stands on these: `cards(server_id=...)`, `cards(client_id=..., user_id=...)`."""
    return [card for counter in _counters for card in counter(members)]


def measured(
    jobs: Sequence[RevocationJob], events: Sequence[LogEvent]
) -> Callable[[], Radius] | None:
    """What the change of these outbox rows would end; see `Measure`."""
    return _measures[0](jobs, events) if _measures else None


@contextmanager
def staged() -> Iterator[Findings]:
    """Around a change that is to be looked at."""
    if not _stages:
        yield Findings()
        return
    with _stages[0]() as findings:
        yield findings


def send(request: HttpRequest, look: Any) -> HttpResponse:
    """Keep the change for a second person; the answer says where."""
    return _senders[0](request, look)


def refused(request: HttpRequest, look: Any) -> None:
    """Tell the log what stood in the way of a change, once it is taken back."""
    for tell in _refusals:
        tell(request, look)


def replayed(events: Sequence[LogEvent], change: Callable[[], object]) -> dict[str, Any] | None:
    """What recent requests would get after the change."""
    return _replays[0](events, change) if _replays else None
