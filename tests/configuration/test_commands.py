"""`manage.py plan|apply|export|drift` as a person or a pipeline calls them."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.directory.models import Group
from apps.systemlog.models import LogEvent
from tests.configuration.files import DEMO, yaml
from tests.factories import make_group
from tests.logbook import events

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one group."""
    path = tmp_path / "shop.yaml"
    path.write_bytes(yaml("groups: [{name: Engineering, description: Builds things}]"))
    return path


def call(command: str, *arguments: str | Path) -> str:
    """What the command prints."""
    output = StringIO()
    call_command(command, *map(str, arguments), stdout=output)
    return output.getvalue()


def test_plan_shows_the_difference_and_changes_nothing(file: Path) -> None:
    assert call("plan", file).splitlines() == [
        "+ groups[Engineering]",
        '    description: "Builds things"',
        "",
        "Plan: 1 to create, 0 to change, 0 to delete.",
        "Nothing is revoked.",
    ]
    assert events() == [] and not Group.objects.filter(name="Engineering").exists()


def test_apply_does_it_and_drift_sees_it(file: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        call("drift", file)
    assert caught.value.code == 2
    assert "Applied: 1 created, 0 changed, 0 deleted." in call("apply", file)
    assert call("drift", file) == "No difference.\n"
    assert call("apply", file) == call("plan", file) == "No difference.\n"
    data = LogEvent.objects.get(event_type="system.configuration.apply").body["debugData"]
    assert (data["file"], len(data["sha256"])) == ("shop.yaml", 64)


def test_drift_sees_what_is_not_listed_when_it_is_told_to(file: Path) -> None:
    call("apply", file)
    make_group(name="New")
    assert call("drift", file) == "No difference.\n"
    with pytest.raises(SystemExit):
        call("drift", file, "--prune")


def test_a_deletion_in_the_plan_is_told_for_what_it_is(file: Path) -> None:
    make_group(name="New")
    assert call("plan", file, "--prune").splitlines()[2:4] == [
        "- groups[New]",
        "    revokes nothing",
    ]
    assert "What has another name now is deleted and created" in call("plan", file, "--prune")


def test_mistakes_name_file_and_line(file: Path) -> None:
    file.write_bytes(yaml("groups: [{name: A, x: 1}]\nusers: 7"))
    for command in ("plan", "apply", "drift"):
        with pytest.raises(CommandError) as caught:
            call(command, file)
        assert str(caught.value).splitlines() == [
            "Nothing was changed.",
            f"{file}:2: groups[A].x: is unknown; there are name, description",
            f"{file}:3: users: must be a list",
        ]


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Can't read .*: No such file"):
        call("plan", tmp_path / "no.yaml")


def test_plan_reports_tests_that_would_fail(tmp_path: Path) -> None:
    file = tmp_path / "demo.yaml"
    file.write_text(DEMO.read_text().replace("expect: {rule: Warehouse}", "expect: denied"))
    output = call("plan", file)
    assert "Policy tests: 17, failing: 1." in output
    assert "expected a denial, but: Granted orders:read by rule Warehouse" in output


def test_export_writes_a_file_or_standard_output(file: Path, tmp_path: Path) -> None:
    call("apply", file)
    text = call("export")
    call("export", tmp_path / "all.yaml")
    assert (tmp_path / "all.yaml").read_text() == text
    assert call("drift", tmp_path / "all.yaml", "--prune") == "No difference.\n"
