"""Users and clients that a person types: a login, a name or an id, never a list of all of them.

Without a script the form answers with near names; with one, they are offered while typing
(`people_json`, `clients_json`).
"""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.directory.models import User

NEAR: Final = 4  # names offered for one that nobody has
OFFERED: Final = 10  # while typing


def user_id_of(text: str) -> str:
    """The id of the user with this login or id, "" for none asked. Raises ValidationError."""
    text = text.strip()
    if not text:
        return ""
    pk = User.objects.filter(Q(pk=text) | Q(login=text)).values_list("pk", flat=True).first()
    if pk is None:
        raise _nobody(_("user"), near_logins(text)[:NEAR])
    return str(pk)


def client_id_of(text: str) -> str:
    """The row id of the client with this client ID, id or name, "" for none asked. Raises
    ValidationError, also for a name that several have."""
    text = text.strip()
    if not text:
        return ""
    for where in (Q(pk=text) | Q(client_id=text), Q(name=text)):
        found = list(Client.objects.filter(where).values_list("pk", flat=True)[:2])
        if len(found) == 1:
            return str(found[0])
    if Client.objects.filter(name=text).exists():
        raise forms.ValidationError(_("Several clients have this name: give the client ID."))
    raise _nobody(_("client"), [name for _pk, name in near_clients(text)[:NEAR]])


def near_logins(text: str) -> list[str]:
    """Logins that begin so, by an index."""
    found = User.objects.filter(login__istartswith=text).order_by("login")
    return list(found.values_list("login", flat=True)[:OFFERED])


def near_clients(text: str) -> list[tuple[str, str]]:
    """Client ID and name of clients whose name begins so, by an index."""
    found = Client.objects.filter(name__istartswith=text).order_by("name")
    return list(found.values_list("client_id", "name")[:OFFERED])


def login_of(text: str) -> str:
    """What people read for an id of a user; the text itself for anything else."""
    found = User.objects.filter(pk=text).values_list("login", flat=True) if text else ()
    return next(iter(found), text)


def client_name_of(text: str) -> str:
    """What people read for an id of a client: its name, or its client ID where another has the
    same name; the text itself for anything else."""
    return client_names_of([text] if text else []).get(text, text)


def client_names_of(ids: Iterable[str]) -> dict[str, str]:
    """The same of many, by id, in two statements; what is no client's is left out."""
    found = {row.pk: row for row in Client.objects.filter(pk__in=set(ids))}
    same = Client.objects.filter(name__in={row.name for row in found.values()}).order_by()
    many = same.values("name").annotate(number=Count("pk")).filter(number__gt=1)
    common = set(many.values_list("name", flat=True))
    return {pk: row.client_id if row.name in common else row.name for pk, row in found.items()}


class TypedNames:
    """`clean` of a form with fields `user` and `client`: names in, ids out."""

    cleaned_data: dict[str, Any]

    def clean_user(self) -> str:
        """The id of the user that the login or id names."""
        return user_id_of(self.cleaned_data["user"])

    def clean_client(self) -> str:
        """The id of the client that the client ID, id or name names."""
        return client_id_of(self.cleaned_data["client"])


def _nobody(noun: str, near: Iterable[str]) -> forms.ValidationError:
    names = ", ".join(near)
    hint = " " + _("Do you mean %(names)s?") % {"names": names} if names else ""
    return forms.ValidationError(_("There is no such %(noun)s.") % {"noun": noun} + hint)
