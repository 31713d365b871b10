"""P2: refresh families against a model that only knows a list of generations and integers.

The driver below is the smallest store: it does what the real one does with a classified token.
The model never sees digests, tags or seals. Two families and two clients, so cross-effects show.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from authzsite.domain.escrow import open_sealed, seal
from authzsite.domain.limits import MAX_REFRESH_RETRIES
from authzsite.domain.rotation import (
    Presented,
    RefreshCase,
    RefreshState,
    classify_refresh,
)
from authzsite.domain.tokens import Kind, digest, is_genuine, mint_refresh, new_family_key

START = datetime(2026, 1, 1, tzinfo=UTC)
LEEWAY, IDLE, ABSOLUTE = 10, 100, 400
SCOPES = [("a",), ("a", "b")]


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


class Family:
    """The driver: one grant's row and every token that it ever handed out."""

    def __init__(self, number: int, client: str, now: int) -> None:
        self.id, self.client, self.key = f"oar{number:017}", client, new_family_key()
        self.tokens = [mint_refresh(self.id, self.key)]
        self.sealed: bytes | None = None
        self.state = RefreshState(
            client_id=client,
            current_digest=digest(Kind.REFRESH, self.tokens[0]),
            leeway_seconds=LEEWAY,
            idle_expires_at=at(now + IDLE),
            absolute_expires_at=at(now + ABSOLUTE),
        )

    def classify(self, text: str, client: str, now: int) -> RefreshCase:
        known = Presented(digest(Kind.REFRESH, text), client, is_genuine(text, self.key))
        return classify_refresh(self.state, known, at(now)).case

    def refresh(
        self, text: str, client: str, scopes: tuple[str, ...], now: int
    ) -> tuple[RefreshCase, str]:
        case = self.classify(text, client, now)
        if case is RefreshCase.FRESH:
            successor = mint_refresh(self.id, self.key)
            self.sealed = seal(
                successor, presented=text, client_id=client, grant_id=self.id, scopes=scopes
            )
            self._rotate(successor, now)
            return case, successor
        if case is RefreshCase.RETRY:
            opened = open_sealed(
                self.sealed, presented=text, client_id=client, grant_id=self.id, scopes=scopes
            )
            self.state = replace(self.state, retries=self.state.retries + 1)
            case = case if opened else RefreshCase.REUSED
            if opened:
                return case, opened
        if case is RefreshCase.REUSED:
            self.end("replay", now)
        return case, ""

    def _rotate(self, successor: str, now: int) -> None:
        self.tokens.append(successor)
        self.state = replace(
            self.state,
            previous_digest=self.state.current_digest,
            current_digest=digest(Kind.REFRESH, successor),
            rotated_at=at(now),
            retries=0,
            idle_expires_at=at(now + IDLE),
        )

    def end(self, by: str, now: int) -> None:
        self.state = replace(self.state, revoked_at=at(now), revoked_by=by)


class Model:
    """Generations are numbers; the newest is current."""

    def __init__(self, client: str, now: int) -> None:
        self.client, self.newest, self.retries, self.dead = client, 0, 0, False
        self.rotated = -(10**9)
        self.asked: tuple[str, ...] = ()
        self.idle, self.absolute = now + IDLE, now + ABSOLUTE

    def case(self, generation: int, client: str, now: int) -> RefreshCase:
        if client != self.client:
            return RefreshCase.WRONG_CLIENT
        if self.dead:
            return RefreshCase.REVOKED
        if now >= self.absolute:
            return RefreshCase.EXPIRED
        if now >= self.idle:
            return RefreshCase.IDLE
        if generation == self.newest:
            return RefreshCase.FRESH
        in_leeway = now < self.rotated + LEEWAY and self.retries < MAX_REFRESH_RETRIES
        return (
            RefreshCase.RETRY if generation == self.newest - 1 and in_leeway else RefreshCase.REUSED
        )

    def step(self, generation: int, client: str, scopes: tuple[str, ...], now: int) -> RefreshCase:
        case = self.case(generation, client, now)
        if case is RefreshCase.RETRY and scopes != self.asked:
            case = RefreshCase.REUSED
        if case is RefreshCase.FRESH:
            self.newest, self.rotated, self.retries, self.asked = generation + 1, now, 0, scopes
            self.idle = now + IDLE
        self.retries += case is RefreshCase.RETRY
        self.dead = self.dead or case is RefreshCase.REUSED
        return case


class RefreshFamilies(RuleBasedStateMachine):
    """Every step is done by the driver and by the model, then all generations are judged."""

    @initialize()
    def start(self) -> None:
        self.now = 0
        self.families = [Family(n, client, 0) for n, client in enumerate("AB")]
        self.models = [Model(client, 0) for client in "AB"]

    def present(self, n: int, generation: int, client: str, scopes: tuple[str, ...]) -> None:
        family, model = self.families[n], self.models[n]
        expected = model.step(generation, client, scopes, self.now)
        case, successor = family.refresh(family.tokens[generation], client, scopes, self.now)
        assert case is expected
        if case in (RefreshCase.FRESH, RefreshCase.RETRY):
            assert successor == family.tokens[-1]
        else:
            assert successor == ""

    @rule(n=st.integers(0, 1), scopes=st.sampled_from(SCOPES))
    def refresh(self, n: int, scopes: tuple[str, ...]) -> None:
        self.present(n, self.models[n].newest, self.models[n].client, scopes)

    @rule(
        n=st.integers(0, 1),
        scopes=st.sampled_from(SCOPES),
        times=st.sampled_from([1, 2, MAX_REFRESH_RETRIES + 1]),
    )
    def lose_the_answer_and_retry(self, n: int, scopes: tuple[str, ...], times: int) -> None:
        generation = self.models[n].newest
        for _ in range(1 + times):
            self.present(n, generation, self.models[n].client, scopes)

    @rule(n=st.integers(0, 1), back=st.integers(1, 5), scopes=st.sampled_from(SCOPES))
    def replay_an_older_generation(self, n: int, back: int, scopes: tuple[str, ...]) -> None:
        self.present(n, max(self.models[n].newest - back, 0), self.models[n].client, scopes)

    @rule(n=st.integers(0, 1), back=st.integers(0, 5))
    def steal(self, n: int, back: int) -> None:
        other = self.models[1 - n].client
        self.present(n, max(self.models[n].newest - back, 0), other, SCOPES[0])

    @rule(n=st.integers(0, 1))
    def crash_before_the_commit(self, n: int) -> None:
        mint_refresh(self.families[n].id, self.families[n].key)  # rolled back: nobody knows it

    @rule(n=st.integers(0, 1))
    def present_the_token_of_the_other_family(self, n: int) -> None:
        text = self.families[1 - n].tokens[-1]
        case, _ = self.families[n].refresh(text, self.models[n].client, SCOPES[0], self.now)
        assert case is RefreshCase.UNKNOWN

    @rule(n=st.integers(0, 1))
    def revoke(self, n: int) -> None:
        self.families[n].end("admin", self.now)
        self.models[n].dead = True

    @rule(seconds=st.sampled_from([1, LEEWAY - 1, LEEWAY, LEEWAY + 1, IDLE - 1, IDLE, 150]))
    def advance_the_clock(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def every_generation_is_judged_as_the_model_says(self) -> None:
        for family, model in zip(self.families, self.models, strict=True):
            assert len(family.tokens) == model.newest + 1
            for generation, text in enumerate(family.tokens):
                expected = model.case(generation, model.client, self.now)
                assert family.classify(text, model.client, self.now) is expected

    @invariant()
    def at_most_one_generation_is_live(self) -> None:
        for family in self.families:
            cases = [family.classify(text, family.client, self.now) for text in family.tokens]
            assert cases.count(RefreshCase.FRESH) <= 1


RefreshFamilies.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestRefreshFamilies = RefreshFamilies.TestCase
