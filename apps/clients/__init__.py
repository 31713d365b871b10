"""OAuth clients, their secrets, their assignments to users and groups, and token policies (R5, R6, R19).

Rows become domain objects in `compile.py` only. Hands to `servers` and `policies`, which refer to clients.
"""
