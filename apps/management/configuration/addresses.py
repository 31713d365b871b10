"""Whether the addresses of a file's hooks may be talked to (rows 250, 298). Looks names up, so it
is asked before the transaction, and only about addresses that are new."""

from collections.abc import Iterator

from apps.management.configuration.items import Document
from apps.management.configuration.problems import Problem
from apps.management.hooks.models import EventHook
from apps.management.hooks.validation import url_problems
from apps.policies.models import InlineHook


def address_problems(wanted: Document) -> Iterator[Problem]:
    """What is wrong with them. The rest is carried out all the same, to be judged, too."""
    for section, rows in (("inlineHooks", InlineHook.objects), ("eventHooks", EventHook.objects)):
        items = [one for one in wanted.items(section) if "url" in one.values]
        known = dict(rows.filter(name__in=[one.key[0] for one in items]).values_list("name", "url"))
        for item in items:
            url = item.values["url"]
            if url == known.get(item.key[0]):
                continue
            for problem in url_problems(url):
                item.broken.add("url")
                yield Problem(item.line_of("url"), f"{item.path}.url", problem.message)
