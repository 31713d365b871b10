"""The ASGI callable: the pipelined edge, and Django behind it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authzsite.settings")

pages = get_asgi_application()

from authzsite.checks import refuse_unsafe_settings  # noqa: E402
from authzsite.heap import settle  # noqa: E402
from authzsite.pipelined import PipelinedEdge  # noqa: E402
from authzsite.supervisor.children import end_with_server  # noqa: E402

refuse_unsafe_settings()
application = PipelinedEdge(pages)  # type: ignore[arg-type]  # it says dict for Scope
settle()
end_with_server()
