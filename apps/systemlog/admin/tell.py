"""An event of the log as the sentence that a person reads."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.apps import apps
from django.utils.translation import gettext as _

from apps.systemlog.admin.sentences import FAILED, FAILURES, REASONS, SENTENCES, Words
from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent
from authzsite.domain.headline import headline
from authzsite.domain.policy_types import Decision
from authzsite.domain.trace import RequestFacts
from authzsite.domain.trace_codec import decode

SERVER, USER, GROUP = "AuthorizationServer", "User", "UserGroup"
MACHINES: Final = frozenset({"PublicClientApp", "AppInstance"})
REVOKED: Final = "app.oauth2.as.token.revoke"
_CLAUSE: Final = re.compile(r"\[([^][]*)\]")
_NAME: Final = re.compile(r"\{(\w+)\}")
_LOWER: Final = ("No ", "Rule ")
_OWNERS: Final = (
    ("user_id", "directory.User", "login"),
    ("client_id", "clients.Client", "name"),
    ("server_id", "servers.AuthorizationServer", "name"),
)
"""Column of an event, whose row it names, and that row's name. Those apps are above this one."""


def with_owner_names(events: Iterable[LogEvent]) -> list[LogEvent]:
    """The events with the names of their users, clients and servers, in three statements: an event
    may know only their ids."""
    found = list(events)
    names: dict[str, str] = {}
    for column, label, field in _OWNERS:
        ids = {getattr(event, column) for event in found} - {""}
        rows = apps.get_model(label)._default_manager.filter(pk__in=ids)
        names |= dict(rows.values_list("pk", field)) if ids else {}
    for event in found:
        event.owner_names = names  # type: ignore[attr-defined]
    return found


def targets(event: LogEvent) -> list[dict[str, Any]]:
    """What it was done to."""
    found = event.body.get("target") if isinstance(event.body, dict) else None
    return found or []


def target_name(event: LogEvent, *kinds: str) -> str:
    """The name of the first target of one of these kinds; empty without one."""
    names = (
        str(one.get("displayName") or one.get("alternateId") or one.get("id") or "")
        for one in targets(event)
        if one.get("type") in kinds
    )
    return next(names, "")


def client_name(event: LogEvent) -> str:
    """The client of the request."""
    return target_name(event, *MACHINES) or _owner(event, "client_id")


def user_name(event: LogEvent) -> str:
    """The person whom it is about."""
    name = target_name(event, USER)
    return (_owner(event, "user_id") or "") if name in ("", event.user_id) else name


def server_name(event: LogEvent) -> str:
    """The authorization server."""
    name = target_name(event, SERVER)
    return (_owner(event, "server_id") or name) if name in ("", event.server_id) else name


def actor_name(event: LogEvent) -> str:
    """Who did it."""
    actor = event.body.get("actor") or {}
    return str(actor.get("displayName") or event.actor_name or event.actor_id)


def who(event: LogEvent) -> str:
    """The person a request was for, else the client that asked, else who did it."""
    return user_name(event) or client_name(event) or actor_name(event)


def sentence(event: LogEvent, *, why: bool = False) -> str:
    """The event told in a line; `why`: with the reason of what failed."""
    names = _names(event)
    words = filled(_template(event), names)
    if not words.startswith(tuple(filter(None, names.values()))):  # a login stays as it is
        words = words[:1].upper() + words[1:]
    reason = reason_words(event) if why else ""
    return f"{words}: {reason}" if reason else words


def filled(template: Words, names: Mapping[str, str]) -> str:
    """The template with its names; a bracket that lacks one is left out."""

    def clause(found: re.Match[str]) -> str:
        is_whole = all(names.get(name) for name in _NAME.findall(found[1]))
        return found[1] if is_whole else ""

    plain = _CLAUSE.sub(clause, str(template))
    words = _NAME.sub(lambda found: names.get(found[1], ""), plain)
    return " ".join(words.split())


def reason_words(event: LogEvent) -> str:
    """Why, in words: what the decision says, else what the code of the reason means."""
    told = _headline(event) if event.outcome == "FAILURE" else ""
    if told:
        lower = told[:1].lower() + told[1:] if told.startswith(_LOWER) else told
        return lower.rstrip(".")
    known = REASONS.get(event.reason)
    return str(known) if known else event.reason.replace("_", " ")


def is_denial(event: LogEvent) -> bool:
    """Whether the event holds a decision that can be explained."""
    data = event.body.get("debugData") if isinstance(event.body, dict) else None
    return bool(data and isinstance(data.get("trace"), dict))


def _headline(event: LogEvent) -> str:
    """What the decision says in a sentence; only as much of the trace is read as that takes."""
    if not is_denial(event):
        return ""
    trace = event.body["debugData"]["trace"]
    decision = decode(Decision, trace.get("decision"))
    request = decode(RequestFacts, trace.get("request"))
    if not isinstance(decision, Decision) or not isinstance(request, RequestFacts):
        return ""
    return headline(decision, request)


def _owner(event: LogEvent, column: str) -> str:
    names: Mapping[str, str] = getattr(event, "owner_names", {})
    return names.get(getattr(event, column), "")


def _template(event: LogEvent) -> Words:
    if event.outcome != "FAILURE":
        return SENTENCES.get(event.event_type) or "{actor}: {message}[ {thing}]"
    told = FAILURES.get(f"{event.event_type}:{event.reason}") or FAILURES.get(event.event_type)
    return told or FAILED


def _names(event: LogEvent) -> dict[str, str]:
    """What the sentences speak of; empty where it isn't known."""
    debug = event.body.get("debugData") or {}
    kind = CATALOGUE.get(event.event_type)
    client, user, person = client_name(event), user_name(event), who(event)
    group = target_name(event, GROUP)
    return {
        "who": person,
        "actor": actor_name(event),
        "client": client,
        "user": user,
        "named": client or _("A stranger"),
        "at": client if client != person else "",
        "server": server_name(event),
        "someone": user or _("a user"),
        "app": client or _("an application"),
        "team": _("the group %s") % group if group else _("a group"),
        "thing": next(_object_names(event), "") or str(debug.get("table") or ""),
        "owner": user or client,
        "revoked": _revoked(event, debug) if event.event_type == REVOKED else "",
        "denied": str(debug.get("deniedScopes") or "").strip("[]"),
        "cause": event.reason,
        "count": _count(event),
        "call": " ".join(filter(None, map(str, (debug.get("method") or "", _path(debug))))),
        "message": kind.message if kind else event.event_type,
    }


def _object_names(event: LogEvent) -> Iterator[str]:
    """Names of what isn't who did it, nor the server on which it is."""
    others = [one for one in targets(event) if one.get("id") != event.actor_id]
    inner = [one for one in others if one.get("type") != SERVER]
    for one in inner or others:
        told = str(one.get("displayName") or one.get("alternateId") or "")
        yield told or (server_name(event) if one.get("type") == SERVER else _id_of(one))


def _id_of(one: Mapping[str, Any]) -> str:
    """An id that people know: a list's or a job's name, not a digest."""
    return str(one.get("id") or "") if one.get("type") in ("List", "Job") else ""


def _count(event: LogEvent) -> str:
    details = (one.get("detailEntry") or {} for one in targets(event))
    number = next((one["TokenCount"] for one in details if one.get("TokenCount")), None)
    return f"{number:,}" if isinstance(number, int) else ""


def _path(debug: Mapping[str, Any]) -> str:
    return f"/{debug['path']}" if debug.get("path") else ""


def _revoked(event: LogEvent, debug: Mapping[str, Any]) -> str:
    """`a refresh token of ada@example.com at Shop`, `all tokens of Shop`."""
    if debug.get("meant"):
        return str(debug["meant"])
    kinds = {str(one.get("type")) for one in targets(event)}
    if "refresh_token" in kinds or "access_token" in kinds:
        one = _("a refresh token") if "refresh_token" in kinds else _("an access token")
        client = "" if event.actor_id == event.client_id else client_name(event)
        return filled(
            "{one}[ of {user}][ at {client}]",
            {
                "one": one,
                "user": user_name(event),
                "client": client,
            },
        )
    owner = user_name(event) or client_name(event)
    return filled(_("all tokens[ of {owner}]"), {"owner": owner})
