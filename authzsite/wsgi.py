"""The WSGI callable, for granian, gunicorn and others."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authzsite.settings")

django = get_wsgi_application()

from authzsite.checks import refuse_unsafe_settings  # noqa: E402
from authzsite.heap import settle  # noqa: E402
from authzsite.supervisor.children import end_with_server  # noqa: E402
from authzsite.unframed import framed  # noqa: E402

refuse_unsafe_settings()
application = framed(django)
settle()
# A web process whose server was killed would go on answering (F2).
end_with_server()
