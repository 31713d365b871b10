"""API tokens: a person's standing key to the management API (Okta's `SSWS`).

It owns the row, its making, its use and its end. What a token may do is what its owner may do.
"""
