"""The management API in Okta's dialect, `/api/v1`: shapes, errors, cursors and links as its SDKs
expect them.

It owns how a call is let in (API tokens, `okta.*` and pattern scopes), answered and described. What
a call does is the services', the same that the console uses. One file of `resources/` for each kind
of object; to add one, write its file and its line in `urls.py`.
"""
