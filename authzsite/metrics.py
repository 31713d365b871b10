"""/metrics for Prometheus: what the apps' collectors read from the database at this moment."""

import functools
import ipaddress
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from apps.systemlog.metrics import families
from authzsite.middleware import UNKNOWN_PROXY


class Everything(Collector):
    """All that the apps have registered, read once per scrape."""

    def collect(self) -> Iterator[Metric]:
        """At one moment."""
        return families(timezone.now())


def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers, in the text format that the caller prefers; 404 for who isn't in METRICS_ALLOW.

    503 while the database doesn't answer, so that an alarm can tell the two apart.
    """
    if not may_read(request):
        raise Http404
    load_collectors()
    registry = CollectorRegistry()
    registry.register(Everything())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    try:
        text = encode(registry)
    except DatabaseError:
        return HttpResponse("database unreachable\n", status=503, content_type="text/plain")
    return HttpResponse(text, content_type=content_type, headers={"Cache-Control": "no-store"})


@functools.cache
def load_collectors() -> None:
    """Each app's `metrics.py` registers what it has to tell."""
    autodiscover_modules("metrics")


def may_read(request: HttpRequest) -> bool:
    """Whether the caller is in one of the networks of METRICS_ALLOW.

    Nobody who came through a proxy that isn't one of ours: they would all seem to be the proxy.
    """
    if request.META.get(UNKNOWN_PROXY):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in network for network in settings.METRICS_ALLOW)
