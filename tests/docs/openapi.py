"""The frozen description of the management APIs: `python -m tests.docs.openapi` writes it, a test
compares it.
"""

import os
from typing import Any

from tests.docs.blocks import ROOT

FROZEN = ROOT / "apps" / "management" / "openapi.yaml"


def document() -> dict[str, Any]:
    """The description, read off the views."""
    from drf_spectacular.generators import SchemaGenerator

    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def as_yaml(found: dict[str, Any]) -> str:
    """As it is frozen."""
    from drf_spectacular.renderers import OpenApiYamlRenderer

    text: str = OpenApiYamlRenderer().render(found, renderer_context={}).decode()
    return text


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    FROZEN.write_text(as_yaml(document()))
