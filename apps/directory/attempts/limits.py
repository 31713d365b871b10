"""How many guesses, under which key, in which window: all of them in one place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from authzsite.domain.tokens import digest


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` guesses of a kind, under one key, in each window of so many seconds."""

    kind: str
    most: int
    seconds: int

    def tally(self, now: datetime, *key: str) -> "Tally":
        """The count under a key in the window of `now`."""
        window, second = divmod(int(now.timestamp()), self.seconds)
        text = "\0".join((self.kind, str(window), *key))
        return Tally(digest("throttle", text), self, self.seconds - second)


@dataclass(frozen=True, slots=True)
class Tally:
    """One key in one window; the key is a digest, so nothing that was typed is kept."""

    key: str
    limit: Limit
    seconds_left: int


CLIENT_SECRET: Final = Limit("client secret", 20, 60)  # per source and client

# Passwords of people.
ACCOUNT_AT_SOURCE: Final = Limit("account at source", 10, 300)
SOURCE: Final = Limit("source", 30, 60)  # one password against many accounts
ACCOUNT: Final = Limit("account", 300, 3600)  # from everywhere
EVERYTHING: Final = Limit("everything", 1200, 60)  # half of what two cores can hash
DEVICE: Final = Limit("device", 10, 300)  # a known browser, whatever the others do

# Codes of six digits: the password was right, so source and device say little.
CODE: Final = Limit("code", 10, 900)
CODES_A_DAY: Final = Limit("codes", 50, 86_400)  # 1 in 7,000 a day that one of them is right
KNOWN_CODE: Final = Limit("code of a device", 10, 900)
KNOWN_CODES_A_DAY: Final = Limit("codes of a device", 50, 86_400)

# Mail that strangers can cause.
MAIL_FROM_SOURCE: Final = Limit("mail from source", 20, 3600)
MAIL_TO_ADDRESS: Final = Limit("mail to address", 5, 3600)
