"""The management APIs and configuration as code: thin dialects over the services of the apps below.

The only app that knows django-oauth-toolkit (its resource-server half).
"""
