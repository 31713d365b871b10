"""OAuth clients, their secrets, their assignments to users and groups, and token policies.

Owns R5, R6 and R19. Rows become domain objects in `compile.py` only. Hands to `servers` and
`policies`, which refer to clients.
"""
