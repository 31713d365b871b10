"""What people read in templates is marked for translation: English now, any language later."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import translation

ROOT = Path(__file__).parents[2] / "templates"
UNREAD = re.compile(
    r"{%\s*comment.*?endcomment\s*%}|{#.*?#}|{%\s*blocktrans.*?endblocktrans(?:late)?\s*%}"
    r"|<(script|style)\b.*?</\1>|<code\b[^>{]*>.*?</code>"
    r"|{%\s*block (?:\w*class|coltype)\s*%}.*?{%\s*endblock",
    re.S,
)
"""Comments, what is marked, code, names of classes."""
TAG = re.compile(r"{%.*?%}|{{.*?}}", re.S)
MARKUP = re.compile(r"<!?/?[a-zA-Z\0][^>]*>|&\w+;", re.S)
ATTRIBUTE = re.compile(r"(?<![\w-])(?:aria-label|placeholder|title|alt)=\"([^\"]*)\"")
LITERAL = re.compile(r"{%\s*include\s[^%]*?%}")
ARGUMENT = re.compile(r"\b(?:title|text|body|caption|\w*label|heading_default)=\"([^\"]+)\"")
DEFAULT = re.compile(r"\|default:\"([A-Z][^\"]+)\"")
WORD = re.compile(r"[^\W\d_]{2,}")
SAMPLES = ("admin/styleguide/index.html",)
"""The style guide shows samples, to developers alone."""
NAMES = {"authzsite"}


def unmarked(source: str) -> Iterator[str]:
    """Text that a person reads, and that no translator would see."""
    read = UNREAD.sub(" ", source)
    for include in LITERAL.findall(read):
        yield from ARGUMENT.findall(include)
    yield from DEFAULT.findall(read)
    plain = TAG.sub("\0", read)
    yield from ATTRIBUTE.findall(plain)
    yield from MARKUP.sub("\0", plain).split("\0")


def test_every_word_of_a_template_is_marked() -> None:
    found: dict[str, list[str]] = {}
    paths = [*ROOT.rglob("*.html"), *ROOT.rglob("*.txt")]
    assert len(paths) > 100
    for path in paths:
        name = str(path.relative_to(ROOT))
        texts = [one.strip() for one in unmarked(path.read_text()) if WORD.search(one)]
        texts = [one for one in texts if one not in NAMES]
        if texts and name not in SAMPLES:
            found[name] = texts
    assert found == {}


def test_the_check_sees_text_attributes_and_arguments() -> None:
    source = """{% comment %}Not this{% endcomment %}<p title="A hint">Plain {{ value }} words</p>
    {% include "x.html" with title="An argument" tone="danger" %}{% translate "Marked" %}
    {% blocktranslate %}Marked, too{% endblocktranslate %}<code>machine words</code>"""
    words = [one.strip() for one in unmarked(source) if WORD.search(one)]
    assert words == ["An argument", "A hint", "Plain", "words"]


def test_translation_is_on_and_english_is_what_is_written() -> None:
    assert settings.USE_I18N and settings.LANGUAGE_CODE == "en"
    assert translation.gettext("Nothing matches") == "Nothing matches"
