"""One limiter for guesses at secrets: of people (passwords, codes) and of clients.

- A guess is counted before it is verified, atomically, so that parallel guesses can't overrun a
  limit; one that was right is given back.
- What is counted is the account after it was looked up, from one network, from everywhere, and all
  accounts together; a browser that has signed in before has a count of its own.
- Redis refuses first, where it is configured and answers; a row of the database decides. So an
  empty or dead Redis only costs speed (I9).

`counts` counts, `rows` is the database's part, `limits` says how much, `people` knows accounts and
devices, `turns` lets one password per core be hashed at a time.
"""

from apps.directory.attempts.people import (
    DEVICE_COOKIE,
    code_attempt,
    device_value,
    mail_attempt,
    sign_in_attempt,
)
from apps.directory.attempts.take import Attempted, TooManyError
from apps.directory.attempts.turns import turn

__all__ = [
    "DEVICE_COOKIE",
    "Attempted",
    "TooManyError",
    "code_attempt",
    "device_value",
    "mail_attempt",
    "sign_in_attempt",
    "turn",
]
