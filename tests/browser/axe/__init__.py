"""axe-core looks for barriers on the page that is shown: WCAG 2.2 A, AA, and its good practice."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.conftest import require
from tests.node import installed
from tests.services import find_node

GRAVE = ("serious", "critical")
LOOK = """async ([rules, grave]) => {
  const found = await axe.run(document, {resultTypes: ["violations"], preload: false, ...rules});
  return found.violations.filter((one) => grave.includes(one.impact)).map((one) => ({
    rule: one.id, help: one.help, count: one.nodes.length,
    nodes: one.nodes.slice(0, 3).map((node) => `${node.target} ${node.html.slice(0, 160)} ` +
      node.any.concat(node.all).map((check) => check.message).join(" ").slice(0, 240)),
  }));
}"""


@cache
def source() -> str:
    """The script; the debugger's protocol runs it, so that no page has to allow it."""
    require("Node.js", find_node())
    return (installed(Path(__file__).parent) / "axe-core" / "axe.min.js").read_text("utf-8")


def barriers(page: Page) -> list[dict[str, Any]]:
    """Serious and critical violations: all rules in light, contrast once more in dark."""
    page.emulate_media(color_scheme="light")
    page.evaluate(source())
    found = page.evaluate(LOOK, [{}, GRAVE])
    page.emulate_media(color_scheme="dark")
    colour = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
    dark = page.evaluate(LOOK, [colour, GRAVE])
    return [*found, *({**one, "rule": f"dark {one['rule']}"} for one in dark)]
