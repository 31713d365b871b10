"""A user's statuses through the API, and what ends with them."""

from typing import Any

import pytest

from apps.directory.models import User
from apps.directory.services import lock_user, suspend_user
from tests.factories import TESTER, make_user
from tests.management.okta.caller import Program, cause_of
from tests.oauth.grants_fixture import make_world, outcome, refresh, sign_in

STARTS: dict[str, dict[str, Any]] = {
    "STAGED": {"activate": False},
    "PROVISIONED": {"password": None},
    "ACTIVE": {},
}
# Status before, step, HTTP status, status after or Okta's code.
STEPS = [
    ("STAGED", "activate", 200, "ACTIVE"),
    ("ACTIVE", "activate", 403, "E0000016"),
    ("PROVISIONED", "activate", 403, "E0000016"),
    ("PROVISIONED", "reactivate", 200, "PROVISIONED"),
    ("ACTIVE", "reactivate", 403, "E0000038"),
    ("ACTIVE", "deactivate", 200, "DEPROVISIONED"),
    ("ACTIVE", "suspend", 200, "SUSPENDED"),
    ("STAGED", "suspend", 400, "E0000001"),
    ("ACTIVE", "unsuspend", 400, "E0000001"),
    ("SUSPENDED", "unsuspend", 200, "ACTIVE"),
    ("ACTIVE", "unlock", 403, "E0000032"),
    ("LOCKED_OUT", "unlock", 200, "ACTIVE"),
    ("ACTIVE", "expire_password", 200, "PASSWORD_EXPIRED"),
    ("STAGED", "expire_password", 403, "E0000038"),
    ("ACTIVE", "reset_password", 200, "RECOVERY"),
    ("STAGED", "reset_password", 403, "E0000038"),
]


def user_in(status: str) -> User:
    """A user of this status."""
    user = make_user(**STARTS.get(status, {}))
    if status == "SUSPENDED":
        return suspend_user(actor=TESTER, user=user)
    return lock_user(actor=TESTER, user=user) if status == "LOCKED_OUT" else user


@pytest.mark.parametrize(("before", "step", "status", "after"), STEPS)
def test_each_step_and_each_refusal(
    api: Program, before: str, step: str, status: int, after: str
) -> None:
    user = user_in(before)
    answer = api.post(f"users/{user.pk}/lifecycle/{step}", b"", content_type="application/x")
    assert answer.status_code == status, answer.content
    user.refresh_from_db()
    if status == 200:
        assert user.status == after
    else:
        assert user.status == before and answer.json()["errorCode"] == after


def test_steps_answer_an_empty_object_but_for_an_expired_password(api: Program) -> None:
    for step, user in (("suspend", make_user()), ("reset_password", make_user())):
        assert api.post(f"users/{user.pk}/lifecycle/{step}").json() == {}
    user = make_user()
    assert api.post(f"users/{user.pk}/lifecycle/expire_password").json()["id"] == user.pk


def test_a_dry_run_tells_what_a_deactivation_would_end(api: Program) -> None:
    world = make_world()
    tokens = sign_in(world)
    path = f"users/{world.user.pk}/lifecycle/deactivate"
    assert api.post(f"{path}?dryRun=true").json()["grants"] == 1
    assert outcome(refresh(world, tokens.refresh))[0] == 200
    assert api.post(path).status_code == 200


def test_row_273_the_last_superuser_stays(api: Program) -> None:
    assert api.owner is not None
    for answer in (
        api.post(f"users/{api.owner.pk}/lifecycle/suspend"),
        api.post("users/me/lifecycle/deactivate"),
        api.delete("users/me"),
    ):
        assert answer.status_code == 409 and "superuser" in cause_of(answer)
    assert api.get("users/me").json()["status"] == "ACTIVE"
