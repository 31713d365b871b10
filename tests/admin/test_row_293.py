"""Row 293: whoever writes, a form, an action, a file, a command or the API, the event, the versions
and the row are one transaction; and what no service does, the net tells (tests/guards)."""

import io
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client as Browser

from apps.clients.models import Client
from apps.servers.models import Installation
from apps.systemlog.models import LogEvent, RevocationJob
from tests.admin.conftest import World
from tests.admin.pressing import form_of
from tests.logbook import events, mark

pytestmark = [pytest.mark.django_db, pytest.mark.once]
Path = Callable[[World, Browser], object]


def by_form(world: World, root: Browser) -> object:
    url = f"/admin/clients/client/{world.web.pk}/change/"
    return root.post(url, form_of(root, url) | {"redirect_uris": "https://new.example.com/cb"})


def by_button(world: World, root: Browser) -> object:
    return root.post(f"/admin/clients/client/{world.web.pk}/deactivate/", {"confirmed": "1"})


def by_action(world: World, root: Browser) -> object:
    data = {"action": "deactivate_clients", "_selected_action": [world.web.pk], "confirmed": "1"}
    return root.post("/admin/clients/client/", data)


def by_deletion(world: World, root: Browser) -> object:
    return root.post(f"/admin/clients/client/{world.web.pk}/delete/", {"post": "yes"})


def by_command(world: World, root: Browser) -> object:
    return call_command("bump_epoch", "--client", world.web.client_id, stdout=io.StringIO())


PATHS: list[Path] = [by_form, by_button, by_action, by_deletion, by_command]


def state(world: World) -> list[object]:
    """The row, and the version by which every process compiles anew."""
    rows = [list(Client.objects.filter(pk=world.web.pk).values())]
    return [*rows, list(Installation.objects.values()), RevocationJob.objects.count()]


@pytest.mark.parametrize("path", PATHS)
def test_row_293_every_way_to_write_raises_epochs_and_leaves_an_event(
    path: Path, world: World, root: Browser
) -> None:
    epoch, before, queued = world.web.epoch, mark(), RevocationJob.objects.count()
    path(world, root)
    now = Client.objects.filter(pk=world.web.pk).values_list("epoch", flat=True).first()
    assert now is None or now > epoch
    assert events(since=before) != []
    assert RevocationJob.objects.count() == queued + 1


@pytest.mark.fault
@pytest.mark.parametrize("path", PATHS)
def test_row_293_what_can_not_be_logged_is_not_done(
    path: Path, world: World, root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, last = state(world), mark()

    def full(*args: object, **kwargs: object) -> None:
        raise DatabaseError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(type(LogEvent.objects), "bulk_create", full)
        with pytest.raises(DatabaseError):
            path(world, root)

    assert (state(world), mark()) == (before, last)
