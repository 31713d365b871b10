"""The console's pages of the system log and of jobs, and the kit that every app's pages share.

`service` runs every write through the services, `parts` makes what templates show, `confirm` asks
before a change that revokes, `actions` does so for many rows at once, `history` reads an object's
changes from the log. Nothing in here writes a row.
"""

from apps.systemlog.admin.jobs import RevocationJobAdmin
from apps.systemlog.admin.log import LogEventAdmin

__all__ = ["LogEventAdmin", "RevocationJobAdmin"]
