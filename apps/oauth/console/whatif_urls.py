"""The addresses of drafts, below their server's."""

from functools import partial
from typing import Any

from apps.clients.models import Client
from apps.oauth.console import whatif, whatif_csv, whatif_edits_form, whatif_forms


def whatif_pages(server: str) -> dict[str, tuple[str, Any]]:
    """Name → address and view; `server` is the address of the server's pages."""
    policy = f"{server}/whatif/<str:run_id>/policy/<str:policy>/"
    return {
        "servers_authorizationserver_whatif": (f"{server}/whatif/", whatif.drafts_page),
        "policies_whatif": (f"{server}/whatif/<str:run_id>/", whatif.run_page),
        "policies_whatif_live": (f"{server}/whatif/<str:run_id>/live/", whatif.run_live),
        "policies_whatif_csv": (f"{server}/whatif/<str:run_id>/csv/", whatif_csv.findings_csv),
        "policies_whatif_edit": (
            f"{server}/whatif/<str:run_id>/add/<str:what>/",
            whatif_edits_form.edit_page,
        ),
        "policies_whatif_policy": (policy, whatif_forms.policy_page),
        "policies_whatif_rule": (f"{policy}rule/<str:rule>/", whatif_forms.rule_page),
    }


def client_whatif_pages(client: str) -> dict[str, tuple[str, Any]]:
    """The same below a client; `client` is the address of its pages."""
    run = f"{client}/whatif/<str:run_id>"
    return {
        "clients_client_whatif": (f"{client}/whatif/", partial(whatif.drafts_page, model=Client)),
        "clients_whatif": (f"{run}/", whatif.run_page),
        "clients_whatif_live": (f"{run}/live/", whatif.run_live),
        "clients_whatif_csv": (f"{run}/csv/", whatif_csv.findings_csv),
        "clients_whatif_edit": (f"{run}/add/<str:what>/", whatif_edits_form.edit_page),
    }
