"""Delegated administration: a group owns servers and clients, and one function says for the API and
the console alike who may change what of them (rows 260 and 261)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser

from apps.clients.services import set_client_owners
from apps.directory.models import Group, User
from apps.directory.owners import may_change
from apps.directory.services import remove_member
from apps.servers.models import AuthorizationServer
from authzsite.domain.validation import InvalidError
from tests.factories import (
    TESTER,
    make_group,
    make_superuser,
    make_user,
)
from tests.logbook import changes
from tests.management.caller import enrol
from tests.management.estate import CHANGES, YES, Change, Estate, estate
from tests.management.okta.caller import Program, a_superusers_program, program_of

pytestmark = pytest.mark.once  # no statement differs between the databases


@pytest.fixture
def api() -> Program:
    """A superuser's program."""
    return a_superusers_program()


def ids(one: Estate) -> dict[str, str]:
    return {name: getattr(one, name).pk for name in one.__dataclass_fields__}


def happens(one: Estate, change: Change, do: Callable[[], Any]) -> tuple[bool, int]:
    """Whether the state is another one afterwards, and the answer's status; nothing stays."""
    with transaction.atomic():
        before = change.state(one)
        status = do().status_code
        after = change.state(one)
        transaction.set_rollback(True)
    return before != after, status


def by_api(user: User, one: Estate, change: Change) -> tuple[bool, int]:
    method, path, body = change.api
    program = program_of(user)
    return happens(one, change, lambda: program.call(method, path.format(**ids(one)), body))


def by_console(user: User, one: Estate, change: Change) -> tuple[bool, int]:
    browser = Browser()
    browser.force_login(user)
    path, form = change.console
    url = f"/admin/{path.format(**ids(one))}"
    given = {name: value.format(**ids(one)) for name, value in form.items()}
    if path.endswith("/change/"):
        given = settings_of(browser, url) | {"owners": []}
    return happens(one, change, lambda: browser.post(url, given))


def settings_of(browser: Browser, url: str) -> dict[str, Any]:
    """What the page's form would send, unchanged."""
    form = browser.get(url).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    values = {name: "\n".join(v) if name.endswith("uris") else v for name, v in values.items()}
    return {name: value for name, value in values.items() if value not in (None, False)}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
@pytest.mark.parametrize("who", ["superuser", "owner", "owner of others", "auditor"])
def test_the_api_and_the_console_agree_on_who_may(who: str, change: Change) -> None:
    person = make_superuser() if who == "superuser" else make_user(is_staff=True)
    mine = make_group(person)
    one = estate(mine if who == "owner" else make_group(make_user(is_staff=True)))
    if who == "owner of others":
        estate(mine)
    expected = who == "superuser" or (who == "owner" and change.for_owners)
    is_done, status = by_api(person, one, change)
    assert (is_done, status < 300) == (expected, expected), status
    is_done, status = by_console(person, one, change)
    assert is_done is expected, status
    if not expected and not change.console[0].endswith("/change/"):
        assert status == 403


def test_row_260_an_owner_makes_no_server_and_no_client_and_touches_no_people() -> None:
    person = make_user(is_staff=True)
    group = make_group(person)
    estate(group)
    program = program_of(person)
    body = {"name": "Mine", "audiences": ["https://mine.example"]}
    assert program.post("authorizationServers", body).status_code == 403
    assert program.post("apps", {}).status_code == 403
    assert program.put(f"groups/{group.pk}/users/{make_user().pk}").status_code == 403
    browser = Browser()
    browser.force_login(person)
    for path in ("servers/authorizationserver", "clients/client", "directory/group"):
        assert browser.get(f"/admin/{path}/add/").status_code == 403


def test_row_260_a_part_is_added_only_to_the_server_that_is_owned() -> None:
    person = make_user(is_staff=True)
    mine, other = estate(make_group(person)), estate(None)
    browser = Browser()
    browser.force_login(person)
    for kind in ("servers/scope", "servers/claim", "policies/policy"):
        assert browser.get(f"/admin/{kind}/add/?server={mine.server.pk}").status_code == 200
        assert browser.get(f"/admin/{kind}/add/?server={other.server.pk}").status_code == 403
        assert browser.get(f"/admin/{kind}/add/?server=nothing").status_code == 403
    assert browser.get(f"/admin/policies/rule/add/?policy={other.policy.pk}").status_code == 403
    assert browser.get(f"/admin/policies/rule/add/?policy={mine.policy.pk}").status_code == 200


def test_row_261_who_leaves_the_group_is_refused_from_the_next_request() -> None:
    person = make_user(is_staff=True)
    group = make_group(person)
    one = estate(group)
    program, browser = program_of(person), Browser()
    browser.force_login(person)
    path = f"authorizationServers/{one.server.pk}/scopes"
    console = f"/admin/servers/authorizationserver/{one.server.pk}/deactivate/"
    assert program.post(path, {"name": "a"}).status_code == 201
    assert browser.get(console).status_code == 200
    remove_member(actor=TESTER, group=group, user=person)
    assert program.post(path, {"name": "b"}).status_code == 403
    assert browser.get(console).status_code == 403
    assert browser.post(console, YES).status_code == 403
    assert AuthorizationServer.objects.get(pk=one.server.pk).status == "ACTIVE"


@pytest.mark.parametrize("change", [{"is_staff": False}, {"status": "SUSPENDED"}])
def test_row_261_who_is_no_administrator_any_more_changes_nothing(change: dict[str, Any]) -> None:
    person = make_user(is_staff=True)
    one = estate(make_group(person))
    program = program_of(person)
    User.objects.filter(pk=person.pk).update(**change)
    path = f"authorizationServers/{one.server.pk}/scopes"
    assert program.post(path, {"name": "b"}).status_code == 401
    assert not may_change(User.objects.get(pk=person.pk), one.server)


def test_owners_are_set_shown_and_logged_field_by_field(api: Program) -> None:
    one, group = estate(None), make_group()
    for path, event in (
        (f"authorizationServers/{one.server.pk}/owners", "oauth2.as.updated"),
        (f"apps/{one.app.pk}/owners", "application.lifecycle.update"),
    ):
        assert api.get(path).json() == {"owners": []}
        answer = api.put(path, {"owners": [group.pk]})
        assert (answer.status_code, answer.json()) == (200, {"owners": [group.pk]})
        assert api.get(path).json() == {"owners": [group.pk]}
        assert changes(event)["owners"] == ([], [group.pk])
        assert api.put(f"{path}?dryRun=true", {"owners": []}).json()["grants"] == 0
        assert api.get(path).json() == {"owners": [group.pk]}


@pytest.mark.parametrize("owner", ["nothing", "\0", "x" * 200])
def test_what_is_no_group_owns_nothing(api: Program, owner: str) -> None:
    one = estate(None)
    for path in (f"authorizationServers/{one.server.pk}/owners", f"apps/{one.app.pk}/owners"):
        assert api.put(path, {"owners": [owner]}).status_code == 400
        assert api.get(path).json() == {"owners": []}


def test_everyone_owns_nothing(api: Program) -> None:
    one = estate(None)
    everyone = Group.objects.get(type=Group.Type.BUILT_IN)
    path = f"authorizationServers/{one.server.pk}/owners"
    assert api.put(path, {"owners": [everyone.pk]}).status_code == 400


def test_row_260_a_configuration_client_has_no_owner(api: Program) -> None:
    client, group = enrol("*:**").client, make_group()
    with pytest.raises(InvalidError):
        set_client_owners(actor=TESTER, client=client, group_ids=[group.pk])
    assert api.put(f"apps/{client.pk}/owners", {"owners": [group.pk]}).status_code == 403
    assert not client.owners.exists()


def test_row_260_a_token_gives_away_only_what_it_reaches() -> None:
    one, group = estate(None), make_group()
    path = f"api/v1/authorizationServers/{one.server.pk}"
    for scope, status in ((f"*:{path}/owners", 403), (f"*:{path}/**", 200)):
        program = Program(f"Bearer {enrol(scope).token}")
        assert program.put(f"/{path}/owners", {"owners": [group.pk]}).status_code == status
