"""R16: what is put back from a history revives no token, whatever had ended it."""

import pytest

from apps.clients.services import create_client, delete_client
from apps.oauth.putback.plan import KEEPERS, plan_for, reason_against, subject_of
from apps.systemlog.models import LogEvent
from tests.factories import TESTER, make_superuser
from tests.oauth.liveness.causes import Cause
from tests.oauth.liveness.scene import COLUMNS, make_scene
from tests.oauth.liveness.test_matrix import CAUSES

pytestmark = pytest.mark.django_db
ENDING = [cause for cause in CAUSES if cause.dead]
# What has no way back: of these the history says why.
WITHOUT = frozenset({"signing", "secret", "revoked", "password", "explicitly", "passed"})
BOTH = ("deleted", "deactivated", "renamed", "suspended")
CASES = [
    (cause, form)
    for cause in ENDING
    for form in ("jwt", "opaque")
    if form == "jwt" or any(word in cause.name for word in BOTH)
]


@pytest.mark.parametrize(("cause", "form"), CASES, ids=lambda one: getattr(one, "title", one))
def test_r16_what_is_put_back_revives_nothing(cause: Cause, form: str) -> None:
    scene = make_scene(form, paths=cause.paths, password_counts=cause.password_counts)
    if cause.prepare:
        cause.prepare(scene)
    scene.issue()
    someone = make_superuser()
    before = LogEvent.objects.latest("pk").pk
    cause.change(scene)
    done = LogEvent.objects.filter(pk__gt=before).order_by("-pk")
    events = [event for event in done if not reason_against(event)]

    for event in events:
        plan_for(event, someone).run(TESTER)

    assert scene.alive() <= COLUMNS - cause.dead_in(form)
    assert events or any(word in cause.name for word in WITHOUT), [e.event_type for e in done]


def test_every_kind_that_tokens_stand_on_is_among_them() -> None:
    """One whose change ends tokens and that can be put back, but isn't in the table above, would
    go without a test."""
    assert KEEPERS.keys() >= {
        *("AuthorizationServer", "OAuth2Scope", "Policy", "PolicyRule", "AppInstance"),
        *("User", "UserGroup"),
    }
    assert subject_of(LogEvent(event_type="x", body={})) == ("", "")


@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_r16_a_client_made_again_under_the_name_of_a_deleted_one_revives_nothing(form: str) -> None:
    scene = make_scene(form)
    scene.issue()
    old = scene.world.client
    delete_client(actor=TESTER, client=old)
    fields = {name: getattr(old, name) for name in ("name", "grant_types", "redirect_uris")}
    create_client(actor=TESTER, type=old.type, client_id=old.client_id, **fields)
    assert scene.alive() == {"neighbour"}
