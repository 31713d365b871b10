"""Okta's SDK for Node (`@okta/okta-sdk-nodejs` of npm), unmodified, against our server. The
scripts beside this file drive it; the lock file says which versions, npm gets them.
"""
