"""The kinds of revocation: the ten of the rule that is tested, and what else ends tokens."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tests.history.ends_of_combinations import of_combination, of_consent
from tests.history.ends_of_configuration import of_client, of_policy, of_scope, of_server
from tests.history.ends_of_people import of_assignment, of_group, of_membership, of_user
from tests.history.ends_of_tokens import of_family, of_session, of_token
from tests.history.hand import Hand
from tests.history.pool import Holder
from tests.history.revocations import Revocation

Make = Callable[[Hand, Holder], Revocation | None]
# How often each is chosen.
KINDS: Final[dict[Make, int]] = {
    of_token: 20,
    of_family: 20,
    of_consent: 5,
    of_combination: 8,
    of_session: 8,
    of_user: 12,
    of_membership: 4,
    of_group: 4,
    of_assignment: 8,
    of_client: 8,
    of_policy: 10,
    of_scope: 3,
    of_server: 5,
}
# The kinds that every history has to have, with the labels that count as them.
WANTED: Final[dict[str, frozenset[str]]] = {
    "token": frozenset({"token"}),
    "family": frozenset({"family", "family by administrator", "code", "replay"}),
    "consent": frozenset({"consent"}),
    "combination": frozenset({"combination"}),
    "session": frozenset({"session"}),
    "user": frozenset({"user suspended", "user locked", "password"}),
    "assignment": frozenset({"assignment", "validity"}),
    "group": frozenset({"membership", "group"}),
    "client": frozenset({"client", "client changed"}),
    "policy": frozenset({"policy", "policy's tokens", "rule", "rule's tokens", "rule changed"}),
    "scope": frozenset({"scope"}),
    "server": frozenset({"server", "server's tokens", "installation", "key"}),
}


class Chooser:
    """Each kind once, then by chance."""

    def __init__(self) -> None:
        self.first = deque(KINDS)

    def choose(self, hand: Hand) -> Revocation | None:
        """Something that ends a token which is alive, as far as anybody knows."""
        token = hand.pool.recent(hand.chance)
        if token is None or not isinstance(token.owner, Holder):
            return None
        with suppress(IndexError):
            make = self.first.popleft()
            revocation = make(hand, token.owner)
            if revocation is None:
                self.first.append(make)
            return revocation
        make = hand.chance.choices(list(KINDS), list(KINDS.values()))[0]
        return make(hand, token.owner)
