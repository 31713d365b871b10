"""Policy tests: what token requests must get, in a table, each with what it gets now and why.

They run whenever the page is shown, and before each save that touches the server.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.clients.models import Client
from apps.directory.models import User
from apps.oauth.console.page import may_change, render, row_or_404, tab_crumbs
from apps.oauth.console.policy_tests_form import PolicyTestForm
from apps.oauth.console.tryit_form import try_url
from apps.oauth.simulation.cases import Result, judged_tests
from apps.policies.models import PolicyTest, Rule
from apps.policies.services import delete_policy_test
from apps.servers.admin.page import server_head, tab_url
from apps.servers.models import AuthorizationServer
from apps.servers.services import update_server
from apps.systemlog.admin.parts import (
    Part,
    action,
    badge,
    change_url,
    chip,
    joined,
    link,
    table,
    text,
)
from apps.systemlog.admin.service import actor_of, attempt

Judged = tuple[PolicyTest, Result]
RULE = "policies.Rule"


def test_url(test: PolicyTest) -> str:
    """The page of one test."""
    return reverse("admin:policies_policytest", args=[test.server_id, test.pk])


def tests_page(request: HttpRequest, object_id: str) -> HttpResponse:
    """The tab: all tests, the form of another one, and what a failing one does to a save."""
    server = row_or_404(request, AuthorizationServer, object_id)
    form = PolicyTestForm(None, server)
    if request.method == "POST" and "mode" in request.POST:
        return _set_mode(request, server)
    if request.method == "POST":
        form = PolicyTestForm(request.POST, server)
        if (test := _written(request, form)) is not None:
            messages.success(request, _("The test %(name)s was added.") % {"name": test.name})
            return HttpResponseRedirect(tab_url(server.pk, "tests"))
    judged = judged_tests(server.pk)
    is_open = may_change(request, AuthorizationServer, server)
    context = {
        "summary": _summary(judged),
        "table": _table(judged),
        "form": form if is_open else None,
        "mode": _mode(server, is_open),
    }
    actions = [action(_("Run again"), tab_url(server.pk, "tests"))]
    full = {**server_head(server, "tests", actions if judged else []), **context}
    return render(request, "admin/server_page.html", full)


def test_page(request: HttpRequest, object_id: str, test_id: str) -> HttpResponse:
    """One test, to be changed or deleted."""
    server = row_or_404(request, AuthorizationServer, object_id)
    test = PolicyTest.objects.filter(server=server, pk=test_id).first()
    if test is None:
        raise Http404
    if request.POST.get("verb") == "delete":
        return _delete(request, test)
    form = PolicyTestForm(request.POST if request.method == "POST" else None, server, test)
    if request.method == "POST" and _written(request, form) is not None:
        messages.success(request, _("The test %(name)s was saved.") % {"name": test.name})
        return HttpResponseRedirect(tab_url(server.pk, "tests"))
    return render(request, "admin/server/test.html", _test_context(request, test, form))


def _test_context(request: HttpRequest, test: PolicyTest, form: PolicyTestForm) -> dict[str, Any]:
    is_open = may_change(request, AuthorizationServer, test.server)
    if not is_open:
        for field in form.fields.values():
            field.disabled = True
    result = next((one for known, one in judged_tests(test.server_id) if known.pk == test.pk), None)
    page = {
        "title": test.name,
        "status": _verdict(result) if result else None,
        "facts": [[text(_("Policy test of %(server)s") % {"server": test.server.name})]],
        "actions": [action(_("Try it"), _try(test))],
    }
    return {
        "title": test.name,
        "page": page,
        "crumbs": tab_crumbs(test.server, "tests", test.name),
        "why": result.problem if result else "",
        "form": form,
        "is_open": is_open,
        "back": tab_url(test.server_id, "tests"),
    }


def _written(request: HttpRequest, form: PolicyTestForm) -> PolicyTest | None:
    if not form.is_valid():
        return None
    with transaction.atomic():
        return form.write(actor_of(request))


def _delete(request: HttpRequest, test: PolicyTest) -> HttpResponse:
    attempt(
        request,
        lambda: delete_policy_test(
            actor=actor_of(request), server_id=test.server_id, test_id=test.pk
        ),
        _("The test %(name)s was deleted.") % {"name": test.name},
    )
    return HttpResponseRedirect(tab_url(test.server_id, "tests"))


def _summary(judged: list[Judged]) -> dict[str, Any]:
    """The callout: how many fail."""
    if not judged:
        return {}
    failing = sum(bool(result.problem) for _test, result in judged)
    number = {"failing": failing, "number": len(judged)}
    if not failing:
        words = ngettext("%(number)s test passes.", "All %(number)s tests pass.", len(judged))
        return {"tone": "success", "title": words % number}
    words = ngettext("%(failing)s of %(number)s fails.", "%(failing)s of %(number)s fail.", failing)
    hint = _("What fails already holds no change up; what passes now has to pass after each save.")
    return {"tone": "danger", "title": words % number, "text": hint}


def _mode(server: AuthorizationServer, is_open: bool) -> dict[str, Any]:
    choices = AuthorizationServer.PolicyTestMode.choices
    return {
        "choices": [(value, label, value == server.policy_test_mode) for value, label in choices],
        "present": server.get_policy_test_mode_display(),
        "is_open": is_open,
    }


def _set_mode(request: HttpRequest, server: AuthorizationServer) -> HttpResponse:
    mode = request.POST["mode"]
    attempt(
        request,
        lambda: update_server(actor=actor_of(request), server_id=server.pk, policy_test_mode=mode),
        _("Saved."),
    )
    return HttpResponseRedirect(tab_url(server.pk, "tests"))


def _table(judged: list[Judged]) -> dict[str, Any]:
    names = _Names(test for test, _result in judged)
    columns = (_("Test"), _("Request"), _("Must get"), _("Gets"), "")
    empty = {
        "title": _("No test yet"),
        "body": _("Write down who must get what, and who must not: each save is held to it."),
    }
    rows = [_row(test, result, names) for test, result in judged]
    return table(columns, rows, empty=empty)


class _Names:
    """What people call the clients, users and rules of the tests."""

    def __init__(self, tests: Iterable[PolicyTest]) -> None:
        tests = list(tests)
        self.clients = _pairs(Client, "name", {one.client_id for one in tests})
        self.users = _pairs(User, "login", {one.user_id for one in tests})
        self.rules = _pairs(Rule, "name", {one.rule_id for one in tests})


def _pairs(model: Any, field: str, ids: set[str]) -> Mapping[str, str]:
    return dict(model.objects.filter(pk__in=ids - {""}).values_list("pk", field))


def _row(test: PolicyTest, result: Result, names: _Names) -> list[Part]:
    why = result.problem or (result.explanation.headline if result.explanation else "")
    return [
        link(test.name, test_url(test)),
        {"parts": _request(test, names)},
        {"parts": _expected(test, names)},
        {"badge": _verdict(result), "hint": why},
        {"actions": [action(_("Try it"), _try(test), size="small")]},
    ]


def _request(test: PolicyTest, names: _Names) -> list[Part]:
    """`Shop, alice: orders:write`."""
    parts = [_named("clients.Client", test.client_id, names.clients)]
    if test.user_id:
        parts.append(_named("directory.User", test.user_id, names.users))
    scopes = [chip(name) for name in test.scopes] or [text(_("no scope"))]
    asked = joined([chip(test.grant_type), *scopes], " ")
    return [*joined(parts), text(": "), *asked]


def _named(label: str, pk: str, names: Mapping[str, str]) -> Part:
    return link(names[pk], change_url(label, pk)) if pk in names else text(f"{pk} {_('(gone)')}")


def _expected(test: PolicyTest, names: _Names) -> list[Part]:
    if test.outcome == PolicyTest.Outcome.DENY:
        return [text(_("a denial"))]
    if not test.rule_id:
        return [text(_("a grant"))]
    return [text(_("rule ")), _named(RULE, test.rule_id, names.rules)]


def _verdict(result: Result) -> dict[str, str]:
    return badge(_("fails"), "danger") if result.problem else badge(_("passes"), "success")


def _try(test: PolicyTest) -> str:
    """The same request on the Try it tab."""
    return try_url(
        test.server_id,
        client=test.client_id,
        user=test.user_id,
        grant_type=test.grant_type,
        scope=" ".join(test.scopes),
    )
