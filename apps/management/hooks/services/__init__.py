"""The only way to change event hooks and to decide about deliveries.

`hooks` are their settings and status, `secrets` what signs, `probes` the calls that an
administrator makes by hand, `deliveries` what to do with those that were given up.
"""

from apps.management.hooks.services.deliveries import drop_delivery, retry_delivery
from apps.management.hooks.services.hooks import (
    activate_event_hook,
    create_event_hook,
    deactivate_event_hook,
    delete_event_hook,
    update_event_hook,
)
from apps.management.hooks.services.probes import send_test_event, verify_event_hook
from apps.management.hooks.services.secrets import rotate_signing_secret

__all__ = [
    "activate_event_hook",
    "create_event_hook",
    "deactivate_event_hook",
    "delete_event_hook",
    "drop_delivery",
    "retry_delivery",
    "rotate_signing_secret",
    "send_test_event",
    "update_event_hook",
    "verify_event_hook",
]
