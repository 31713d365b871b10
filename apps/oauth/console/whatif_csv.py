"""What a run has found, as a file: a line for each request or grant that is answered otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.directory.models import User
from apps.oauth.console.recent import WORDS
from apps.oauth.console.whatif import run_or_404
from apps.policies.models import WhatIfFinding, WhatIfRun
from apps.systemlog.admin.csv import ROWS_AT_ONCE, csv_response, in_chunks

NAME: Final = "what-if"


def findings_csv(request: HttpRequest, object_id: str, run_id: str) -> HttpResponse:
    """All findings of a run that are kept, in the order in which they were found."""
    run = run_or_404(request, object_id, run_id)
    sides = [
        f"{side}: {column}"
        for side in (_("Now"), _("By the draft"))
        for column in (_("answer"), _("rule"), _("scopes"), _("access token, minutes"))
    ]
    heads = (_("Outcome"), _("Of"), _("User"), _("Client"), _("Grant type"), _("Scopes"))
    columns = (*heads, _("Grant"), *sides, _("Times"))
    found: Any = csv_response(request, NAME, columns, _rows(run))
    return found


def _rows(run: WhatIfRun) -> Iterator[Sequence[object]]:
    findings = in_chunks(run.findings.all())
    while some := list(islice(findings, ROWS_AT_ONCE)):
        users = _names(User, "login", {one.user_id for one in some})
        clients = _names(Client, "name", {one.client_id for one in some})
        for one in some:
            yield _row(one, users, clients)


def _names(model: Any, column: str, ids: set[str]) -> Mapping[str, str]:
    return dict(model.objects.filter(pk__in=ids).values_list("pk", column))


def _row(
    one: WhatIfFinding, users: Mapping[str, str], clients: Mapping[str, str]
) -> Sequence[object]:
    told = one.told
    return (
        str(WORDS[one.outcome][0]),
        _("grants that live") if one.phase == WhatIfRun.Phase.GRANTS else _("requests"),
        users.get(one.user_id, one.user_id),
        clients.get(one.client_id, one.client_id),
        told["grant_type"],
        " ".join(told["scopes"]),
        told["grant"],
        *_side(told["before"]),
        *_side(told["after"]),
        one.times,
    )


def _side(decision: Mapping[str, Any]) -> Sequence[object]:
    if not decision["is_allowed"]:
        return (_("denied"), decision["rule"], "", "")
    minutes = decision["access_seconds"] // 60
    return (_("granted"), decision["rule"], " ".join(decision["scopes"]), minutes)
