"""Okta's SDK for Python (`okta` of PyPI), unmodified, against our server.

Its models are strict: an answer that doesn't fit is an error here.
"""
