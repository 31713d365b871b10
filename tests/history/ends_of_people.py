"""Ends of what users stand on: themselves, their passwords, and the paths of their assignment."""

import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from apps.clients import services as clients
from apps.clients.models import UserAssignment
from apps.directory import services as directory
from apps.directory.models import Status, User
from tests.factories import TESTER
from tests.history.hand import Hand
from tests.history.pool import Holder
from tests.history.revocations import Revocation
from tests.history.world import Party, Person

END_SECONDS: Final = 1.2


def of_user(hand: Hand, holder: Holder) -> Revocation | None:
    """Suspended, locked, or another password."""
    if holder.family is None:
        return None
    person = holder.family.person
    ways: dict[str, tuple[Any, Any, Status]] = {
        "user suspended": (directory.suspend_user, directory.unsuspend_user, Status.SUSPENDED),
        "user locked": (directory.lock_user, directory.unlock_user, Status.LOCKED_OUT),
    }
    label = hand.chance.choice([*ways, "password"])
    if label == "password":
        words = f"battery staple {hand.chance.random()}"
        things = frozenset({f"password:{person.id}"})
        return Revocation(label, things, lambda: set_password(person, words))
    leave, come_back, status = ways[label]

    def restore() -> None:
        row = User.objects.get(pk=person.id)
        if row.status == status:
            come_back(actor=TESTER, user=row)

    things = frozenset({f"user:{person.id}"})
    return Revocation(label, things, lambda: leave(actor=TESTER, user=person.row), restore)


def set_password(person: Person, words: str) -> None:
    """Their sessions end with it."""
    person.cookie = ""
    directory.set_password(actor=TESTER, user=person.row, password=words)


def of_assignment(hand: Hand, holder: Holder) -> Revocation | None:
    """Taken away, or its time is over."""
    if holder.family is None or not holder.family.person.is_direct:
        return None
    party, person = holder.party, holder.family.person
    if hand.chance.random() < 0.3:
        return of_validity(party, person)
    who: dict[str, Any] = {"actor": TESTER, "client": party.row, "user": person.row}
    return Revocation(
        "assignment",
        frozenset({f"assignment:{person.id} {party.id}"}),
        lambda: clients.unassign_user(**who),
        lambda: clients.assign_user(**who),
    )


def of_validity(party: Party, person: Person) -> Revocation:
    """R6: it ends by the clock, and moving the end afterwards brings nothing back."""

    moment = time.monotonic() + END_SECONDS
    until = timezone.now() + timedelta(seconds=END_SECONDS)

    def move(end: datetime | None) -> None:
        row = UserAssignment.objects.get(client=party.row, user=person.row)
        clients.update_user_assignment(
            actor=TESTER, assignment=row, valid_from=None, valid_until=end
        )

    things = frozenset({f"assignment:{person.id} {party.id}"})
    return Revocation("validity", things, lambda: move(until), lambda: move(None), moment)


def of_membership(hand: Hand, holder: Holder) -> Revocation | None:
    """The user leaves the group that is assigned."""
    if holder.family is None or holder.family.person.is_direct:
        return None
    group, person = holder.party.group, holder.family.person
    who: dict[str, Any] = {"actor": TESTER, "group": group, "user": person.row}
    return Revocation(
        "membership",
        frozenset({f"member:{person.id} {group.pk}"}),
        lambda: directory.remove_member(**who),
        lambda: directory.add_member(**who),
    )


def of_group(hand: Hand, holder: Holder) -> Revocation | None:
    """The group is assigned no longer."""
    group, party = holder.party.group, holder.party
    who: dict[str, Any] = {"actor": TESTER, "group": group, "client": party.row}
    return Revocation(
        "group",
        frozenset({f"group:{group.pk} {party.id}"}),
        lambda: clients.unassign_group(**who),
        lambda: clients.assign_group(**who),
    )
