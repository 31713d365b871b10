"""What a draft would do, as the templates show it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.directory.models import User
from apps.oauth.console.recent import WORDS
from apps.oauth.simulation.runs import ENDING, NOT_REPLAYED, told
from apps.oauth.simulation.whatif import Part, WhatIf
from apps.policies.models import WhatIfFinding, WhatIfRun
from apps.policies.services.what_if import MAX_FINDINGS
from apps.systemlog.admin.parts import badge, change_url, chip, joined, link, table, text
from authzsite.domain.whatif import OUTCOMES, SAME, Difference, outcomes

Row = dict[str, Any]
SHOWN: Final = 200


def quick_parts(found: WhatIf) -> list[Row]:
    """The two panels of a bounded answer."""
    return [
        _panel(
            _("What recent requests would get"),
            [(one.kind, one.requests, one.people) for one in outcomes(found.recorded.comparison)],
            _looked(found.recorded),
        ),
        _panel(
            _("What grants that live would get"),
            [(one.kind, one.requests, one.people) for one in outcomes(found.grants.comparison)],
            _looked(found.grants),
            len(found.ended_ids),
        ),
    ]


def quick_differences(found: WhatIf) -> list[Row]:
    """The first differences of a bounded answer, as findings are told."""
    both = (*found.recorded.comparison.differences, *found.grants.comparison.differences)
    return [_of_difference(one) for one in both[:SHOWN]]


def _of_difference(one: Difference) -> Row:
    request = one.case.request
    return {
        "outcome": one.outcome,
        "times": one.case.times,
        "client_id": request.client_id,
        "user_id": request.user_id or "",
        "grant_type": request.grant_type,
        "scopes": list(request.requested_scopes or ()),
        "grant": one.case.ref,
        "before": told(one.before),
        "after": told(one.after),
    }


def _looked(part: Part) -> str:
    more = "+" if part.is_partial else ""
    return _("%(number)s looked at") % {"number": f"{part.looked_at:,}{more}"}


def run_parts(run: WhatIfRun) -> list[Row]:
    """The two panels of a run, as far as it is."""
    titles = {
        WhatIfRun.Phase.LOG: _("What the requests of %(days)s days would get"),
        WhatIfRun.Phase.GRANTS: _("What grants that live would get"),
    }
    counted = (
        run.findings.order_by()
        .values("phase", "outcome")
        .annotate(people=Count("user_id", distinct=True, filter=~Q(user_id="")))
    )
    people = {(one["phase"], one["outcome"]): one["people"] for one in counted}
    return [
        _panel(
            title % {"days": run.days},
            [
                (kind, counts[kind], people.get((phase, kind)))
                for kind in OUTCOMES
                if counts.get(kind) or kind == SAME and counts
            ],
            _("%(number)s could not be replayed") % {"number": f"{counts.get(NOT_REPLAYED, 0):,}"},
            counts.get(ENDING, 0),
        )
        for phase, title in titles.items()
        for counts in (run.counts.get(phase, {}),)
    ]


def _panel(
    title: str, lines: Iterable[tuple[str, int, int | None]], aside: str, ending: int = 0
) -> Row:
    rows: list[list[Row]] = [
        [
            {"badge": badge(str(WORDS[kind][0]), WORDS[kind][1])},
            {"text": f"{requests:,}", "kind": "num"},
            {"text": "–" if people is None else f"{people:,}", "kind": "num"},
        ]
        for kind, requests, people in lines
    ]
    empty = {"title": _("Nothing yet")}
    heads = (_("Outcome"), _("Requests#"), _("People#"))
    return {
        "title": title,
        "table": table(heads, rows, empty=empty),
        "aside": aside,
        "ending": ending,
    }


def finding_rows(run: WhatIfRun) -> list[Row]:
    """The first findings, the gravest first."""
    found: list[WhatIfFinding] = []
    for kind in OUTCOMES[1:]:
        rows = run.findings.filter(outcome=kind).order_by("phase", "outcome", "pk")
        found += rows[: SHOWN - len(found)]
    return [
        {
            "outcome": one.outcome,
            "times": one.times,
            "client_id": one.client_id,
            "user_id": one.user_id,
            **one.told,
        }
        for one in found
    ]


def differences_table(rows: Sequence[Row]) -> Row:
    """Who gains and loses what."""
    clients = _names(Client, "name", {one["client_id"] for one in rows})
    users = _names(User, "login", {one["user_id"] for one in rows})
    heads = (_("Outcome"), _("Who"), _("Asks for"), _("Now"), _("By the draft"), _("Times#"))
    return table(heads, [_difference(one, clients, users) for one in rows])


def _names(model: Any, field: str, ids: set[str]) -> Mapping[str, str]:
    return dict(model.objects.filter(pk__in=ids - {""}).values_list("pk", field))


def _difference(one: Row, clients: Mapping[str, str], users: Mapping[str, str]) -> list[Row]:
    label, tone = WORDS[one["outcome"]]
    who = [_link("clients.Client", one["client_id"], clients)]
    if one["user_id"]:
        who.insert(0, _link("directory.User", one["user_id"], users))
    scopes = [chip(name) for name in one["scopes"]] or [text(_("no scope"))]
    asked = joined([chip(one["grant_type"]), *scopes], " ")
    if one["grant"]:
        asked = [link(_("grant"), change_url("tokens.Grant", one["grant"])), text(" "), *asked]
    return [
        {"badge": badge(str(label), tone)},
        {"parts": joined(who)},
        {"parts": asked},
        {"text": _words(one["before"])},
        {"text": _words(one["after"])},
        {"text": f"{one['times']:,}", "kind": "num"},
    ]


def _link(label: str, pk: str, names: Mapping[str, str]) -> Row:
    return link(names[pk], change_url(label, pk)) if pk in names else text(pk)


def _words(decision: Mapping[str, Any]) -> str:
    """`Engineers, 60 min: read, write`; or that it is denied."""
    if not decision["is_allowed"]:
        return _("denied")
    words = {
        "rule": decision["rule"],
        "minutes": decision["access_seconds"] // 60,
        "scopes": ", ".join(decision["scopes"]) or _("no scope"),
    }
    return _("%(rule)s, %(minutes)s min: %(scopes)s") % words


def progress_of(run: WhatIfRun) -> Row:
    """The bar, and the sentence for those who hear the page."""
    is_over = run.state in (WhatIfRun.State.DONE, WhatIfRun.State.FAILED)
    bar: Row = {"label": run.get_state_display(), "done": run.looked_at}
    bar["total"] = run.looked_at if is_over else max(run.expected, run.looked_at) + 1
    bar["text"] = _("%(number)s looked at") % {"number": f"{run.looked_at:,}"}
    bar["tone"] = {"DONE": "success", "FAILED": "danger"}.get(run.state, "")
    bar["total"] = bar["total"] or 1
    bar["done"] = 1 if is_over and not run.looked_at else bar["done"]
    return bar


def is_capped(run: WhatIfRun) -> bool:
    """Whether there are more differences than are kept."""
    return run.findings.count() >= MAX_FINDINGS
