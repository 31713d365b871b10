"""Password hashing: argon2id with OWASP's first-choice parameters."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: a fifth of the memory of Django's default, per sign-in."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
