"""`…/tests`: what token requests must get. They run on demand, and before each change of the
server's policies, rules and scopes."""

from typing import Any, Final

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import Client
from apps.management.okta.base import OktaView
from apps.management.okta.explanations import ExplanationShape
from apps.management.okta.explanations import shown as explanation_shown
from apps.management.okta.faults import missing
from apps.management.okta.paging import Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.explain import user_named
from apps.management.okta.resources.servers import BASE, KIND
from apps.management.okta.schema import PAGES, documented
from apps.management.okta.shapes import READ_WRITE, Moment, Shape, href, link, read
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Text, TextList
from apps.management.views.base import actor_of
from apps.oauth.simulation.cases import Result, run_tests
from apps.policies.models import PolicyTest
from apps.policies.services import create_policy_test, delete_policy_test, update_policy_test
from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import is_text
from apps.systemlog.render import in_milliseconds
from apps.tokens import clock

PAGE: Final = Paging(("name", "id"))
TEST: Final = "PolicyTest"


class ExpectedShape(Shape):
    """What the request must get; without `ruleId` the grant of any rule will do."""

    outcome = serializers.ChoiceField(choices=PolicyTest.Outcome.choices)
    ruleId = Text(source="rule_id", default="", allow_null=True)  # noqa: N815 - the wire's names


class PolicyTestShape(Shape):
    """One test. `clientId` is the name on the wire, `userId` an id or a login."""

    id = serializers.CharField(read_only=True)
    name = Text()
    grantType = Text(source="grant_type")  # noqa: N815
    clientId = Text(source="client_id")  # noqa: N815
    userId = Text(source="user_id", default="", allow_null=True)  # noqa: N815
    scopes = TextList(default=list)
    expected = ExpectedShape()
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815
    _links = serializers.DictField(read_only=True)


class PolicyTestResultShape(Shape):
    """What became of one test; `problem` says how the answer differs from what is expected."""

    id = serializers.CharField()
    name = serializers.CharField()
    passes = serializers.BooleanField()
    problem = serializers.CharField(allow_null=True)
    explanation = ExplanationShape(allow_null=True)


class PolicyTestRunShape(Shape):
    """A run of all tests of the server."""

    passed = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = PolicyTestResultShape(many=True)


def _fields_of(request: Request) -> dict[str, Any]:
    body = read(PolicyTestShape, request)
    expected = body.pop("expected")
    user = user_named(body.pop("user_id") or "", "userId")
    return {
        **body,
        "client_id": _row_id(body["client_id"]),
        "user_id": user.pk if user else "",
        "outcome": expected["outcome"],
        "rule_id": expected["rule_id"] or "",
    }


def _row_id(client_id: str) -> str:
    """The client with this name on the wire; an unknown one stays as it is, to be refused."""
    found = (
        Client.objects.filter(client_id=client_id) if is_text(client_id) else Client.objects.none()
    )
    return found.values_list("pk", flat=True).first() or client_id[:20]


def _rows(server_id: str) -> QuerySet[PolicyTest]:
    """The server's tests, each with its client's name on the wire while there is one."""
    names = Client.objects.filter(pk=OuterRef("client_id")).values("client_id")[:1]
    return PolicyTest.objects.filter(server=server_id).annotate(wire_id=Subquery(names))


def _shown(test: Any) -> dict[str, Any]:
    address = href(BASE, test.server_id, "tests", test.pk)
    return {
        "id": test.pk,
        "name": test.name,
        "grantType": test.grant_type,
        "clientId": test.wire_id or test.client_id,
        "userId": test.user_id or None,
        "scopes": list(test.scopes),
        "expected": {"outcome": test.outcome, "ruleId": test.rule_id or None},
        "created": in_milliseconds(test.created),
        "lastUpdated": in_milliseconds(test.last_updated),
        "_links": {"self": link(address, *READ_WRITE)},
    }


def _server(server_id: str) -> AuthorizationServer:
    server = AuthorizationServer.objects.filter(pk=server_id).first()
    if server is None:
        raise missing(server_id, KIND)
    return server


def _test(server_id: str, test_id: str) -> PolicyTest:
    test = _rows(server_id).filter(pk=test_id).first()
    if test is None:
        raise missing(test_id, TEST)
    return test


class TestsView(OktaView):
    """The list, and a new one."""

    shape = PolicyTestShape

    @documented(
        "listPolicyTests", "List policy tests", gives=PolicyTestShape(many=True), parameters=PAGES
    )
    def get(self, request: Request, server_id: str) -> HttpResponse:
        _server(server_id)
        return listed(request, _rows(server_id), PAGE, _shown)

    @documented(
        "createPolicyTest",
        "Create a policy test",
        takes=PolicyTestShape,
        gives=PolicyTestShape,
        status=201,
    )
    def post(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        _server(server_id)
        test = create_policy_test(
            actor=actor_of(request), server_id=server_id, **_fields_of(request)
        )
        return answer(_shown(_test(server_id, test.pk)), 201)


class TestView(OktaView):
    """One test."""

    shape = PolicyTestShape

    @documented("getPolicyTest", "Read a policy test", gives=PolicyTestShape)
    def get(self, request: Request, server_id: str, test_id: str) -> HttpResponse:
        parameters(request)
        return answer(_shown(_test(server_id, test_id)))

    @documented(
        "replacePolicyTest",
        "Replace a policy test",
        takes=PolicyTestShape,
        gives=PolicyTestShape,
        is_change=True,
    )
    def put(self, request: Request, server_id: str, test_id: str) -> HttpResponse:
        parameters(request)
        _test(server_id, test_id)
        fields = _fields_of(request)
        test = update_policy_test(
            actor=actor_of(request), server_id=server_id, test_id=test_id, **fields
        )
        return answer(_shown(_test(server_id, test.pk)))

    @documented("deletePolicyTest", "Delete a policy test", status=204, is_change=True)
    def delete(self, request: Request, server_id: str, test_id: str) -> HttpResponse:
        parameters(request)
        _test(server_id, test_id)
        delete_policy_test(actor=actor_of(request), server_id=server_id, test_id=test_id)
        return no_content()


class RunView(OktaView):
    """All of them, now; nothing is changed."""

    only_reads = True

    @documented("runPolicyTests", "Run the policy tests of a server", gives=PolicyTestRunShape)
    def post(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        server = _server(server_id)
        tests = list(PolicyTest.objects.filter(server=server).order_by("name", "pk"))
        results = run_tests(server, tests, clock.now())
        shown = [_result(test, one) for test, one in zip(tests, results, strict=True)]
        passed = sum(one["passes"] for one in shown)
        return answer({"passed": passed, "failed": len(shown) - passed, "results": shown})


def _result(test: PolicyTest, result: Result) -> dict[str, Any]:
    return {
        "id": test.pk,
        "name": test.name,
        "passes": not result.problem,
        "problem": result.problem or None,
        "explanation": explanation_shown(result.explanation) if result.explanation else None,
    }
