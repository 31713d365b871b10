"""A password hasher for tests: argon2id, but quick."""

from authzsite.hashers import Argon2idHasher


class QuickHasher(Argon2idHasher):
    """The real algorithm at its smallest parameters."""

    memory_cost = 8
    time_cost = 1


class WeakHasher(Argon2idHasher):
    """Below the limit, for the check that says so."""

    time_cost = 1


class OlderHasher(QuickHasher):
    """Other parameters, so that its hashes are due for renewal."""

    time_cost = 2
