"""So many tokens and events of others in the tables, by the statements of the console's benchmark.

A process of its own, `python -m tests.bench.edge.filling TOKENS EVENTS`, with the server's
environment.
"""

import os
import sys

import django

CLIENTS, SERVERS, USERS = 50_000, 1_000, 200_000  # ids that the rows name


def main(tokens: int, events: int) -> None:
    """Grants, access tokens, events; then what a planner should know."""
    from tests.bench.console.world import Size, fill
    from tests.bench.edge.seed import settle

    fill(Size(tokens, SERVERS, CLIENTS, USERS), events=events)
    settle()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "authzsite.settings"
    django.setup()
    main(int(sys.argv[1]), int(sys.argv[2]))
