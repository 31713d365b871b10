"""R18: explicit revocation by any combination; what isn't meant lives on, and codes as in R17."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from apps.clients.services import revoke_client_tokens
from apps.directory.services import revoke_user_tokens
from apps.servers.models import Scope
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import revoke_matching
from tests.factories import TESTER
from tests.oauth.liveness.causes import (
    ALL,
    NOTHING,
    OF_CLIENT,
    OF_POLICY,
    OF_SERVER,
    OF_USER,
    Cause,
    Change,
)
from tests.oauth.liveness.scene import Scene

OF_FLOW: Final = frozenset({"code", "refresh", "access"})  # the user's, for the client, here
ISSUED: Final = frozenset({"refresh", "access"})


def cut(*names: str, age: timedelta | None = None, scope: str = "") -> Change:
    """Revoke what is of all of these things of the scene, and older than `age`."""

    def change(scene: Scene) -> None:
        now = timezone.now() + timedelta(seconds=5)  # so that "issued before now" means all of them
        given = {name: getattr(scene.world, name).pk for name in names}
        if scope:
            given["scope"] = Scope.objects.get(server=scene.world.server, name=scope).pk
        before = None if age is None else now - age
        revoke_matching(actor=TESTER, criteria=Criteria(**given, issued_before=before), now=now)

    return change


def line(dead: frozenset[str], *names: str, **more: object) -> Cause:
    """One combination; `scope` is named where it isn't the scene's own."""
    words = [*names, *(f"{name} {value}" for name, value in more.items())]
    return Cause(f"explicitly by {', '.join(words)}", dead, cut(*names, **more), row=18)  # type: ignore[arg-type]


NOW, LONG = timedelta(0), timedelta(hours=1)
EXPLICIT: Final = (
    line(OF_USER, "user"),
    line(OF_CLIENT, "client"),
    line(OF_SERVER, "server"),
    line(OF_USER, "user", "client"),
    line(OF_FLOW, "user", "server"),
    line(OF_FLOW | {"own"}, "client", "server"),
    line(OF_FLOW, "user", "client", "server"),
    line(OF_POLICY, "scope"),
    line(OF_POLICY, "policy"),
    line(OF_POLICY, "rule"),
    line(OF_POLICY, "scope", "policy", "rule", "client", "server"),
    line(ISSUED, "scope", "user"),
    line(ISSUED, "rule", "user", "client"),
    line(ISSUED | {"neighbour"}, scope="openid"),
    line(ISSUED, "client", scope="openid"),
    line(ISSUED, "rule", scope="openid"),  # those of the rule, and of them those with the scope
    line(NOTHING, scope="email"),
    line(ALL, age=NOW),
    line(NOTHING, age=LONG),
    line(OF_USER, "user", age=NOW),
    line(NOTHING, "user", age=LONG),
    line(OF_POLICY, "rule", age=NOW),
    line(NOTHING, "client", "rule", age=LONG),
    Cause(
        "user's tokens revoked",
        OF_USER,
        lambda scene: revoke_user_tokens(actor=TESTER, user=scene.world.user),
        None,
        ("revoke_user_tokens",),
        18,
    ),
    Cause(
        "client's tokens revoked",
        OF_CLIENT,
        lambda scene: revoke_client_tokens(actor=TESTER, client=scene.world.client),
        None,
        ("revoke_client_tokens",),
        18,
    ),
)
