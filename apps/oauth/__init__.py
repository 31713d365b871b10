"""The protocol over HTTP: endpoints of every authorization server, grant types, sign-in flow and
consent.

Owns no rows. Parses once, asks the domain, calls `tokens`, answers. `runtime` assembles
snapshots.
"""
