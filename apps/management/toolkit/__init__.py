"""What comes over from a database of django-oauth-toolkit (`manage.py import_dot`).

Read as rows and never through its models: its settings and its users are another project's.
"""
