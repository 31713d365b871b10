"""Before a change that revokes is saved: it is carried out, looked at, and taken back.

Every POST of the console passes `asked`. It is carried out for real, in a transaction. If nothing
that lives dies of it, it stays. Else it is rolled back, and a page says what it does; that page's
button posts the same again, with a seal of what was shown. A change that does what was shown
stays; any other is shown anew.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, Final

from django.apps import apps
from django.contrib import messages
from django.contrib.messages import get_messages
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from apps.systemlog.admin import reach
from apps.systemlog.admin.history import field_rows
from apps.systemlog.admin.reach import Radius
from apps.systemlog.models import LogEvent, RevocationJob
from apps.systemlog.outbox import observed
from apps.systemlog.record import observed_events

View = Callable[..., HttpResponse]
Fields = list[tuple[str, str]]

CONFIRMED: Final = "confirmed"
FORCE: Final = "despite_tests"
BACK: Final = "back_to_editing"
REVIEW: Final = "send_for_review"
TOKEN: Final = "csrfmiddlewaretoken"  # noqa: S105
CARRIED_OUT: Final = "is_carried_out"  # of the request of a review, which is looked at itself
SALT: Final = "console.before"
LASTS: Final = 86_400  # seconds that a page may lie open
TOLERANCE: Final = 100  # of so many tokens, one
EXPLICIT: Final = "cutoff"  # its row is made by the change itself, so its id says nothing


@dataclass(slots=True)
class Look:
    """What a change did before it was taken back."""

    radius: Radius = field(default_factory=Radius)
    changes: list[dict[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    second_person: list[str] = field(default_factory=list)  # servers that ask for one
    events: Sequence[LogEvent] = ()
    measure: Callable[[], Radius] | None = None
    recent: dict[str, Any] | None = None
    refusal: str = ""
    digest: str = ""

    def __bool__(self) -> bool:
        return bool(self.radius or self.failures or self.second_person)

    @property
    def is_harmless(self) -> bool:
        """Whether nothing can end with it, alive or not."""
        return self.measure is None and not self.failures and not self.second_person

    def note(self, events: Sequence[LogEvent], jobs: Sequence[RevocationJob], key: object) -> None:
        """Read what the outbox and the log say; in the change's transaction."""
        self.measure = reach.measured(jobs, events)
        self.changes = [row for event in events for row in field_rows(event)]
        self.digest = _digest([key, [_stable(job) for job in jobs], self.failures])

    def count(self, change: Callable[[], Any]) -> None:
        """When the change is taken back: what would end that lives now, and, if anything would,
        what recent requests would get."""
        self.radius = self.measure() if self.measure else Radius()
        self.recent = reach.replayed(self.events, change) if self else None


def _stable(job: RevocationJob) -> object:
    """What of an outbox row is the same each time: it holds the epochs that the change ends."""
    return job.kind if job.kind == EXPLICIT else (job.kind, job.object_id, job.cause, job.scope)


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def looking(request: HttpRequest, fields: Fields) -> Iterator[Look]:
    """Carry out a change inside, in a transaction, to look at it. Policy tests don't stop it."""
    look = Look()
    key = [request.path, fields, _row_state(request)]
    with observed() as jobs, observed_events() as events, reach.staged() as findings:
        yield look
        look.failures, look.second_person = findings.failures(), findings.second_person()
        look.note(_kept(events), _kept(jobs), key)
        look.events = events  # what policy tests say at the very end comes on top


def _kept(rows: list[Any]) -> list[Any]:
    """Without those that a refusal has taken back already."""
    if not rows:
        return rows
    pks = [row.pk for row in rows]
    left = set(rows[0]._meta.model._default_manager.filter(pk__in=pks).values_list("pk", flat=True))
    return [row for row in rows if row.pk in left]


def look_at(request: HttpRequest, change: Callable[[], Any], fields: Fields) -> Look:
    """What `change` would do, which these fields will be posted for; it is taken back. Raises what
    it raises."""
    forget = _remembered(request)
    with transaction.atomic():
        with looking(request, fields) as look:
            change()
        transaction.set_rollback(True)
    look.count(change)
    forget()
    return look


def _row_state(request: HttpRequest) -> str:
    """A digest of the row that the address names, as it is now: the page is about that one."""
    match = request.resolver_match
    pk = match.kwargs.get("object_id") if match else None
    app_label, _, rest = str(match.url_name if match else "").partition("_")
    if pk is None:
        return ""
    try:
        model = apps.get_model(app_label, rest.split("_")[0])
    except LookupError:
        return ""
    return _digest(list(model._default_manager.filter(pk=pk).values_list()[:1]))


def posted(request: HttpRequest) -> Fields:
    """What the form says, without what isn't its own and without secrets."""
    ours = {CONFIRMED, FORCE, BACK, REVIEW, TOKEN}
    return [
        (name, value)
        for name, values in sorted(request.POST.lists())
        if name not in ours and not is_secret(name)
        for value in map(str, values)
    ]


def is_secret(name: str) -> bool:
    """Whether a field holds what may never travel as a hidden field."""
    return any(word in name for word in ("password", "auth_value", "passphrase", "private_key"))


def seal(request: HttpRequest, look: Look) -> str:
    """What was shown, to whom: the button posts it back."""
    shown = [str(request.user.pk), look.digest, *look.radius.totals]
    return signing.dumps(shown, salt=SALT)


def seal_of(request: HttpRequest, fields: Fields, kinds: list[str], radius: Radius) -> str:
    """Of a page that counts by itself what explicit revocations of these kinds will end."""
    digest = _digest([[request.path, sorted(fields), ""], kinds, []])
    return seal(request, Look(radius=radius, digest=digest))


def is_agreed(request: HttpRequest, look: Look) -> bool:
    """Whether this person was shown what the change does, and said yes to that. Of many tokens a
    few may have come or gone since."""
    try:
        pk, digest, *totals = signing.loads(
            request.POST.get(CONFIRMED, ""), salt=SALT, max_age=LASTS
        )
    except signing.BadSignature:
        return False
    if look.second_person:
        return False
    is_same = (pk, digest) == (str(request.user.pk), look.digest)
    if look.failures and not (may_force(request) and FORCE in request.POST):
        return False
    return is_same and (look.radius.is_partial or are_near(totals, look.radius.totals))


def are_near(shown: Iterable[int], now: Iterable[int]) -> bool:
    """Whether these are the numbers that were shown. Of many, a few may come and go while somebody
    reads; else nobody could agree to anything on a busy day."""
    return all(
        abs(after - before) <= before // TOLERANCE for before, after in zip(shown, now, strict=True)
    )


def may_force(request: HttpRequest) -> bool:
    """Whether this person may save what makes policy tests fail."""
    return bool(getattr(request.user, "is_superuser", False))


def _warn(request: HttpRequest, look: Look) -> None:
    """Of tests that don't stop a change a message tells; the log does, too."""
    for event in look.events:
        for failing in event.body.get("debugData", {}).get("failingTests", ()):
            messages.warning(request, _("Policy test %(failing)s") % {"failing": failing})


def asked(view: View, show: Callable[[HttpRequest, Look, bool], HttpResponse]) -> View:
    """The view, whose POSTs are looked at before they stay; `show` answers with the page."""
    if getattr(getattr(view, "__self__", None), "revokes_nothing", False):
        return view

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        call = partial(view, request, *args, **kwargs)
        if request.method != "POST" or getattr(request, CARRIED_OUT, False):
            return call()
        if BACK in request.POST:
            return _editing(request, call)
        return _carried_out(request, call, show)

    return answer


def _carried_out(
    request: HttpRequest, call: Callable[[], HttpResponse], show: Callable[..., HttpResponse]
) -> HttpResponse:
    """It stays if it ends nothing. Else it is taken back and counted, and made again if nothing
    that lives would end, or if what would was shown and agreed to."""
    forget = _remembered(request)
    response, look = _tried(request, call, lambda look: look.is_harmless)
    if response is not None:
        return response
    forget()
    look.count(call)
    forget()
    if not look or is_agreed(request, look):
        response, again = _tried(request, call, lambda again: again.digest == look.digest)
        if response is not None:
            return response
        forget()
        again.count(call)
        look = again
    forget()
    if REVIEW in request.POST and len(look.second_person) == 1:
        return reach.send(request, look)
    reach.refused(request, look)
    return show(request, look, request.POST.get(CONFIRMED, "") not in ("", "1"))


def _tried(
    request: HttpRequest, call: Callable[[], HttpResponse], may_stay: Callable[[Look], bool]
) -> tuple[HttpResponse | None, Look]:
    """Make the change; its answer is None where it was taken back."""
    with transaction.atomic():
        with looking(request, posted(request)) as look:
            response = call()
        if may_stay(look):
            _warn(request, look)
            return response, look
        transaction.set_rollback(True)
    return None, look


def _editing(request: HttpRequest, call: Callable[[], HttpResponse]) -> HttpResponse:
    """The form again, with what was typed; nothing is saved, whatever the view does."""
    forget = _remembered(request)
    with transaction.atomic():
        with observed_events() as events:
            response = call()
        transaction.set_rollback(True)
    forget()
    return HttpResponseRedirect(request.get_full_path()) if events else response


def _remembered(request: HttpRequest) -> Callable[[], None]:
    """Call what it returns to forget what has been said and kept since, of a change that was taken
    back."""
    storage: Any = get_messages(request)
    said, session = len(storage._queued_messages), request.session.session_key

    def forget() -> None:
        del storage._queued_messages[said:]
        if request.session.session_key != session:
            request.session = type(request.session)(session)

    return forget
