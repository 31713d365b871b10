"""Calls that policy tests stand behind, and `?force=true`: made though tests say no."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Final

from django.http import HttpResponse

from apps.servers.services.tested import forced, whole_change

FORCE: Final = "force"
_PARTS: Final = re.compile(r"/api/v1/authorizationServers/[^/]+/(policies|scopes)(/.*)?")
_SERVER: Final = re.compile(r"/api/v1/authorizationServers/[^/]+")  # its scope mode


def may_be_forced(method: str, path: str) -> bool:
    """Whether policy tests stand behind this call: changes of policies, rules and scopes."""
    if method in {"GET", "HEAD", "OPTIONS"}:
        return False
    return bool(_PARTS.fullmatch(path)) or (method == "PUT" and bool(_SERVER.fullmatch(path)))


def as_one_change(call: Callable[[], HttpResponse], *, is_forced: bool) -> HttpResponse:
    """The call, whose services are one change to the tests."""
    with forced() if is_forced else nullcontext(), whole_change():
        return call()
