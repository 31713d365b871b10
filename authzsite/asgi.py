"""The ASGI callable."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authzsite.settings")

application = get_asgi_application()

from authzsite.checks import refuse_unsafe_settings  # noqa: E402
from authzsite.heap import settle  # noqa: E402

refuse_unsafe_settings()
settle()
