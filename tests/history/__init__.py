"""Is a revocation what it says? Real servers, concurrent clients, a recorded history, a checker.

`checker` is the rule, `ledger` says which revocation concerns which token, `world` is the
organisation, `clients` and `operations` use it, `revocations` end things and restore them,
`driver` runs it all, `launch` starts it for a test, `soak` for an hour with a `nemesis`.
"""
