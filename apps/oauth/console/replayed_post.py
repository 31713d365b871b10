"""A form that was posted by one person, posted again by another: the same view, with the other's
permissions.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any
from urllib.parse import urlsplit

from django.contrib.messages import ERROR, get_messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, QueryDict
from django.urls import resolve
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from apps.systemlog.admin.before import CARRIED_OUT, CONFIRMED
from apps.systemlog.context import current
from apps.systemlog.models import LogEvent
from authzsite.domain.validation import Invalid, InvalidError


def carry_out(request: HttpRequest, path: str, fields: Sequence[Sequence[str]]) -> None:
    """Post it as the person of `request`, who has agreed to it. Raises InvalidError with what the
    form says, when it is refused or changes nothing any more; PermissionDenied."""
    inner, match = _request(request, path, fields), resolve(urlsplit(path).path)
    inner.resolver_match = match
    storage: Any = get_messages(request)
    said = len(storage._queued_messages)
    before = _events()
    try:
        response = match.func(inner, *match.args, **match.kwargs)
    except Http404:
        raise _refused(_("is about something that is gone")) from None
    errors = [str(m) for m in storage._queued_messages[said:] if m.level >= ERROR]
    del storage._queued_messages[said:]
    if response.status_code == 403:
        raise PermissionDenied
    problems = errors or _problems(response)
    if problems:
        raise _refused(_("is not possible now: ") + " ".join(problems))
    if _events() == before:
        raise _refused(_("changes nothing any more"))


def _events() -> int:
    """What this request has recorded so far."""
    return LogEvent.objects.filter(reference=current().reference).count()


def _request(request: HttpRequest, path: str, fields: Sequence[Sequence[str]]) -> HttpRequest:
    """The person's own request, to another address. Theirs has passed the check of its origin."""
    inner, parts = copy(request), urlsplit(path)
    data = QueryDict(mutable=True)
    for name, value in fields:
        data.appendlist(name, value)
    data[CONFIRMED] = "1"
    inner.path = inner.path_info = parts.path
    inner.META = {**request.META, "QUERY_STRING": parts.query}
    inner.GET, inner.method = QueryDict(parts.query), "POST"
    inner._post, inner._files = data, MultiValueDict()  # type: ignore[attr-defined]
    inner._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    setattr(inner, CARRIED_OUT, True)
    return inner


def _problems(response: Any) -> list[str]:
    """What the form says of the fields it refuses."""
    if response.status_code != 200:
        return []
    shown = (getattr(response, "context_data", None) or {}).get("adminform")
    errors = shown.form.errors.items() if shown else ()
    return [f"{name}: {' '.join(map(str, found))}" for name, found in errors] or ["refused"]


def _refused(message: str) -> InvalidError:
    return InvalidError(Invalid("change", message))
