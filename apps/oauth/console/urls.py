"""The addresses of these pages under the admin site."""

from typing import Any

from django.urls import URLPattern, path

from apps.oauth.console import (
    dashboard_lists,
    doctor,
    event,
    grant,
    history,
    owners,
    policy_tests,
    putback,
    recent,
    reviews,
    revoke,
    tryit,
)
from apps.oauth.console.servers import TAB_CONTEXTS, server_tab
from apps.oauth.console.whatif_urls import client_whatif_pages, whatif_pages
from apps.systemlog.admin.jobs import job_urls

SERVER = "servers/authorizationserver/<str:object_id>"
CLIENT = "clients/client/<str:object_id>"
AT_START = (recent, dashboard_lists)
"""What registers itself for pages of apps below."""


def console_urls(site: Any) -> list[URLPattern]:
    """To be mounted before the site's own, some of which they replace."""
    view = site.admin_view
    tabs = [
        path(
            f"{SERVER}/{tab}/",
            view(server_tab),
            {"tab": tab},
            name=f"servers_authorizationserver_{tab}",
        )
        for tab in TAB_CONTEXTS
    ]
    return [
        *job_urls(site),
        *tabs,
        *(path(at, view(to), name=name) for name, (at, to) in _pages().items()),
    ]


def _pages() -> dict[str, tuple[str, Any]]:
    """Name → address and view."""
    return {
        "reviews": ("reviews/", reviews.reviews_page),
        "servers_review_decide": ("reviews/<str:object_id>/", reviews.review_page),
        **whatif_pages(SERVER),
        "servers_authorizationserver_history": (f"{SERVER}/history/", history.server_history),
        "put_back": ("history/put-back/<int:object_id>/", putback.put_back_page),
        "object_history": ("history/<str:kind>/<str:object_id>/", history.object_history),
        "systemlog_logevent_change": (
            "systemlog/logevent/<int:object_id>/change/",
            event.event_page,
        ),
        "systemlog_logevent_flow": ("systemlog/logevent/<int:object_id>/flow/", event.flow_page),
        "systemlog_logevent_json": ("systemlog/logevent/<int:object_id>/json/", event.event_json),
        "systemlog_logevent_explain": (
            "systemlog/logevent/<int:object_id>/explain/",
            event.explain_page,
        ),
        "servers_authorizationserver_try": (f"{SERVER}/try/", tryit.try_page),
        "try": ("try/", tryit.try_anywhere),
        "typed": ("typed/<str:kind>/", tryit.typed_json),
        "servers_authorizationserver_tests": (f"{SERVER}/tests/", policy_tests.tests_page),
        "policies_policytest": (f"{SERVER}/tests/<str:test_id>/", policy_tests.test_page),
        "reference": ("reference/<str:reference>/", event.reference_page),
        "tokens_doctor": ("tokens/doctor/", doctor.doctor_page),
        "tokens_revoke": ("tokens/grant/revoke/", revoke.revoke_page),
        "tokens_revoked": ("tokens/grant/revoked/<str:job_id>/", revoke.result_page),
        "tokens_grant_change": ("tokens/grant/<str:object_id>/change/", grant.grant_page),
        "tokens_grant_revoke": ("tokens/grant/<str:object_id>/revoke/", grant.revoke_page),
        "directory_user_clients": ("directory/user/<str:object_id>/clients/", owners.user_clients),
        "directory_group_clients": (
            "directory/group/<str:object_id>/clients/",
            owners.group_clients,
        ),
        "clients_client_uses": (f"{CLIENT}/uses/", owners.client_uses),
        **client_whatif_pages(CLIENT),
    }
