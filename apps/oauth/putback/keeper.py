"""What knows how to put objects of one kind back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model

from apps.systemlog.entries import Actor
from apps.systemlog.models import LogEvent

Values = dict[str, Any]


@dataclass(slots=True)
class Put:
    """One putting back: who does it, by which event, and what has to be said of it."""

    actor: Actor
    event: LogEvent
    object_id: str
    notes: list[str] = field(default_factory=list)

    @property
    def server_id(self) -> str:
        """The server that the object is of."""
        return self.event.server_id

    def note(self, words: str) -> None:
        """Say it once."""
        if words not in self.notes:
            self.notes.append(words)


@dataclass(frozen=True, slots=True)
class Keeper:
    """One kind. `values` of a row are spelled as in the log; `update` gets those that differ and
    `create` all that are known. Without `create`, `reason` says why one that is gone stays gone."""

    find: Callable[[str], Any]
    values: Callable[[Any], Values]
    update: Callable[[Put, Any, Values], object]
    create: Callable[[Put, Values], Any] | None = None
    reason: object = ""  # text, or text that is translated when it is shown
    change: str = ""  # the permission of who may change all of them


def finder(model: type[Model]) -> Callable[[str], Any]:
    """Look-up by id."""

    def find(object_id: str) -> Any:
        return model._default_manager.filter(pk=object_id).first()

    return find


def chosen(values: Mapping[str, Any], names: Iterable[str]) -> Values:
    """Those of the values that a service takes; nothing for what was empty."""
    return {name: values[name] for name in names if values.get(name) is not None}


def known(model: type[Model], ids: Iterable[str]) -> list[Any]:
    """The rows of these ids that are still there, in one statement."""
    return list(model._default_manager.filter(pk__in=list(ids)).order_by("pk"))


def instant_of(value: str | None) -> datetime | None:
    """A point in time as the log holds it."""
    return datetime.fromisoformat(value) if value else None
