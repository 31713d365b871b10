"""`manage.py policytest --junit`: a report that CI systems can read."""

from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from apps.policies.models import PolicyTest
from apps.policies.services import create_policy_test
from tests.factories import TESTER, make_server
from tests.management.okta.small_world import small_world

pytestmark = pytest.mark.django_db
# The attributes that the format's common schema (JUnit 10) demands of each element.
DEMANDED = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "time"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure"},
    "failure": set(),
}


def report(path: Path, **options: Any) -> ElementTree.Element:
    """Of a run that fails."""
    with pytest.raises(SystemExit):
        call_command("policytest", junit=str(path), stdout=StringIO(), **options)
    return ElementTree.parse(path).getroot()  # noqa: S314 - our own


def made(server_id: str, name: str, client: str, outcome: str) -> PolicyTest:
    return create_policy_test(
        actor=TESTER,
        server_id=server_id,
        name=name,
        client_id=client,
        grant_type="client_credentials",
        scopes=["read"],
        outcome=outcome,
    )


def test_the_report_is_junit_and_counts_what_it_holds(tmp_path: Path) -> None:
    world = small_world(name='Ord<er>s & "more"')
    job = world.client("job").pk
    made(world.server.pk, "job <may>", job, "ALLOW")
    made(world.server.pk, "job & friends may not", job, "DENY")
    other = make_server(name="Other")
    made(other.pk, "nobody", job, "DENY")
    root = report(tmp_path / "report.xml")
    for element in root.iter():
        assert element.attrib.keys() == DEMANDED[element.tag]
        assert {child.tag for child in element} <= CHILDREN[element.tag]
    suites = {suite.attrib["name"]: suite for suite in root}
    assert "Other" in suites
    mine = suites['Ord<er>s & "more"']
    assert (mine.attrib["tests"], mine.attrib["failures"]) == ("2", "1")
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("3", "1", "0")
    [failure] = root.iter("failure")
    assert failure.attrib["message"].startswith("expected a denial, but: Granted")
    assert [case.attrib["name"] for case in mine if case.find("failure") is not None] == [
        "job & friends may not"
    ]


def test_one_server_is_one_suite_and_a_place_that_is_none_is_an_error(tmp_path: Path) -> None:
    world = small_world()
    made(world.server.pk, "job may not", world.client("job").pk, "DENY")
    root = report(tmp_path / "one.xml", server=world.server.pk)
    assert [suite.attrib["name"] for suite in root] == [world.server.name]
    with pytest.raises(CommandError, match="No such file"):
        call_command("policytest", junit=str(tmp_path / "no" / "x.xml"), stdout=StringIO())
