"""The OpenAPI document of the management APIs, and the console's page of it.

drf-spectacular reads it off the views; the hooks here say what belongs in it, and add what the base
views do for every call: credentials, validators, idempotency, allowance. It is frozen in
`apps/management/openapi.yaml`; `python -m tests.docs.openapi` writes it anew.
"""
