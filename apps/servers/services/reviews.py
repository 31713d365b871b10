"""Changes that wait for a second person: sent, approved, rejected, withdrawn; each step is an
event. What a change is, is for those above: they hand in how it is carried out.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils import timezone

from apps.servers.models import Review
from apps.servers.services.rows import lock_server, log_change, refuse, server_target
from apps.servers.services.second_person import Approval, approved
from apps.systemlog.entries import Actor, Target

T = TypeVar("T")
State = Review.State
WAITS: Final = timedelta(days=14)
NOTE_LENGTH: Final = 1024


@transaction.atomic
def send_for_review(
    *,
    actor: Actor,
    server_id: str,
    title: str,
    path: str,
    fields: Sequence[tuple[str, str]],
    shown: Sequence[int],
    changes: Sequence[dict[str, Any]],
) -> Review:
    """Keep a change until somebody else approves it. `fields` hold no secret."""
    server = lock_server(server_id)
    review = Review.objects.create(
        server=server,
        author_id=actor.id,
        author_name=actor.display_name or actor.alternate_id,
        title=title[:255],
        path=path,
        fields=[list(one) for one in fields],
        shown=list(shown),
        changes=list(changes),
        expires_at=timezone.now() + WAITS,
    )
    _log("create", actor, review, (None, State.OPEN))
    return review


@transaction.atomic
def approve(*, actor: Actor, review_id: str, carry_out: Callable[[Review], T]) -> T:
    """Make the change, once, with two people behind it: `carry_out` calls the services with the
    approver as the actor. Raises InvalidError for the author's own, one that doesn't wait any more,
    and whatever refuses the change; then nothing has changed."""
    review = _open(review_id)
    if review.author_id == actor.id:
        raise refuse("review", "is your own: somebody else has to approve it")
    review.state, review.note = State.APPROVED, ""
    _decide(actor, review)
    _log("approve", actor, review, (State.OPEN, State.APPROVED))
    author = Actor(review.author_id, display_name=review.author_name)
    with approved(Approval(review.server_id, author, actor, review.pk)):
        return carry_out(review)


@transaction.atomic
def reject(*, actor: Actor, review_id: str, note: str) -> Review:
    """Refuse the change, and say why. Raises InvalidError."""
    review = _open(review_id)
    if review.author_id == actor.id:
        raise refuse("review", "is your own: withdraw it")
    if not note.strip():
        raise refuse("note", "must say why")
    return _end(actor, review, State.REJECTED, "reject", note.strip())


@transaction.atomic
def withdraw(*, actor: Actor, review_id: str) -> Review:
    """Take one's own change back. Raises InvalidError."""
    review = _open(review_id)
    if review.author_id != actor.id:
        raise refuse("review", "is somebody else's: reject it")
    return _end(actor, review, State.WITHDRAWN, "withdraw", "")


def _open(review_id: str) -> Review:
    """The row, locked: of several decisions the first counts."""
    review = Review.objects.select_for_update().get(pk=review_id)
    if review.state != State.OPEN:
        raise refuse("review", f"has been decided: {review.get_state_display().lower()}")
    if review.expires_at <= timezone.now():
        raise refuse("review", "is too old: send it again")
    return review


def _end(actor: Actor, review: Review, state: State, verb: str, note: str) -> Review:
    review.state, review.note = state, note[:NOTE_LENGTH]
    _decide(actor, review)
    _log(verb, actor, review, (State.OPEN, state))
    return review


def _decide(actor: Actor, review: Review) -> None:
    review.decided_by = actor.display_name or actor.alternate_id
    review.decided_at = timezone.now()
    review.save()


def _log(verb: str, actor: Actor, review: Review, change: tuple[Any, Any]) -> None:
    detail = {"AuthorId": review.author_id, "Author": review.author_name, "Note": review.note}
    target = Target(review.pk, "Review", "", review.title, detail, {"state": change})
    log_change(
        f"oauth2.as.review.{verb}",
        actor=actor,
        server=review.server,
        targets=[target, server_target(review.server)],
    )
