"""A new secret is in one answer and nowhere else (R5, R24)."""

import re

from django.contrib.sessions.models import Session
from django.test import Client as Browser

from apps.clients.models import Client, ClientSecret
from tests.admin.conftest import World
from tests.logbook import everything

SECRET = re.compile(r"azcs_[\w-]{40,}")


def shown(response: object) -> list[str]:
    """The secrets in an answer."""
    return SECRET.findall(response.content.decode())  # type: ignore[attr-defined]


def sessions() -> str:
    """What all sessions hold."""
    return repr([one.get_decoded() for one in Session.objects.all()])


def test_a_new_clients_secret_is_shown_once(root: Browser) -> None:
    response = root.post("/admin/clients/client/add/", {"name": "New", "type": "service"})
    (secret,) = set(shown(response))
    client = Client.objects.get(name="New")
    assert "no-store" in response.headers["Cache-Control"]
    later = root.get(f"/admin/clients/client/{client.pk}/secrets/")
    assert shown(later) == []
    assert secret not in everything()
    assert secret[-30:] not in sessions()


def test_rotation_shows_the_new_one_and_keeps_the_old_for_the_overlap(
    world: World, root: Browser
) -> None:
    url = f"/admin/clients/client/{world.service.pk}/secrets/"
    response = root.post(url, {"form": "rotate", "overlap": "24"})
    assert len(set(shown(response))) == 1
    assert world.service.secrets.count() == 2
    assert world.service.secrets.exclude(expires_at=None).count() == 1


def test_no_page_shows_a_digest(world: World, root: Browser) -> None:
    secret = ClientSecret.objects.get(client=world.service)
    for page in ("secrets", "change", "history"):
        body = root.get(f"/admin/clients/client/{world.service.pk}/{page}/").content.decode()
        assert secret.digest not in body


def test_a_leaked_secret_is_asked_about_and_then_gone(world: World, root: Browser) -> None:
    url, secret = f"/admin/clients/client/{world.service.pk}/secrets/", world.service.secrets.get()
    data = {"form": "leaked", "secret": secret.pk}
    assert b"Revoke it now" in root.post(url, data).content
    root.post(url, data | {"confirmed": "1"})
    assert not world.service.secrets.exists()


def test_the_only_secret_that_works_is_kept(world: World, root: Browser) -> None:
    url, secret = f"/admin/clients/client/{world.service.pk}/secrets/", world.service.secrets.get()
    response = root.post(url, {"form": "deactivate", "secret": secret.pk}, follow=True)
    assert b"only ACTIVE secret" in response.content
