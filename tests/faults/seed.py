"""What a fault test's installation holds: run in its own process, against its own database.

    python -m tests.faults.seed '{"token_format": "jwt"}'

Migrates, makes a world, and prints it as JSON.
"""

import json
import os
import sys
from typing import Any

import django


def main(wanted: dict[str, Any]) -> None:
    """Print ids and secrets."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authzsite.settings")
    os.umask(0o077)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from tests.faults.service_world import make

    print(json.dumps(make(**wanted)))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})
