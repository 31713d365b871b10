"""What is told of a token's scopes is what calls are judged by (R20-R22)."""

from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain.api_scopes import okta_scopes, permits
from authzsite.domain.pattern_scopes import request_segments
from authzsite.domain.token_reach import reach_of

SCOPES = st.lists(
    st.sampled_from(
        ["*:**", ".:**", "*:a/**", ".:a/b", "-:a", "-:a/b/**", "*:*/b", "openid", "x:broken", "-:"]
        + list(okta_scopes())
    ),
    max_size=4,
)
PATHS = st.lists(
    st.sampled_from(["a", "b", "secret", "api", "v1", "apps", "users", "%20"]),
    min_size=1,
    max_size=4,
).map("/".join)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE"])


@given(SCOPES, METHODS, PATHS)
def test_r20_told_and_judged_are_one(scopes: list[str], method: str, path: str) -> None:
    segments = request_segments(path)
    assert isinstance(segments, tuple)
    found = reach_of(scopes, method.lower(), f"/{path}?x=1", "")
    assert found.is_reached is permits(scopes, method, segments)
    assert permits((found.smallest,), method, segments)
    if found.smallest_okta:
        assert permits((found.smallest_okta,), method, segments)
    if found.is_reached:
        assert found.scope_used in scopes and not found.denied_by
    elif permits(("*:**", *scopes), method, segments):
        assert found.denied_by == () and found.smallest in found.sentence
    else:
        assert set(found.denied_by) <= set(scopes) and found.denied_by


@given(METHODS)
def test_r20_the_organisation_is_no_part_of_what_scopes_name(method: str) -> None:
    assert reach_of(["*:config/**"], method, "/org/config/clients", "org").is_reached
    assert not reach_of(["*:config/**"], method, "/other/config/clients", "org").is_reached


def test_r20_a_path_that_calls_may_not_have_is_refused_with_its_reason() -> None:
    for path in ("a//b", "a/../b", "a/%2e%2e", "a/%zz"):
        found = reach_of(["*:**"], "GET", path, "")
        assert not found.is_reached and found.problem and found.problem in found.sentence
