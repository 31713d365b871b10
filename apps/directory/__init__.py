"""People: users, groups and memberships, and the way they sign in.

Owns the user's lifecycle and epoch (R7, R15). Which user may use which client is `clients`;
what a user may get is `policies`.
"""
