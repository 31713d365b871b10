"""The first start makes what is missing; later ones only read, and print lines that still work."""

import json
import re
import shlex
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management.base import CommandError
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from apps.clients.models import Client
from apps.clients.services import rotate_secret
from apps.directory.models import User
from apps.management.firstrun import first_run, secrets_file
from apps.policies.models import Policy
from apps.servers.models import AuthorizationServer
from tests.factories import TESTER, make_client, make_superuser
from tests.logbook import events, mark
from tests.oauth import http

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> None:
    """A data folder of its own."""
    settings.DATA_DIR, settings.DEMO, settings.ADMIN_PASSWORD = tmp_path, True, ""


def start() -> tuple[str, list[str]]:
    """What is said at once, and the lines for later."""
    output = StringIO()
    return output.getvalue(), first_run(output) + output.getvalue().splitlines()


def posted(line: str) -> Any:
    """The request that a curl line makes, by its words."""
    words = shlex.split(line)
    client_id, _, secret = words[words.index("-u") + 1].partition(":")
    given = [words[place + 1] for place, word in enumerate(words) if word == "-d"]
    url = re.sub("^https?://[^/]+", "", words[-1])
    form = dict(pair.split("=", 1) for pair in given)
    return http.post_form(Browser(), url, (client_id, secret), **form)


def test_the_first_start_prints_lines_that_work_when_pasted() -> None:
    lines = start()[1]
    granted, denied, introspection = (line for line in lines if line.startswith("  curl"))
    token = posted(granted).json()["access_token"]
    refusal = posted(denied)
    assert refusal.status_code == 400
    assert refusal.json()["error_uri"].startswith("http://localhost:8000/admin/reference/")
    inner = re.sub(r'"\$\(.*\)"', token, introspection)
    assert posted(inner).json()["active"] is True


def test_the_administrator_may_sign_in_with_the_printed_password() -> None:
    password = re.search("password (.+) \\(shown once\\)", "\n".join(start()[1]))
    assert password
    browser = Browser()
    form = {"login": "admin", "password": password[1]}
    assert browser.post("/accounts/login/", form).status_code == 302
    assert User.objects.get(login="admin").is_superuser


def test_later_starts_change_nothing_and_print_the_same_lines(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    first, log = [line for line in start()[1] if "shown once" not in line], mark()
    with django_assert_max_num_queries(20):
        assert start()[1] == first
    assert events(since=log) == []


def test_a_password_from_the_environment_is_taken_and_not_printed(settings: LazySettings) -> None:
    settings.ADMIN_PASSWORD = "a password of my own"
    assert settings.ADMIN_PASSWORD not in "\n".join(start()[1])
    assert User.objects.get(login="admin").check_password(settings.ADMIN_PASSWORD)


def test_a_bad_password_from_the_environment_stops_the_start(settings: LazySettings) -> None:
    settings.ADMIN_PASSWORD = "12345"
    with pytest.raises(CommandError, match="administrator can't be created"):
        start()
    assert not AuthorizationServer.objects.exists()


def test_the_demos_secrets_are_nobody_elses_to_read() -> None:
    start()
    assert stat.S_IMODE(secrets_file().stat().st_mode) == 0o600
    assert set(json.loads(secrets_file().read_text())) >= {"demo-service", "alice@example.com"}


def test_without_the_demo_there_are_servers_and_an_administrator(settings: LazySettings) -> None:
    settings.DEMO = False
    lines = start()[1]
    assert sorted(AuthorizationServer.objects.values_list("pk", flat=True)) == ["default", "org"]
    assert (Client.objects.count(), Policy.objects.count(), User.objects.count()) == (0, 0, 1)
    assert any("manage.py apply FILE" in line for line in lines)


def test_a_demo_never_changes_what_somebody_has_configured() -> None:
    make_client()
    start()
    assert AuthorizationServer.objects.get(pk="default").audience == "api://default"
    assert not Client.objects.filter(client_id="demo-service").exists()


def test_no_second_administrator_is_made() -> None:
    make_superuser(login="somebody")
    assert "shown once" not in "\n".join(start()[1])
    assert not User.objects.filter(login="admin").exists()


def test_lines_that_no_longer_work_are_not_printed() -> None:
    start()
    rotate_secret(actor=TESTER, client=Client.objects.get(client_id="demo-service"))
    assert not [line for line in start()[1] if "curl" in line]
