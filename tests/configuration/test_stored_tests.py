"""Stored policy tests stand behind configuration files, too: a file is one change."""

import pytest

from apps.clients.models import Client
from apps.directory.models import User
from apps.management.configuration import run
from apps.management.configuration.problems import ConfigurationError
from apps.policies.models import Rule
from apps.policies.services import create_policy_test
from tests.configuration.files import yaml
from tests.factories import TESTER

READ = (
    "authorizationServers: [{id: orders, policies: [{name: Web, rules: [{name: Engineers, %s}]}]}]"
)
NARROWED = READ % "scopes: []"
SWAPPED = """
authorizationServers:
  - id: orders
    policies:
      - name: Web
        rules:
          - {name: Writers, people: {groups: [EVERYONE]}}
          - {name: Engineers, scopes: []}
"""


@pytest.fixture
def alice_reads(shop: run.Result) -> None:
    """Alice gets orders:read by the rule Engineers, or by any."""
    create_policy_test(
        actor=TESTER,
        server_id="orders",
        name="Alice reads",
        client_id=Client.objects.get(client_id="demo-web").pk,
        user_id=User.objects.get(login="alice@example.com").pk,
        grant_type="authorization_code",
        scopes=["orders:read"],
        outcome="ALLOW",
        rule_id=Rule.objects.get(name="Engineers").pk,
    )


@pytest.mark.usefixtures("alice_reads")
def test_a_file_that_breaks_a_stored_test_is_refused_and_changes_nothing() -> None:
    with pytest.raises(ConfigurationError, match="policy test Alice reads: expected rule"):
        run.apply(yaml(NARROWED))
    assert "orders:read" in str(Rule.objects.get(name="Engineers").conditions)


@pytest.mark.usefixtures("alice_reads")
def test_plan_and_apply_say_the_same_of_a_stored_test() -> None:
    planned = [str(problem) for problem in run.plan(yaml(NARROWED)).failed_tests]
    with pytest.raises(ConfigurationError) as refused:
        run.apply(yaml(NARROWED))
    assert planned == [str(problem) for problem in refused.value.problems] and len(planned) == 1


@pytest.mark.usefixtures("alice_reads")
def test_what_a_step_breaks_a_later_step_may_mend() -> None:
    rule = Rule.objects.get(name="Engineers")
    create_policy_test(
        actor=TESTER,
        server_id="orders",
        name="Anyhow",
        client_id=Client.objects.get(client_id="demo-web").pk,
        user_id=User.objects.get(login="alice@example.com").pk,
        grant_type="authorization_code",
        scopes=["orders:read"],
        outcome="ALLOW",
    )
    with pytest.raises(ConfigurationError) as refused:
        run.apply(yaml(SWAPPED))
    assert [str(one).partition(":")[0] for one in refused.value.problems] == [
        "policy test Alice reads"
    ]
    assert Rule.objects.get(pk=rule.pk).conditions == rule.conditions
