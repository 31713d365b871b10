"""The domain stays free of Django, so that its tests and its readers are quick."""

import subprocess
import sys

HEAVY = {"django", "rest_framework", "celery", "redis", "psycopg", "oauth2_provider", "apps"}


def test_the_domain_loads_no_framework() -> None:
    program = (
        "import importlib, pkgutil, sys, authzsite.domain as domain\n"
        "for module in pkgutil.walk_packages(domain.__path__, 'authzsite.domain.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert HEAVY & set(run.stdout.split()) == set()
