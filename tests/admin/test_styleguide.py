"""The style guide shows every component."""

import re
from typing import Any

from django.conf import settings as configured
from django.test import Client as Browser

FOLDER = configured.ROOT / "templates/components"


def test_every_component_has_a_sample(root: Browser, settings: Any) -> None:
    """It is named in a heading, and rendered."""
    settings.DEBUG = True
    response = root.get("/admin/styleguide/")
    assert response.status_code == 200
    components = {f"components/{path.name}" for path in FOLDER.glob("*.html")}
    headings = " ".join(re.findall(r"<h2>(components/.*?)</h2>", response.content.decode()))
    assert len(components) > 20
    assert components - set(re.findall(r"components/\w+\.html", headings)) == set()
    assert components - {template.name for template in response.templates} == set()
