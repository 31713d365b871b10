"""`…/whatif`: proposed policies, scopes and assignments, tried on what the log holds and on the
grants that live. Nothing is changed."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import Client
from apps.management.okta.base import OktaView
from apps.management.okta.explanations import DecisionShape, decision_shown, texts
from apps.management.okta.faults import missing
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.servers import KIND
from apps.management.okta.resources.whatif_proposal import ProposalShape, proposed
from apps.management.okta.schema import documented
from apps.management.okta.shapes import Moment, Shape, read
from apps.management.respond import answer
from apps.oauth.simulation.recorded import LATER, UNDECIDED, UNREADABLE
from apps.oauth.simulation.whatif import Part, what_if
from apps.oauth.simulation.worlds import CLIENT_BARRED, CLIENT_GONE, USER_GONE
from apps.servers.models import AuthorizationServer
from apps.systemlog.render import in_milliseconds
from apps.tokens import clock
from authzsite.domain import whatif as core

Body = dict[str, Any]
REASONS: Final = {
    LATER: "laterSteps",
    UNDECIDED: "withoutDecision",
    UNREADABLE: "unreadable",
    CLIENT_GONE: "clientGone",
    USER_GONE: "userGone",
    CLIENT_BARRED: "clientBarred",
}
KINDS: Final = {
    core.GAINS: "gains",
    core.LOSES: "loses",
    core.OTHER_RULE: "otherRule",
    core.OTHER_LIFETIMES: "otherLifetimes",
    core.OTHER_SCOPES: "otherScopes",
}


class DifferenceShape(Shape):
    """A request that would be answered otherwise; of a grant with its id, and whether the change
    would end it."""

    changes = texts()
    times = serializers.IntegerField()
    clientId = serializers.CharField()  # noqa: N815 - the wire's names
    clientName = serializers.CharField()  # noqa: N815
    userId = serializers.CharField(allow_null=True)  # noqa: N815
    userName = serializers.CharField(allow_null=True)  # noqa: N815
    grantType = serializers.CharField()  # noqa: N815
    scopes = texts()
    grantId = serializers.CharField(allow_null=True)  # noqa: N815
    before = DecisionShape()
    after = DecisionShape()


class NotReplayedShape(Shape):
    """How many of what was looked at could not be asked again, by why."""

    laterSteps = serializers.IntegerField()  # noqa: N815
    withoutDecision = serializers.IntegerField()  # noqa: N815
    unreadable = serializers.IntegerField()
    clientGone = serializers.IntegerField()  # noqa: N815
    userGone = serializers.IntegerField()  # noqa: N815
    clientBarred = serializers.IntegerField()  # noqa: N815


class PartShape(Shape):
    """Counts of requests as often as they were made. `isPartial`: there is more than was looked
    at."""

    lookedAt = serializers.IntegerField()  # noqa: N815
    isPartial = serializers.BooleanField()  # noqa: N815
    since = Moment(allow_null=True)
    unchanged = serializers.IntegerField()
    gains = serializers.IntegerField()
    loses = serializers.IntegerField()
    otherRule = serializers.IntegerField()  # noqa: N815
    otherLifetimes = serializers.IntegerField()  # noqa: N815
    otherScopes = serializers.IntegerField()  # noqa: N815
    notReplayed = NotReplayedShape()  # noqa: N815
    sample = DifferenceShape(many=True)


class WhatIfShape(Shape):
    """`recorded`: decisions of the log. `grants`: those that live; `endingGrants` of them would end
    with the change (R15)."""

    recorded = PartShape()
    grants = PartShape()
    endingGrants = serializers.IntegerField()  # noqa: N815


class WhatIfView(OktaView):
    """One proposal."""

    shape = ProposalShape
    only_reads = True

    @documented(
        "whatIfPolicies",
        "Try a proposed change on recorded decisions and live grants",
        takes=ProposalShape,
        gives=WhatIfShape,
    )
    def post(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        server = AuthorizationServer.objects.filter(pk=server_id, is_organization=False).first()
        if server is None:
            raise missing(server_id, KIND)
        body = read(ProposalShape, request)
        found = what_if(proposed(server, body), body["days"], clock.now())
        return answer(
            {
                "recorded": _part(found.recorded, body["sample"]),
                "grants": _part(found.grants, body["sample"]),
                "endingGrants": len(found.ended_ids),
            }
        )


def _part(part: Part, shown: int) -> Body:
    found = part.comparison
    sample = found.differences[:shown]
    names = _client_names(sample)
    return {
        "lookedAt": part.looked_at,
        "isPartial": part.is_partial,
        "since": in_milliseconds(part.since) if part.since else None,
        "unchanged": found.unchanged,
        **{wire: found.counts[kind] for kind, wire in KINDS.items()},
        "notReplayed": {wire: part.not_replayed.get(why, 0) for why, wire in REASONS.items()},
        "sample": [_difference(one, names) for one in sample],
    }


def _client_names(sample: Iterable[core.Difference]) -> dict[str, str]:
    rows = {one.case.request.client_id for one in sample}
    return dict(Client.objects.filter(pk__in=rows).values_list("pk", "client_id"))


def _difference(one: core.Difference, names: Mapping[str, str]) -> Body:
    request = one.case.request
    return {
        "changes": [KINDS[kind] for kind in one.kinds],
        "times": one.case.times,
        "clientId": names.get(request.client_id, request.client_id),
        "clientName": request.client_name,
        "userId": request.user_id,
        "userName": request.user_name or None,
        "grantType": request.grant_type,
        "scopes": list(request.requested_scopes or ()),
        "grantId": one.case.ref or None,
        "before": decision_shown(one.before),
        "after": decision_shown(one.after),
    }
