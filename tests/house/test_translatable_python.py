"""What people read from Python is marked for translation, too: in the parts that make pages."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.contrib import admin

from apps.policies.words import WORDS
from apps.systemlog.names import NAMES
from authzsite.domain.conditions import CONDITIONS

ROOT = Path(__file__).parents[2]
PAGES = (
    *("apps/*/admin.py", "apps/*/admin/*.py", "apps/*/forms.py", "apps/*/models.py"),
    *("apps/*/apps.py", "apps/directory/roles.py", "apps/policies/uses.py"),
    *("apps/management/*/admin.py", "apps/management/*/admin/*.py", "apps/management/*/*forms.py"),
    *("apps/management/*/models.py", "apps/management/description/page.py"),
    *("apps/oauth/console/*.py", "apps/oauth/account/*.py", "apps/oauth/simulation/*.py"),
    *("authzsite/menu.py", "authzsite/admin_site.py", "authzsite/adapters.py"),
)
"""What the services refuse stays English: APIs answer the same words. So does what is logged."""
MARKS = {
    *("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"),
    *("Target", "getLogger", "debug", "info", "log", "exception"),
}
"""Calls whose words are marked, or are nobody's to read on a page."""
SAID = {
    *("label", "help_text", "description", "verbose_name", "verbose_name_plural", "title"),
    *("heading", "hint", "body", "button", "submit", "warning", "done", "search_help_text"),
}
"""Keywords, members and attributes that hold words even where it is one alone."""
FIRST = {"text", "badge", "link", "action", "post_action", "success", "error"}
WORDS_IN_A_ROW = re.compile(r"[A-Za-z]{2,}[,:;]? (?:[a-z] )?[A-Za-z']{2,}|^\d+ [a-z]{3,}")
WORD = re.compile(r"[a-zA-Z]{2,}")
NOT_WORDS = re.compile(
    r"<\w|\b(?:SELECT|UNION|COUNT)\b|^--|^Mac OS X$|^Samsung Internet$|; \w+=|\[|^\w+\.\w+$"
)
MACHINE = {
    *("ID", "URL", "JSON", "Redis", "curl", "id", "no-store, private", "key revoked"),
    *("Authorization: SSWS <API token>", "authzsite new e-mail address"),
    *("terms of service", "key ID", "second factor"),  # of `labels.TERMS`: parts of a name
    "0 until 0",
    *("a mail could not be sent (%s)", "A rule with all conditions that exist."),
}
Found = tuple[int, str]


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def words_of(node: ast.AST) -> str | None:
    """The text of a literal; what an f-string fills in is a hole."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(one.value) if isinstance(one, ast.Constant) else "0" for one in node.values
        )
    return None


def unmarked(node: ast.AST, is_said: bool = False) -> Iterator[Found]:
    """Literals with words in a row, and single words where words are said."""
    words = words_of(node)
    if words is not None:
        pattern = WORD if is_said else WORDS_IN_A_ROW
        if pattern.search(words) and not NOT_WORDS.search(words) and words not in MACHINE:
            yield node.lineno, words  # type: ignore[attr-defined]
        return
    for child, child_said in below(node, is_said):
        yield from unmarked(child, child_said)


def below(node: ast.AST, is_said: bool) -> Iterator[tuple[ast.AST, bool]]:
    """What a node holds, and whether words are said there."""
    if isinstance(node, ast.Call):
        if called(node) not in MARKS:
            says = called(node) in FIRST
            yield from ((one, at == 0 and says) for at, one in enumerate(node.args))
            yield from ((one.value, one.arg in SAID) for one in node.keywords)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield value, isinstance(key, ast.Constant) and key.value in SAID
    elif isinstance(node, ast.Assign):
        names = {getattr(one, "id", "") for one in node.targets}
        yield node.value, bool(names & SAID - {"label"})  # an app's label is its name
    elif isinstance(node, ast.AnnAssign):
        yield from ([(node.value, False)] if node.value else [])
    elif isinstance(node, ast.IfExp):
        yield from ((node.body, is_said), (node.orelse, is_said))
    elif not (isinstance(node, ast.Expr) and words_of(node.value) is not None):  # no docstring
        yield from ((one, False) for one in ast.iter_child_nodes(node))


def pages() -> list[Path]:
    return sorted({path for pattern in PAGES for path in ROOT.glob(pattern)})


def test_every_word_of_python_that_reaches_a_page_is_marked() -> None:
    assert len(pages()) > 150
    found = {
        str(path.relative_to(ROOT)): list(unmarked(ast.parse(path.read_text()))) for path in pages()
    }
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_the_check_sees_keywords_members_calls_and_sentences() -> None:
    source = """\"\"\"Not a docstring.\"\"\"
title = "Alone"
CharField(label="Name", help_text=_("Marked"), kind="nobody")
page = {"heading": "Scopes", "icon": "dot", "rest": f"{number} more of them"}
messages.success(request, "It is done.")
text("words"), chip("machine"), badge(_("Active"), "success")
"""
    assert [words for _, words in unmarked(ast.parse(source))] == [
        *("Alone", "Name", "Scopes", "0 more of them", "It is done.", "words")
    ]


def test_names_that_models_dont_say_are_there_for_translators() -> None:
    """Of fields in lists and forms, of the models themselves, and of the core's conditions."""
    lacking: set[str] = set()
    for model, table in admin.site._registry.items():
        form: type = table.form
        shown = {*table.list_display, *getattr(form, "base_fields", ())}
        own: tuple[Any, ...] = (*model._meta.fields, *model._meta.many_to_many)
        called = [one for one in own if one.name in shown and one._verbose_name is None]
        names = {str(one.verbose_name) for one in called}
        said = {"verbose_name", "verbose_name_plural"} - set(model._meta.original_attrs)
        lacking |= (names | {str(getattr(model._meta, name)) for name in said}) - set(NAMES)
    assert lacking == set()
    told = {spec.metadata[key] for one in CONDITIONS for spec in fields(one) for key in SPEC}
    assert told | {one.label for one in CONDITIONS} == set(WORDS)


SPEC = ("label", "help")
