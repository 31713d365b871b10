"""To whom and to what a token is bound: rows 113, 118, 143 to 145, 163, 164 and 166."""

from dataclasses import replace

import pytest

from apps.tokens.models import Grant
from tests.oauth.grants_fixture import (
    REFUSED,
    Clock,
    World,
    authorize,
    beside,
    client_credentials,
    code_form,
    exchange,
    introspect,
    is_active,
    make_world,
    outcome,
    post,
    refresh,
    refresh_form,
    sign_in,
    tokens_of,
    userinfo,
)
from tests.oauth.refresh.test_rotation import last_reason

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seconds", [1, 30, 3600, 86_400, 6 * 86_400])
@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_113_a_code_replayed_later_still_ends_its_tokens(
    token_format: str, seconds: int, clock: Clock
) -> None:
    world = make_world(token_format=token_format)
    code = authorize(world)
    tokens = tokens_of(exchange(world, code))
    clock.advance(seconds=seconds)

    assert outcome(exchange(world, code)) == REFUSED

    assert last_reason("app.oauth2.as.token.revoke") == "code_replayed"
    assert not is_active(world, tokens.access)
    assert outcome(refresh(world, tokens.refresh)) == REFUSED


def test_113_the_tombstone_of_a_code_outlives_its_tokens(clock: Clock) -> None:
    world = make_world(rule={"access_token_minutes": 1440})
    tokens = sign_in(world, "openid")
    grant = Grant.objects.get()

    assert tokens.refresh == ""
    assert grant.sweep_after.timestamp() > introspect(world, tokens.access)["exp"]


def texts_of(world: World) -> dict[str, str]:
    """One text of each kind, all genuine and alive."""
    opaque = replace_format(world)
    tokens = sign_in(world)
    return {
        "code": authorize(world),
        "refresh token": tokens.refresh,
        "access token (JWT)": tokens.access,
        "access token (opaque)": sign_in(opaque).access,
        "ID token": tokens.answer["id_token"],
        "client's token": client_credentials(world).access,
    }


def replace_format(world: World) -> World:
    """A world whose access tokens are opaque."""
    return make_world(token_format="opaque")


def test_118_no_kind_of_text_serves_as_another() -> None:
    world = make_world()
    texts = texts_of(world)

    for kind, text in texts.items():
        if kind != "code":
            assert outcome(post(world, "token", code_form(text))) == REFUSED, kind
        if kind != "refresh token":
            assert outcome(post(world, "token", refresh_form(text))) == REFUSED, kind
        if not kind.startswith("access token (JWT)"):
            assert userinfo(world, text).status_code in (401, 403), kind
    assert is_active(world, texts["refresh token"])
    assert exchange(world, texts["code"]).status_code == 200


def test_163_a_refresh_token_is_no_bearer_and_an_access_token_no_refresh_token() -> None:
    world = make_world()
    tokens = sign_in(world)

    assert userinfo(world, tokens.refresh).status_code == 401
    assert outcome(refresh(world, tokens.access)) == REFUSED


def test_143_another_client_can_not_use_or_end_a_family() -> None:
    world = make_world()
    other = beside(world)
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))

    assert outcome(refresh(other, second.refresh)) == REFUSED
    assert outcome(refresh(other, first.refresh)) == REFUSED

    assert last_reason("app.oauth2.as.token.grant") == "mismatched_client"
    assert is_active(world, second.access)
    assert refresh(world, second.refresh).status_code == 200


def test_144_a_token_is_unknown_to_every_other_server() -> None:
    world = make_world()
    elsewhere = replace(world, server=make_world().server)
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))

    assert outcome(refresh(elsewhere, second.refresh)) == REFUSED
    assert outcome(refresh(elsewhere, first.refresh)) == REFUSED
    assert not is_active(elsewhere, second.refresh)

    assert refresh(world, second.refresh).status_code == 200


@pytest.mark.parametrize(
    "scope", ["openid offline_access orders:read orders:write", "profile", "orders:write"]
)
def test_145_a_wider_scope_is_refused_and_consumes_nothing(scope: str) -> None:
    world = make_world()
    first = sign_in(world)

    assert outcome(refresh(world, first.refresh, scope=scope)) == (400, "invalid_scope")

    assert refresh(world, first.refresh).status_code == 200


def test_145_a_narrower_scope_narrows_the_access_token_and_not_the_family() -> None:
    world = make_world()
    first = sign_in(world)

    narrow = tokens_of(refresh(world, first.refresh, scope="orders:read"))
    wide = tokens_of(refresh(world, narrow.refresh, scope=" "))

    assert narrow.answer["scope"] == "orders:read"
    assert userinfo(world, narrow.access).status_code == 403
    assert set(wide.answer["scope"].split()) == {"openid", "offline_access", "orders:read"}


@pytest.mark.parametrize(
    "text",
    ["azrt_" + "A" * 80, "ä" * 50, "\x00", "%00", "azrt_\ud7ff", " ", "\n", "A" * 8000],
    ids=ascii,
)
def test_164_garbage_is_invalid_and_looked_up_at_most_once(
    text: str, django_assert_max_num_queries
) -> None:
    world = make_world()
    sign_in(world)

    with django_assert_max_num_queries(2):  # the look-up and the event
        response = refresh(world, text)

    assert outcome(response) in (REFUSED, (400, "invalid_request"))


def test_164_a_huge_one_is_refused_before_it_is_read() -> None:
    world = make_world()

    response = refresh(world, "A" * 200_000)

    assert outcome(response) == (413, "invalid_request")


def test_164_each_changed_character_makes_another_token() -> None:
    world = make_world()
    token = sign_in(world).refresh
    for position in range(0, len(token), 7):
        letter = "A" if token[position] != "A" else "B"
        changed = token[:position] + letter + token[position + 1 :]
        assert outcome(refresh(world, changed)) == REFUSED
    for changed in (token[:-1], token + "A", token + "=", token.swapcase(), f"{token} "):
        assert outcome(refresh(world, changed)) == REFUSED

    assert refresh(world, token).status_code == 200


def test_166_a_public_client_needs_its_own_name() -> None:
    world = make_world(type="native", token_endpoint_auth_method="none")
    other = make_world(type="native", token_endpoint_auth_method="none")
    token = sign_in(world).refresh
    form = refresh_form(token)

    wrong = post(world, "token", {**form, "client_id": other.client.client_id})
    unknown = post(world, "token", {**form, "client_id": "nobody-at-all"})
    missing = post(world, "token", {**form, "client_id": ""})

    assert outcome(wrong) == REFUSED
    assert outcome(unknown) == (401, "invalid_client")
    assert outcome(missing) == (401, "invalid_client")
    assert tokens_of(refresh(world, token)).refresh not in ("", token)
