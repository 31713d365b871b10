"""Actions on selected rows: a group for users or clients, and the end of their tokens."""

import pytest
from django.test import Client as Browser

from apps.clients.models import GroupAssignment
from apps.directory.models import GroupMembership, User
from apps.tokens.models import Grant, TokenCutoff
from tests.admin.conftest import World, signed_in
from tests.admin.pressing import answer_of
from tests.admin.revoking import make_stage
from tests.factories import make_client, make_group, make_user
from tests.logbook import events, mark

USERS, CLIENTS = "/admin/directory/user/", "/admin/clients/client/"
JOIN, ASSIGN = "add_users_to_group", "assign_group_to_clients"
OF_USERS, OF_CLIENTS = "revoke_tokens_of_users", "revoke_tokens_of_clients"


def chosen(action: str, *rows: object, **more: str) -> dict[str, object]:
    return {"action": action, "_selected_action": [getattr(one, "pk", one) for one in rows], **more}


def test_selected_users_join_a_group_and_selected_clients_get_one(
    world: World, root: Browser
) -> None:
    users = [make_user(), make_user()]
    shown = root.post(USERS, chosen(JOIN, *users)).content.decode()
    assert 'name="group"' in shown and str(users[0]) in shown
    before = mark()
    wrong = root.post(USERS, chosen(JOIN, *users, confirmed="1", group="Engin"))
    assert "Do you mean Engineering?" in wrong.content.decode()
    assert mark() == before
    root.post(USERS, chosen(JOIN, *users, confirmed="1", group="Engineering"))
    found = GroupMembership.objects.filter(group=world.group, user__in=users)
    assert found.count() == 2
    clients = [world.service, world.web, make_client("web")]
    root.post(CLIENTS, chosen(ASSIGN, *clients, confirmed="1", group=world.group.pk))
    kept = GroupAssignment.objects.filter(group=world.group, client__in=[world.web, clients[2]])
    assert kept.count() == 2


def test_what_is_refused_of_one_is_done_to_none(world: World, root: Browser) -> None:
    before = mark()
    answer = root.post(
        USERS, chosen(JOIN, make_user(), make_user(), confirmed="1", group="Everyone"), follow=True
    )
    assert "BUILT_IN: this group" in answer.content.decode()
    assert [one for one in events(since=before) if "membership" in one] == []


def test_row_289_of_a_mixed_selection_nothing_is_changed(world: World, superuser: User) -> None:
    owner = make_user(is_staff=True)
    world.service.owners.set([make_group(owner)])
    browser = signed_in(owner)
    page = browser.get(CLIENTS).content.decode()
    assert ASSIGN in page and OF_CLIENTS in page
    assert OF_USERS not in browser.get(USERS).content.decode()
    before = mark()
    for url, data in (
        (CLIENTS, chosen(ASSIGN, world.service, world.web, confirmed="1", group="Engineering")),
        (CLIENTS, chosen(OF_CLIENTS, world.service, world.web, confirmed="1")),
        (CLIENTS, chosen(OF_CLIENTS, world.service, "0oa" + "x" * 17, confirmed="1")),
        (CLIENTS, chosen(OF_CLIENTS, world.service, select_across="1", confirmed="1")),
        (USERS, chosen(OF_USERS, world.user, confirmed="1")),
        (USERS, chosen(JOIN, world.user, confirmed="1", group="Engineering")),
        ("/admin/tokens/grant/", chosen("revoke_grants", "oar1", confirmed="1")),
    ):
        assert browser.post(url, data).status_code == 403, (url, data)
    assert mark() == before
    assert TokenCutoff.objects.count() == 0
    browser.post(CLIENTS, chosen(OF_CLIENTS, world.service, confirmed="1"))
    assert TokenCutoff.objects.get().client_id == world.service.pk


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["help_desk", "auditor"])
def test_the_help_desk_ends_tokens_of_selected_people_and_does_nothing_else(
    who: str, root: Browser
) -> None:
    stage = make_stage(root, by_group=True)
    helper = make_user(is_staff=True, is_help_desk=who == "help_desk")
    browser = signed_in(helper)
    page = browser.get(USERS).content.decode()
    assert (OF_USERS in page) == (who == "help_desk") and JOIN not in page
    assert browser.post(USERS, chosen(JOIN, stage.world.user)).status_code == 403
    shown = browser.post(USERS, chosen(OF_USERS, stage.world.user))
    if who == "auditor":
        assert shown.status_code == 403
        return
    assert "and revoke " in shown.content.decode()
    assert TokenCutoff.objects.count() == 0 and Grant.objects.count() == 1
    browser.post(USERS, answer_of(shown))
    assert TokenCutoff.objects.get().user_id == stage.world.user.pk
