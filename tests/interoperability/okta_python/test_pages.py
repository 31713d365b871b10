"""450 objects through the SDK's own pagination: each once, and in no more pages than needed."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.interoperability.okta_crowd import MANY, make_crowd
from tests.interoperability.okta_python.sdk import Sdk

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_it_follows_every_list_to_its_end(sdk: Sdk) -> None:
    crowd = make_crowd()
    lists: dict[str, tuple[str, ...]] = {
        "list_authorization_servers": (),
        "list_o_auth2_scopes": (crowd.server_id,),
        "list_applications": (),
        "list_application_users": (crowd.app_id,),
        "list_application_group_assignments": (crowd.app_id,),
        "list_users": (),
        "list_groups": (),
        "list_group_users": (crowd.group_id,),
        "list_log_events": (),
    }
    # Without an end a log is polled: there is always a next page.
    now = datetime.now(UTC)
    bound = {"since": (now - timedelta(hours=1)).isoformat(), "until": now.isoformat()}
    for method, ids in lists.items():
        pages = sdk.pages(method, *ids, limit=200, **(bound if "log" in method else {}))
        found = [getattr(one, "uuid", None) or one.id for page in pages for one in page]
        assert len(found) == len(set(found)) >= MANY, method
        assert [len(page) for page in pages[:-1]] == [200] * (len(pages) - 1), method
