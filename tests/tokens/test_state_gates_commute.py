"""P6: whatever the order of stops, restarts, edits, assignments, revocations and key rotations, the
tokens that live in the end are those of a small model.

The model: a token lives while nothing hit it; what hits it is said by the line of its event and by
nothing else. Issuing is tried after every event, so that restarts have something to let in.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.clients import services as clients
from apps.clients.models import Client
from apps.directory import services as directory
from apps.directory.models import Status, User
from apps.oauth import runtime, throttle
from apps.policies.services import activate_rule, deactivate_rule, update_rule
from apps.servers.services import activate_server, deactivate_server, rotate_keys
from apps.tokens import clock
from apps.tokens.cascade import advance, open_jobs
from tests.factories import TESTER, make_user
from tests.oauth.grants_fixture import World, client_credentials, make_world, revoke, sign_in
from tests.oauth.watching import Watcher, watch

ADA, BOB, NOBODY = "ada", "bob", ""


@dataclass
class Token:
    """Whose, and whether the model says that it lives."""

    text: str
    owner: str
    family: int
    lives: bool = True


@dataclass
class Model:
    """What may be had, and what has been."""

    may: dict[str, bool] = field(
        default_factory=lambda: dict.fromkeys(
            ("server", "client", "rule", "ada", "bob", "ada assigned", "bob assigned"), True
        )
    )
    tokens: list[Token] = field(default_factory=list)

    def lets(self, owner: str) -> bool:
        """Whether this one may have tokens now."""
        needed = {"server", "client", "rule", *({owner, f"{owner} assigned"} if owner else ())}
        return all(self.may[name] for name in needed)

    def end(self, *owners: str) -> None:
        """All tokens of these."""
        for token in self.tokens:
            token.lives &= token.owner not in owners


@dataclass
class Play:
    """The product and the model, side by side."""

    worlds: dict[str, World]
    watcher: Watcher
    model: Model

    def row(self, owner: str) -> User:
        return User.objects.get(pk=self.worlds[owner].user.pk)

    def client(self) -> Client:
        return Client.objects.get(pk=self.worlds[ADA].client.pk)

    def issue(self) -> None:
        """For everybody; the product lets in whom the model lets in."""
        for owner, ask in ((ADA, sign_in), (BOB, sign_in), (NOBODY, client_credentials)):
            try:
                tokens = ask(replace(self.worlds[owner or ADA], client=self.client()))
            except AssertionError:  # what the helpers say of a refusal
                tokens = None
            assert (tokens is not None) is self.model.lets(owner), owner
            family = len(self.model.tokens)
            for text in filter(None, (tokens.access, tokens.refresh) if tokens else ()):
                self.model.tokens.append(Token(text, owner, family))

    def check(self) -> None:
        """Who is alive by introspection is who the model says."""
        throttle.counts.clear()
        owner = replace(self.worlds[ADA], client=self.client())
        alive = [self.watcher.is_active(token.text, owner) for token in self.model.tokens]
        assert alive == [token.lives for token in self.model.tokens]


def deactivate_user(play: Play) -> None:
    directory.deactivate_user(actor=TESTER, user=play.row(ADA))
    play.model.may |= {ADA: False, "ada assigned": False}
    play.model.end(ADA)


def activate_user(play: Play) -> None:
    if play.row(ADA).status == Status.DEPROVISIONED:
        directory.activate_user(actor=TESTER, user=play.row(ADA))
    play.model.may[ADA] = True


def suspend_user(play: Play) -> None:
    if play.row(BOB).status == Status.ACTIVE:
        directory.suspend_user(actor=TESTER, user=play.row(BOB))
    play.model.may[BOB] = False
    play.model.end(BOB)


def unsuspend_user(play: Play) -> None:
    if play.row(BOB).status == Status.SUSPENDED:
        directory.unsuspend_user(actor=TESTER, user=play.row(BOB))
    play.model.may[BOB] = True


def change_password(play: Play) -> None:
    if play.row(BOB).status == Status.ACTIVE:
        password = "another good battery staple"
        directory.set_password(actor=TESTER, user=play.row(BOB), password=password)
    play.model.end(BOB)


def unassign(play: Play) -> None:
    clients.unassign_user(actor=TESTER, client=play.client(), user=play.row(ADA))
    play.model.may["ada assigned"] = False
    play.model.end(ADA)


def assign(play: Play) -> None:
    if play.model.may[ADA]:
        clients.assign_user(actor=TESTER, client=play.client(), user=play.row(ADA))
        play.model.may["ada assigned"] = True


def stop_client(play: Play) -> None:
    clients.deactivate_client(actor=TESTER, client=play.client())
    play.model.may["client"] = False
    play.model.end(ADA, BOB, NOBODY)


def start_client(play: Play) -> None:
    clients.activate_client(actor=TESTER, client=play.client())
    play.model.may["client"] = True


def edit_client(play: Play) -> None:
    new = [*play.client().redirect_uris, f"https://{len(play.model.tokens)}.example.com/callback"]
    clients.update_client(actor=TESTER, client=play.client(), redirect_uris=new)
    play.model.end(ADA, BOB, NOBODY)


def rename_client(play: Play) -> None:
    clients.update_client(actor=TESTER, client=play.client(), name=f"{len(play.model.tokens)}")


def edit_rule(play: Play) -> None:
    world, minutes = play.worlds[ADA], 10 + len(play.model.tokens)
    ids = {"server_id": world.server.pk, "rule_id": world.rule.pk}
    update_rule(actor=TESTER, access_token_minutes=minutes, **ids)  # type: ignore[arg-type]
    play.model.end(ADA, BOB, NOBODY)


def stop_rule(play: Play) -> None:
    ids = {"server_id": play.worlds[ADA].server.pk, "rule_id": play.worlds[ADA].rule.pk}
    deactivate_rule(actor=TESTER, **ids)
    play.model.may["rule"] = False
    play.model.end(ADA, BOB, NOBODY)


def start_rule(play: Play) -> None:
    ids = {"server_id": play.worlds[ADA].server.pk, "rule_id": play.worlds[ADA].rule.pk}
    activate_rule(actor=TESTER, **ids)
    play.model.may["rule"] = True


def stop_server(play: Play) -> None:
    deactivate_server(actor=TESTER, server_id=play.worlds[ADA].server.pk)
    play.model.may["server"] = False
    play.model.end(ADA, BOB, NOBODY)


def start_server(play: Play) -> None:
    activate_server(actor=TESTER, server_id=play.worlds[ADA].server.pk)
    play.model.may["server"] = True


def rotate_key(play: Play) -> None:
    rotate_keys(actor=TESTER, server_id=play.worlds[ADA].server.pk)


def revoke_family(play: Play) -> None:
    """The oldest refresh token that lives, by its client."""
    found = next((t for t in play.model.tokens if t.lives and t.text.startswith("azrt_")), None)
    if found is not None:
        revoke(replace(play.worlds[ADA], client=play.client()), found.text)
        for token in play.model.tokens:
            token.lives &= token.family != found.family


def mark(play: Play) -> None:
    """A worker comes by, which changes no answer."""
    for job_id in open_jobs():
        while advance(job_id, clock.now()):
            pass


EVENTS: tuple[Callable[[Play], None], ...] = (
    *(deactivate_user, activate_user, suspend_user, unsuspend_user, change_password),
    *(unassign, assign, stop_client, start_client, edit_client, rename_client),
    *(edit_rule, stop_rule, start_rule, stop_server, start_server),
    *(rotate_key, revoke_family, mark),
)


@pytest.mark.django_db
@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_p6_any_order_of_events_ends_with_the_live_set_of_the_model(token_format: str) -> None:
    world = make_world(token_format=token_format)
    bob = replace(world, user=make_user())
    clients.assign_user(actor=TESTER, client=bob.client, user=bob.user)
    worlds, watcher = {ADA: world, BOB: bob}, watch(world)
    some = st.lists(st.sampled_from(EVENTS), unique=True, min_size=2, max_size=6)

    @settings(
        derandomize=True,
        deadline=None,
        max_examples=10,
        phases=[Phase.generate],  # what fails needs no hour to be made smaller
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(some.flatmap(st.permutations))
    def commute(events: list[Callable[[Play], None]]) -> None:
        with transaction.atomic():
            play = Play(worlds, watcher, Model())
            play.issue()
            for event in events:
                event(play)
                play.issue()
            play.check()
            mark(play)
            play.check()
            transaction.set_rollback(True)
        runtime.clear()  # versions begin anew

    commute()


def test_p6_the_model_knows_every_event() -> None:
    needed = "deactivate activate edit unassign assign revoke rotate"
    names = " ".join(event.__name__ for event in EVENTS)
    assert [word for word in needed.split() if word not in names] == []
