"""The addresses of drafts, below their server's."""

from typing import Any

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
