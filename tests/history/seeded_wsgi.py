"""The WSGI callable of a build that is wrong on purpose."""

import os

from authzsite.wsgi import application
from tests.history.seeded import BUGS, VARIABLE

BUGS[os.environ[VARIABLE]]()

__all__ = ["application"]
