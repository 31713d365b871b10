"""The dashboard: numbers over time, and what should be looked at; never a count of the log."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.clients.models import Client
from apps.oauth import unused
from apps.oauth.console.chart import HEIGHT, LEAST, chart
from apps.oauth.tasks import find_unused_clients
from apps.oauth.unused import UNUSED_CLIENTS, find_unused
from apps.policies.models import Rule
from apps.servers.models import AuthorizationServer, SigningKey
from apps.systemlog.jobs import run_job
from apps.systemlog.models import LogEvent, Tally
from apps.systemlog.tally import CODE, DENIAL, GRANT, TOKEN
from tests.admin.conftest import World, ask_for_token
from tests.factories import (
    make_client,
    make_client_and_secret,
    make_policy,
    make_rule,
    make_server,
    make_user,
)

DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def shown(browser: Browser) -> str:
    response = browser.get("/admin/")
    assert response.status_code == 200
    return response.content.decode()


def test_grants_and_denials_are_drawn_and_stand_in_a_table(world: World, root: Browser) -> None:
    Tally.objects.create(hour=now(), kind=GRANT, count=1204)
    Tally.objects.create(hour=now(), kind=DENIAL, reason="scope_denied", count=7)
    Tally.objects.create(hour=now() - 3 * DAY, kind=GRANT, count=1000)
    Tally.objects.create(hour=now() - 40 * DAY, kind=GRANT, count=5)
    body = shown(root)
    totals = re.findall(r'class="chart-total"[^>]*>([\d,]+)', body)
    assert totals == ["1,204", "7", "2,204", "7"]
    assert body.count("<rect") == 2 + 3
    assert 'role="img"' in body and "Grants: 1,204 from" in body
    assert '<td class="num">1204</td><td class="num">7</td>' in body
    assert "Scope denied" in body


def test_tokens_are_told_by_server(world: World, root: Browser) -> None:
    Tally.objects.create(hour=now(), server_id="orders", kind=TOKEN, count=402118)
    Tally.objects.create(hour=now(), server_id="gone", kind=TOKEN, count=3)
    body = shown(root)
    assert "402,118" in body and "Orders API" in body and "gone" in body


def test_a_bar_that_is_not_nothing_is_seen() -> None:
    bars = chart("x", [("a", 0), ("b", 1), ("c", 100_000)])["bars"]
    assert [float(one["height"]) for one in bars] == [0, LEAST, HEIGHT]
    assert chart("x", [])["bars"] == []


def test_r9_a_rule_that_never_matches_is_told_with_its_place(world: World, root: Browser) -> None:
    wide = make_rule(world.policy, name="Wide", priority=1)
    body = shown(root)
    assert "Read of Orders API never matches" in body
    assert "rule Wide of policy All answers first" in body
    assert f"/policies/#rule-{world.rule.pk}" in body
    assert f"#rule-{wide.pk}" not in body


def test_a_rule_that_granted_nothing_for_30_days_is_told_once_it_is_known(
    world: World, root: Browser
) -> None:
    Rule.objects.filter(pk=world.rule.pk).update(last_updated=now() - 60 * DAY)
    assert "granted nothing" not in shown(root)
    Tally.objects.create(hour=now() - 31 * DAY, kind=GRANT, count=1)
    assert "Read of Orders API granted nothing for 30 days" in shown(root)
    Tally.objects.create(
        hour=now() - DAY, server_id="orders", kind=GRANT, rule_id=world.rule.pk, count=1
    )
    assert "granted nothing" not in shown(root)


def test_a_client_that_got_nothing_for_90_days_is_told(world: World, root: Browser) -> None:
    Client.objects.update(created=now() - 100 * DAY)
    assert "got no token" not in shown(root)  # nobody has looked yet
    find_unused_clients()
    body = shown(root)
    assert "Warehouse got no token for 90 days" in body and "Shop got no token" in body
    ask_for_token(world, "orders:read")
    assert "Warehouse got no token" not in shown(root)


def test_unused_clients_are_found_batch_by_batch_and_go_when_they_are_used(
    world: World, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told by secrets and by the log: a public client has no secret."""
    monkeypatch.setattr(unused, "BATCH_ROWS", 1)
    young = make_client("web", name="Young")
    Client.objects.exclude(pk=young.pk).update(created=now() - 100 * DAY)
    got = {"event_type": CODE, "client_id": world.web.pk, "outcome": "SUCCESS", "severity": "INFO"}
    LogEvent.objects.create(uuid="1", published=now() - 95 * DAY, **got)
    for over_time in (True, False):
        monkeypatch.setattr("apps.systemlog.jobs.Progress.is_over_time", lambda _, o=over_time: o)
        run_job(UNUSED_CLIENTS, partial(find_unused, now=now()), force=True)
        assert ("Shop got no token" in shown(root)) != over_time
    LogEvent.objects.create(uuid="2", published=now() - DAY, **got)
    run_job(UNUSED_CLIENTS, partial(find_unused, now=now()), force=True)
    body = shown(root)
    assert "Warehouse got no token" in body
    assert "Shop got no token" not in body and "Young got no token" not in body


def test_a_key_that_nobody_rotates_is_told(world: World, root: Browser) -> None:
    AuthorizationServer.objects.filter(pk="orders").update(rotation_mode="MANUAL")
    assert "The key of Orders API" not in shown(root)
    SigningKey.objects.filter(state="CURRENT").update(activated_at=now() - 80 * DAY)
    assert "The key of Orders API signs since" in shown(root)


def test_what_needs_attention_leads_to_where_it_is_and_to_all_of_its_kind(
    world: World, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets about to expire, servers without a policy, keys that nobody rotates, clients unused
    for 90 days: the list shows exactly those."""
    for module in ("dashboard", "dashboard_attention"):
        monkeypatch.setattr(f"apps.oauth.console.{module}.SHOWN", 1)
    soon, later = now() + 3 * DAY, now() + 90 * DAY
    for name, expires in (("Ending", soon), ("Going", soon), ("Lasting", later)):
        client, _secret = make_client_and_secret("service", name=name)
        client.secrets.update(expires_at=expires)
    bare = [make_server(f"bare{i}", name=f"Bare {i}") for i in "ab"]
    off = make_server("off", name="Off")
    AuthorizationServer.objects.filter(pk=off.pk).update(status="INACTIVE")
    old = {"state": "CURRENT", "server__in": [one.pk for one in bare]}
    AuthorizationServer.objects.filter(pk__in=old["server__in"]).update(rotation_mode="MANUAL")
    SigningKey.objects.filter(**old).update(activated_at=now() - 80 * DAY)
    used = [world.service.pk, world.web.pk]
    Client.objects.exclude(pk__in=used).update(created=now() - 100 * DAY)
    find_unused_clients()
    body = shown(root)
    assert "A secret of Ending expires" in body and "A secret of Lasting" not in body
    assert "Bare a has no access policy" in body and "Off has no access policy" not in body
    clients, servers = "/admin/clients/client/", "/admin/servers/authorizationserver/"
    exactly = {
        f"{clients}?attention=secret": {"Ending", "Going"},
        f"{clients}?attention=unused": {"Ending", "Going", "Lasting"},
        f"{servers}?attention=policy": {"Bare a", "Bare b"},
        f"{servers}?attention=key": {"Bare a", "Bare b"},
    }
    for href, names in exactly.items():
        assert f'href="{href}"' in body
        found = {one.name for one in root.get(href).context["cl"].result_list}
        assert found == names, href


def test_the_dashboard_costs_the_same_whatever_there_is(world: World, root: Browser) -> None:
    def cost() -> tuple[int, list[str]]:
        with CaptureQueriesContext(connection) as captured:
            shown(root)
        return len(captured), [one["sql"] for one in captured]

    def more() -> None:
        server = make_server()
        policy = make_policy(server)
        make_rule(policy)
        make_rule(policy)
        make_client()
        make_user()
        ask_for_token(world, "orders:read openid")
        Tally.objects.create(hour=now(), server_id=server.pk, kind=TOKEN, count=2)

    more()
    shown(root)
    few, _statements = cost()
    for _ in range(3):
        more()
    assert LogEvent.objects.filter(outcome="FAILURE").count() == 4
    many, statements = cost()
    assert many == few
    counted = [one for one in statements if "COUNT(" in one and "systemlog_logevent" in one]
    assert counted == []


@pytest.mark.parametrize("who", ["root", "auditor"])
def test_every_link_of_the_dashboard_leads_somewhere(
    world: World, who: str, request: pytest.FixtureRequest
) -> None:
    browser: Browser = request.getfixturevalue(who)
    make_rule(world.policy, name="Wide", priority=1)
    Tally.objects.create(hour=now(), server_id="orders", kind=TOKEN, count=1)
    found = set(re.findall(r'href="(/admin/[^"#]*)', shown(browser)))
    links = {one.replace("&amp;", "&") for one in found if "logout" not in one}
    answers = {one: browser.get(one).status_code for one in links}
    assert {one: code for one, code in answers.items() if code not in (200, 302)} == {}
