"""Which clients are applications, and which of them may be changed here.

All OAuth clients are shown. Configuration clients look like service applications and are read-only:
what they may do is decided where token policies are (R19), and whoever may only manage
applications must not become stronger by giving itself one of their secrets or keys (row 260).
"""

from typing import Final

from apps.clients.models import Client
from apps.management.okta.faults import Fault, missing

KIND: Final = "AppInstance"
BASE: Final = "apps"
READ_ONLY: Final = (
    "is a configuration client: change it, its secrets and keys where its token policy is"
)


def app_named(app_id: str) -> Client:
    """The application, or 404."""
    app = Client.objects.filter(pk=app_id).first()
    if app is None:
        raise missing(app_id, KIND)
    return app


def changeable(app_id: str) -> Client:
    """The application, or 404; 403 for one that only can be read here."""
    app = app_named(app_id)
    if app.type == Client.Type.CONFIG:
        raise Fault(403, "E0000006", causes=(f"{app.name}: {READ_ONLY}",), reason="read_only_app")
    return app
