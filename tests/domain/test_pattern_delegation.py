"""Row 260 as a law, by brute force: what is handed out permits nothing that the giver may not."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain.api_scopes import permits
from authzsite.domain.pattern_delegation import excess

SEGMENTS = ("a", "b", "secret")
PATHS = [path for length in (1, 2, 3) for path in product(SEGMENTS, repeat=length)]
CALLS = [(method, path) for method in ("GET", "POST") for path in PATHS]
words = st.lists(st.sampled_from((*SEGMENTS, "*")), min_size=0, max_size=3)
patterns = st.builds(
    lambda action, path, end: f"{action}:{'/'.join([*path, *end]) or '**'}",
    st.sampled_from("*.-"),
    words,
    st.sampled_from([[], ["**"]]),
)
scopes = st.lists(patterns | st.sampled_from(["openid", "+:a"]), max_size=4)


@given(own=scopes, given_=scopes)
def test_what_isnt_refused_permits_nothing_that_the_giver_may_not(
    own: list[str], given_: list[str]
) -> None:
    if excess(own, given_) is None:
        more = [c for c in CALLS if permits(given_, *c) and not permits(own, *c)]
        assert more == []


@given(own=scopes)
def test_everybody_may_hand_out_exactly_what_they_have(own: list[str]) -> None:
    assert excess(own, own) is None


def test_what_is_refused_is_the_scope_that_is_too_much() -> None:
    assert excess(["*:a/**"], ["openid", "*:a/b", "*:b"]) == "*:b"
    assert excess(["*:**", "-:a/b"], ["*:b", "*:a"]) is None
    assert excess(["*:**", "-:a/b"], ["*:a/**"]) == "*:a/**"
    assert excess([".:**"], ["*:a"]) == "*:a"
