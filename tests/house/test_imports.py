"""The domain stays free of Django, so that its tests and its readers are quick."""

import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
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


def test_the_import_rules_name_every_module_of_the_project_package() -> None:
    """A new module of `authzsite` would otherwise be open to the apps."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    named = {name for c in contracts["contracts"] for name in c.get("forbidden_modules", ())}
    modules = {m.name for m in pkgutil.iter_modules([str(ROOT / "authzsite")])} - {"domain"}
    assert {f"authzsite.{name}" for name in modules} <= named
