"""Builds that are wrong on purpose, to see that the history shows it: for tests only.

`cache`: readings are kept for a second, on the edge that serves. `stamp`: the epochs of a new
token are read again after the decision, in place of those that the decision read; on the edge that
may wait.
"""

import os
import sys
import time
from collections.abc import Iterable
from typing import Any, Final

CACHE_SECONDS: Final = 1.0
WINDOW_SECONDS: Final = 0.03  # between the decision and the stamp
VARIABLE: Final = "AUTHZSITE_TEST_BUG"
EDGE_OF: Final = {"stamp": "wsgi"}


def main(bug: str) -> None:
    """The web server's own command, with a module from here in place of the product's callable."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "authzsite.settings"
    os.environ["EDGE"] = EDGE_OF.get(bug, "")
    django.setup()
    from authzsite.supervisor.commands import command_for

    command = [
        part.replace("authzsite.wsgi:", "tests.history.seeded_wsgi:").replace(
            "authzsite.asgi:", "tests.history.seeded_asgi:"
        )
        for part in command_for("web")
    ]
    os.execve(command[0], command, os.environ | {VARIABLE: bug})


def cache_readings() -> None:
    """A reading is good for a second, whatever happens meanwhile."""
    from django.conf import settings

    from apps.tokens.django_store import DjangoStore
    from apps.tokens.pipelined.store import PipelinedStore

    serving: Any = PipelinedStore if settings.EDGE == "pipelined" else DjangoStore
    read = serving.read
    kept: dict[Any, Any] = {}

    async def cached(store: Any, server_id: str, client_id: str, lookup: Any, now: Any) -> Any:
        key = (server_id, client_id, lookup)
        found = kept.get(key)
        if found is None or time.monotonic() - found[0] > CACHE_SECONDS:
            found = kept[key] = (
                time.monotonic(),
                await read(store, server_id, client_id, lookup, now),
            )
        return found[1]

    serving.read = cached


def stamp_late() -> None:
    """Check, then stamp."""
    from dataclasses import replace

    from apps.clients.models import Client
    from apps.directory.models import User
    from apps.oauth import token
    from apps.oauth.authorize import flow
    from apps.servers.models import AuthorizationServer
    from apps.tokens.standing import stamp

    def late(reading: Any, server: Any, config: Iterable[int]) -> Any:
        time.sleep(WINDOW_SECONDS)
        again = {
            "server": replace(reading.server, epoch=epoch(AuthorizationServer, reading.server.id)),
            "client": replace(reading.client, epoch=epoch(Client, reading.client.id)),
        }
        if reading.user is not None:
            again["user"] = replace(reading.user, epoch=epoch(User, reading.user.id))
        return stamp(replace(reading, **again), server, config)

    def epoch(model: Any, key: str) -> int:
        return int(model.objects.values_list("epoch", flat=True).get(pk=key))

    for module in (token, flow):
        setattr(module, "stamp", late)  # noqa: B010


BUGS: Final = {"cache": cache_readings, "stamp": stamp_late}

if __name__ == "__main__":
    main(sys.argv[1])
