"""Putting things back as the log says they were (R24), by the services that any edit goes through.

What was revoked stays revoked (R16): an object that is made again is a new one with epochs of its
own, and gets the id of the old one only where the service sees to that (servers). Secrets and
passwords never come back: the log has none.
"""

from apps.oauth.putback.plan import Plan, Problem, plan_for, reason_against

__all__ = ["Plan", "Problem", "plan_for", "reason_against"]
