"""Password hashing: argon2id with OWASP's first-choice parameters."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: as strong as Django's default here, at a fifth of the memory."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
