"""`/api/v1/tokens/diagnose`: why a token works or doesn't, for a method and a path."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.management.okta.base import OktaView
from apps.management.okta.explanations import Body, texts
from apps.management.okta.faults import invalid
from apps.management.okta.parameters import parameters
from apps.management.okta.schema import documented
from apps.management.okta.shapes import Moment, Shape, Whole, read
from apps.management.respond import answer
from apps.management.serializers.fields import Text
from apps.oauth.simulation.doctor import Diagnosis, diagnose, is_management, organization
from apps.oauth.simulation.endings import Change
from apps.servers.services.rows import is_text
from apps.systemlog.render import in_milliseconds
from apps.tokens import clock
from authzsite.domain.limits import MAX_AUDIENCE_LENGTH, MAX_PATH_LENGTH, MAX_TOKEN_LENGTH
from authzsite.domain.token_reach import Reach, reach_of

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class TokenShape(Whole):
    """The token, which is never stored or logged, and what it should be good for."""

    token = Text(max_length=MAX_TOKEN_LENGTH, write_only=True)
    method = serializers.ChoiceField(choices=METHODS, default="GET")
    path = Text(default="", max_length=MAX_PATH_LENGTH)
    audience = Text(default="", max_length=MAX_AUDIENCE_LENGTH)


class NamedShape(Shape):
    """A server, client or user."""

    id = serializers.CharField()
    name = serializers.CharField()


class ChangeShape(Shape):
    """What ended the token; `reference` opens the events of it."""

    cause = serializers.CharField()
    kind = serializers.CharField()
    objectId = serializers.CharField(allow_null=True)  # noqa: N815 - the wire's names
    objectName = serializers.CharField(allow_null=True)  # noqa: N815
    when = Moment()
    reference = serializers.CharField(allow_null=True)


class ReachShape(Shape):
    """Whether the token's pattern and `okta.*` scopes reach the call, and the least that would."""

    isReached = serializers.BooleanField()  # noqa: N815
    sentence = serializers.CharField()
    method = serializers.CharField()
    path = serializers.CharField()
    scopeUsed = serializers.CharField(allow_null=True)  # noqa: N815
    deniedBy = texts()  # noqa: N815
    smallestScope = serializers.CharField(allow_null=True)  # noqa: N815
    smallestOktaScope = serializers.CharField(allow_null=True)  # noqa: N815
    isManagementToken = serializers.BooleanField(  # noqa: N815
        help_text="Other servers' scopes mean what the API that they protect says."
    )


class DiagnosisShape(Shape):
    """The finding: one sentence, and a reason for machines."""

    isValid = serializers.BooleanField()  # noqa: N815
    reason = serializers.CharField()
    detail = serializers.CharField(allow_null=True)
    sentence = serializers.CharField()
    kind = serializers.CharField(allow_null=True)
    server = NamedShape(allow_null=True)
    audience = serializers.CharField(allow_null=True)
    client = NamedShape(allow_null=True)
    user = NamedShape(allow_null=True)
    grantId = serializers.CharField(allow_null=True)  # noqa: N815
    scopes = texts()
    issued = Moment(allow_null=True)
    expires = Moment(allow_null=True)
    change = ChangeShape(allow_null=True)
    reach = ReachShape(allow_null=True)


class DiagnoseView(OktaView):
    """One token."""

    shape = TokenShape
    only_reads = True

    @documented(
        "diagnoseToken",
        "Tell why a token works or not",
        takes=TokenShape,
        gives=DiagnosisShape,
    )
    def post(self, request: Request) -> HttpResponse:
        parameters(request)
        body = read(TokenShape, request)
        for name in ("token", "path", "audience"):
            if not is_text(body[name]):
                raise invalid(name, f"{name}: must be a text that can be compared")
        found = diagnose(body["token"], clock.now(), body["audience"])
        return answer({**_shown(found), "reach": _reach(found, body)})


def _shown(found: Diagnosis) -> Body:
    server, client = found.server, found.client
    return {
        "isValid": found.is_valid,
        "reason": found.reason,
        "detail": found.detail or None,
        "sentence": found.sentence,
        "kind": found.kind or None,
        "server": {"id": server.id, "name": server.name} if server else None,
        "audience": server.audience if server else None,
        "client": {"id": client.client_id, "name": client.name} if client else None,
        "user": {"id": found.user_id, "name": found.user_login} if found.user_id else None,
        "grantId": found.grant_id or None,
        "scopes": list(found.scopes),
        "issued": in_milliseconds(found.issued) if found.issued else None,
        "expires": in_milliseconds(found.expires) if found.expires else None,
        "change": _change(found.change) if found.change else None,
    }


def _change(change: Change) -> Body:
    return {
        "cause": change.cause,
        "kind": change.kind,
        "objectId": change.object_id or None,
        "objectName": change.object_name or None,
        "when": in_milliseconds(change.when),
        "reference": change.reference or None,
    }


def _reach(found: Diagnosis, body: dict[str, Any]) -> Body | None:
    """Only of a path that was asked about, and of a token whose scopes are known."""
    if not body["path"] or found.server is None or not found.kind:
        return None
    reach: Reach = reach_of(found.scopes, body["method"], body["path"], organization())
    return {
        "isReached": reach.is_reached,
        "sentence": reach.sentence,
        "method": reach.method,
        "path": reach.path,
        "scopeUsed": reach.scope_used or None,
        "deniedBy": list(reach.denied_by),
        "smallestScope": reach.smallest or None,
        "smallestOktaScope": reach.smallest_okta or None,
        "isManagementToken": is_management(found.server),
    }
