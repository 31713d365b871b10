"""`manage.py bump_epoch`: the emergency lever needs the database and nothing else (row 5.1.7)."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.management.management.commands import bump_epoch
from apps.servers.models import Installation
from apps.systemlog.models import LogEvent, RevocationJob
from tests.oauth.liveness.causes import ALL, OF_CLIENT, OF_SERVER, OF_USER
from tests.oauth.liveness.scene import COLUMNS, Scene, make_scene

pytestmark = pytest.mark.django_db
EVENT = "app.oauth2.as.token.revoke"


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("bump_epoch", *arguments, stdout=output)
    return output.getvalue()


def arguments_of(scene: Scene, what: str) -> list[str]:
    world = scene.world
    names = {"server": world.server.pk, "client": world.client.client_id, "user": world.user.login}
    return [f"--{what}", names[what]] if what in names else ["--all", "--yes"]


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
@pytest.mark.parametrize(
    ("what", "dead", "words"),
    [
        ("all", ALL, "every token of org, whoever has it"),
        ("server", OF_SERVER, "every token of the authorization server"),
        ("client", OF_CLIENT, "every token of the client"),
        ("user", OF_USER, "every token of the user"),
    ],
)
def test_it_ends_exactly_these_tokens_and_says_so(
    what: str, dead: frozenset[str], words: str, token_format: str
) -> None:
    scene = make_scene(token_format)
    scene.issue()
    said = run(*arguments_of(scene, what))
    assert scene.alive() == COLUMNS - dead
    assert words in said and RevocationJob.objects.count() == 1


def test_r24_the_log_names_who_was_at_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ops")
    monkeypatch.setattr("socket.gethostname", lambda: "db1")
    said = run("--all", "--yes")
    event = LogEvent.objects.get(event_type=EVENT)
    assert (event.actor_id, event.actor_type) == ("system", "SystemPrincipal")
    assert event.actor_name == "ops@db1"
    assert event.body["actor"]["displayName"] == "ops@db1, at the command line"
    assert event.reference in said


@pytest.mark.parametrize("error", [OSError, KeyError])
def test_a_user_without_a_name_can_use_it_too(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", nobody)
    run("--all", "--yes")
    assert LogEvent.objects.get(event_type=EVENT).actor_name.startswith("somebody@")


@pytest.mark.parametrize("arguments", [("--server", "x"), ("--client", "x"), ("--user", "x")])
def test_what_does_not_exist_is_said_and_changes_nothing(arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="There is no .* 'x'. Nothing was changed."):
        run(*arguments)
    assert not RevocationJob.objects.exists() and not LogEvent.objects.filter(event_type=EVENT)


@pytest.mark.parametrize("arguments", [(), ("--all", "--user", "x"), ("--server", "a", "--all")])
def test_it_wants_exactly_one_thing(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "is_done"), [("org", True), ("", False), ("yes", False), ("Org", False)]
)
def test_everything_has_to_be_confirmed_by_typing_the_organisations_name(
    typed: str, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Installation.objects.get(pk=1).epoch
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda prompt: typed)
    if is_done:
        run("--all")
    else:
        with pytest.raises(CommandError, match="Nothing was changed"):
            run("--all")
    assert (Installation.objects.get(pk=1).epoch != before) is is_done


def test_a_script_has_to_say_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CommandError, match="--yes"):
        run("--all")
    assert not RevocationJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_dead_costs_nothing_but_the_hint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def send_task(self: Any, name: str, **options: Any) -> None:
        asked.append(name)
        raise ConnectionError

    monkeypatch.setattr("celery.Celery.send_task", send_task)
    assert "Ended at once" in run("--all", "--yes")
    assert asked == ["apps.tokens.tasks.run_revocation_job"]
    assert RevocationJob.objects.get().state == RevocationJob.State.OPEN


def test_a_broken_setting_keeps_nobody_from_it() -> None:
    assert bump_epoch.Command.requires_system_checks == []
    assert not bump_epoch.Command.requires_migrations_checks
