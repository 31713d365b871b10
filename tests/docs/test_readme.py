"""The README says what is so: its tables are the code's, its commands and paths exist, its numbers
are the limits.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands
from pytest_django.live_server_helper import LiveServer

from apps.management.firstrun import DEMO_FILE
from apps.oauth import runtime
from apps.servers.models import Installation
from apps.servers.services import ensure_installation
from authzsite.domain import limits
from tests.docs.blocks import BLOCK, BLOCKS, README, ROOT, written
from tests.factories import make_superuser

TEXT = README.read_text()
FIRST_SCREEN = 70  # lines before the first section


def shell_lines() -> Iterator[list[str]]:
    """Every command of a shell block, as words, without its comment."""
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S):
        yield from (shlex.split(line, comments=True) for line in block.splitlines() if line)


def curl_lines() -> list[list[str]]:
    return [words for words in shell_lines() if words[0] == "curl"]


@pytest.mark.once
def test_its_tables_are_made_from_the_code() -> None:
    found = {match["name"] for match in BLOCK.finditer(TEXT)}
    assert found == set(BLOCKS)
    assert written(TEXT) == TEXT, "run: python -m tests.docs.blocks"


@pytest.mark.once
def test_it_begins_with_three_sentences_the_two_commands_and_a_token() -> None:
    lines = TEXT.splitlines()
    sentences = re.findall(r"\.(?:\s|$)", "\n".join(lines[2:5]).replace("OAuth 2.0", ""))
    assert len(sentences) == 3
    start = "\n".join(lines[:FIRST_SCREEN])
    for part in ("make run", "make test", "curl", "map of the house", "grant type", "condition"):
        assert part in start, part


@pytest.mark.once
def test_its_commands_exist() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M)
    names = {words[1] for words in shell_lines() if words[0] == "make"}
    assert names <= set(targets)
    for words in shell_lines():
        if "manage.py" in words:
            assert words[words.index("manage.py") + 1] in get_commands()
    for name in re.findall(r"`manage\.py (\w+)", TEXT):
        assert name in get_commands()


@pytest.mark.once
def test_every_place_on_the_map_exists_and_every_app_is_on_it() -> None:
    drawn = re.search(r"### The map of the house\n\n```\n(.*?)```", TEXT, re.S)
    assert drawn
    places = re.findall(r"^(\S+)(?:  (\S+/))?", drawn[1], re.M)
    names = [name for pair in places for name in pair if name]
    assert [name for name in names if not (ROOT / name).exists()] == []
    apps = {f"{app.replace('.', '/')}/" for app in settings.INSTALLED_APPS if app[:5] == "apps."}
    assert apps <= set(names)


@pytest.mark.once
def test_every_file_and_folder_that_it_names_exists() -> None:
    named = re.findall(r"`((?:apps|authzsite|deploy|tests|static)/[\w./-]+)`", TEXT)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.once
def test_its_pictures_exist_and_are_small() -> None:
    for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT):
        assert (ROOT / name).stat().st_size < 300_000


@pytest.mark.once
def test_its_numbers_are_the_limits() -> None:
    assert limits.CODE_SECONDS == 60 and "within 60 seconds" in TEXT
    assert limits.LEEWAY_SECONDS[1] == 60 and "leeway of up to 60 seconds" in TEXT
    assert limits.ACCESS_TOKEN_MINUTES[0] == 5 and "five minutes is the least" in TEXT
    assert Installation._meta.get_field("organization").default == "org"


@pytest.mark.once
def test_it_says_first_that_a_jwt_outlives_its_revocation_elsewhere() -> None:
    security = TEXT.split("## Security")[1].split("\n\n")[1]
    assert security.startswith("**A JWT access token stays valid")


@pytest.mark.django_db(transaction=True)
def test_its_curl_lines_work_when_pasted(
    live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "BASE_URL", live_server.url)
    runtime.clear()
    filled = {"$SECRET": demo_secret(), "$TOKEN": api_token()}
    filled["http://localhost:8000"] = live_server.url
    granted, refused, listed = (run(words, filled) for words in curl_lines())
    assert '"access_token":' in granted
    assert '"audiences":' in listed
    assert '"error":"access_denied"' in refused
    assert f"{live_server.url}/admin/reference/" in refused


def demo_secret() -> str:
    """The secret of the demo's service, in a database that the demo is applied to."""
    from apps.management.configuration.run import apply

    ensure_installation()
    result = apply(DEMO_FILE.read_bytes(), name=DEMO_FILE.name)
    return next(one.text for one in result.secrets if one.name == "demo-service")


def api_token() -> str:
    """An administrator's, made by the README's own command."""
    owner, output = make_superuser(), StringIO()
    call_command("createapitoken", owner=owner.login, name="scripts", stdout=output)
    return output.getvalue().strip()


def run(words: list[str], filled: dict[str, str]) -> str:
    """One line of the README, with address and secrets filled in."""
    for name, value in filled.items():
        words = [word.replace(name, value) for word in words]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=20).stdout
