"""The parts of the README that are made from the code: `python -m tests.docs.blocks` writes them,
a test compares them.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(
    r"(<!-- begin (?P<name>[a-z]+) -->\n)(?P<text>.*?)(<!-- end (?P=name) -->)", re.S
)
RULES = re.compile(r" \((?:design rules? )?R\d[^)]*\)")  # numbers that only the code explains
SILENT = {"head", "options", "trace"}


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    titles = list(titles)
    lines = [titles, ["---"] * len(titles), *([cell(part) for part in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def cell(text: str) -> str:
    """One cell: one line, and no bar of its own."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """As code, nothing for nothing."""
    return f"`{text}`" if text else ""


def settings_block() -> str:
    """The environment variables."""
    from authzsite.env import SETTINGS

    rows = ((code(one.name), code(one.default), one.help) for one in SETTINGS)
    return table(("Variable", "Default", "Meaning"), rows)


def endpoints_block() -> str:
    """What programs and browsers of clients may ask; what is below `/api/v1` is described in
    OpenAPI."""
    from django.urls import URLPattern

    from apps.management.okta.base import UnknownResourceView
    from apps.management.urls import urlpatterns as management
    from apps.management.views.base import UnknownView
    from apps.oauth.urls import urlpatterns as oauth

    rows = []
    for pattern in (*oauth, *management):
        if not isinstance(pattern, URLPattern):
            continue
        view = getattr(pattern.callback, "view_class", None)
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if view in {None, UnknownView, UnknownResourceView}:
            continue
        methods = [m.upper() for m in view.http_method_names if m not in SILENT and has(view, m)]
        rows.append((" ".join(methods), code(f"/{path}"), first_line(view)))
    return table(("Methods", "Path", "What it is"), rows)


def has(view: type, method: str) -> bool:
    """Whether the view answers it."""
    return hasattr(view, method)


def first_line(thing: object) -> str:
    """The first sentence of a docstring, whole, without what comes after a blank line."""
    return RULES.sub("", cell((thing.__doc__ or "").split("\n\n")[0]))


def grants_block() -> str:
    """The grant types."""
    from apps.oauth.grants import MODULES

    rows = (
        (code(m.SPEC.name), ", ".join(sorted(m.SPEC.client_types)), code(module_file(m.__name__)))
        for m in MODULES
    )
    return table(("Grant type", "Client types", "Module"), rows)


def conditions_block() -> str:
    """The conditions of policy rules."""
    from authzsite.domain.conditions import CONDITIONS

    rows = (
        (code(one.name), first_line(one), code(module_file(one.__module__))) for one in CONDITIONS
    )
    return table(("Condition", "What it asks", "Module"), rows)


def events_block() -> str:
    """The types of the system log."""
    from apps.systemlog.events import EVENT_TYPES

    return table(("Event type", "What happened"), ((code(e.name), e.message) for e in EVENT_TYPES))


def module_file(name: str) -> str:
    """Where a module is."""
    return name.replace(".", "/") + ".py"


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings_block,
    "endpoints": endpoints_block,
    "grants": grants_block,
    "conditions": conditions_block,
    "events": events_block,
}


def written(text: str) -> str:
    """The README with its blocks as the code wants them."""
    return BLOCK.sub(lambda m: f"{m[1]}{BLOCKS[m['name']]()}{m[4]}", text)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    README.write_text(written(README.read_text()))
