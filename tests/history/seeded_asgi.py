"""The ASGI callable of a build that is wrong on purpose."""

import os

from authzsite.asgi import application
from tests.history.seeded import BUGS, VARIABLE

BUGS[os.environ[VARIABLE]]()

__all__ = ["application"]
