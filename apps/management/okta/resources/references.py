"""`/api/v1/explain/{reference}`: what an error's reference stands for (R25)."""

from typing import Any, Final

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.management.okta.base import OktaView
from apps.management.okta.explanations import ExplanationShape, shown
from apps.management.okta.faults import missing
from apps.management.okta.parameters import parameters
from apps.management.okta.schema import documented
from apps.management.okta.shapes import Shape
from apps.management.respond import answer
from apps.oauth.simulation.again import explanation_of
from apps.systemlog.admin.log import REFERENCE
from apps.systemlog.models import LogEvent
from apps.systemlog.render import as_log_event
from authzsite.domain.explanation import Explanation

MOST_EVENTS: Final = 50  # of one request there are a handful
PREFIX: Final = "OAE"  # of the errorId of these APIs


class ReferencedEventShape(Shape):
    """One event, in the shape of the system log, and its decision where it holds one."""

    event = serializers.DictField()
    explanation = ExplanationShape(allow_null=True)


class ReferenceShape(Shape):
    """What was logged of the request, the oldest event first."""

    reference = serializers.CharField()
    events = ReferencedEventShape(many=True)


class ReferenceView(OktaView):
    """The events of one request."""

    @documented("explainReference", "Explain an error by its reference", gives=ReferenceShape)
    def get(self, request: Request, reference: str) -> HttpResponse:
        parameters(request)
        text = reference.upper().removeprefix(PREFIX)
        known = REFERENCE.fullmatch(text)
        rows = LogEvent.objects.filter(reference=text).order_by("pk")[:MOST_EVENTS] if known else []
        events = [_shown(event) for event in rows]
        if not events:
            raise missing(reference, "Reference")
        return answer({"reference": text, "events": events})


def _shown(event: LogEvent) -> dict[str, Any]:
    found = explanation_of(event)
    return {
        "event": as_log_event(event),
        "explanation": shown(found) if isinstance(found, Explanation) else None,
    }
