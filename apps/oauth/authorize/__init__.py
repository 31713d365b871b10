"""The authorization endpoint (RFC 6749 §3.1, OIDC Core §3.1.2): from a browser's request to a code.

`flow` is the order of things; each module beside it is one thing. Nothing is stored before somebody
has signed in: until then the request travels in a signed `transaction`. Owns no rows and no HTTP:
the view hands in frozen values and renders what comes out.
"""
