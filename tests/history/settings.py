"""The driver's settings: the product's own, but it hashes the passwords that it sets quickly. The
servers that it starts run on `authzsite.settings`."""

from authzsite.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.hashers.QuickHasher"]
