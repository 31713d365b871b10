"""Okta's SDK for Python (`okta` of PyPI), unmodified, against our server (`okta.md` 11.2).

Its models are strict: an answer that doesn't fit is an error here.
"""
