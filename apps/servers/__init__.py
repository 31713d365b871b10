"""Authorization servers with their scopes, claims and signing keys (R1, R2, R12), and the
installation row.

Owns `version`: every change to anything of a server goes through `services.touch`, so that one
number tells whether a compiled snapshot is current.
"""
