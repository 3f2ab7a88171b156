"""A sheet of paper for the page's modules: served as the demo serves them, with nothing else on it."""

from __future__ import annotations

import mimetypes
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import demo
from demo import emoji
from demo.live.prepared import prepared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Locator, Page

PAGE = Path(demo.__file__).parent / "page"

PEOPLE = [
    {"id": "U0EVA", "name": "eva", "real_name": "Eva Engineer"},
    {"id": "U0LEAD", "name": "lead", "real_name": "Lea Lead"},
]
CHANNELS = [{"id": "C0APPROVE", "name": "ecr-approvals"}, {"id": "C0ENG", "name": "eng"}]
GROUPS = [{"id": "S0ONCALL", "name": "oncall"}]
NOW = "2026-11-25T02:30:00Z"
"""What the sheet takes for the present moment."""

_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
_SHEET = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A sheet</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/page/page.css"><link rel="stylesheet" href="/page/blocks.css">
<link rel="stylesheet" href="/sheet.css"><script type="module" src="/sheet.js"></script></head>
<body><main><h1>A sheet</h1><h2>What is drawn</h2><div id="sheet"></div></main></body></html>
"""
_STYLE = "body { display: block; height: auto; } main { display: block; max-width: 900px; } #sheet { padding: 12px; }"
_SCRIPT = """
import * as blocks from "/page/blocks.js";
import * as text from "/page/mrkdwn.js";

const root = document.getElementById("sheet");
const mapped = (some) => new Map(some.map((one) => [one.id, one]));
window.acts = [];
window.gone = [];
window.answers = [];
window.context = (given) => ({
  surface: "message", me: "U0EVA", values: given.values, now: () => Date.parse(given.now),
  people: mapped(given.people), channels: mapped(given.channels), groups: mapped(given.groups),
  act: (action, node) => new Promise((resolve, reject) => {
    acts.push([action, node.dataset.action]);
    answers.push({ resolve, reject });
  }),
  go: (place) => gone.push(place),
});
Object.assign(window, { blocks, text, root });
window.turn = () => {
  acts.length = gone.length = answers.length = 0;
  root.replaceChildren();
  for (const dialog of document.querySelectorAll("dialog")) dialog.remove();
};
window.ready = true;
"""

_FOLLOWED = """() => [...document.querySelectorAll(".chart > div:not(.legend, .pie) svg")].every((svg) =>
  Math.abs(svg.viewBox.baseVal.width - svg.clientWidth) < 1)"""

_STICKS_OUT = """() => [...document.querySelectorAll("#sheet *")].some((one) =>
  one.getBoundingClientRect().right > innerWidth + 1 && !one.parentElement.closest(".scroll, .elements"))"""


class _Handler(BaseHTTPRequestHandler):
    """Serves the sheet, and the page's files as the demo does."""

    def do_GET(self) -> None:
        made = {
            "/": ("text/html", _SHEET),
            "/sheet.css": ("text/css", _STYLE),
            "/sheet.js": ("text/javascript", _SCRIPT),
        }
        file = PAGE / self.path.removeprefix("/page/")
        if self.path in made:
            kind, body = made[self.path][0], made[self.path][1].encode()
        elif file.parent == PAGE and file.is_file():
            kind = "text/javascript" if file.suffix == ".js" else mimetypes.guess_type(file.name)[0] or "text/plain"
            body = file.read_bytes()
        else:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests' output is the tests'."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the sheet on a port of its own, and return its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def html(node: Locator) -> str:
    """Return what is inside of a node as HTML, without what all links have in common."""
    return re.sub(r' class=""| target="_blank" rel="noopener noreferrer"', "", node.inner_html())


class Sheet:
    """A sheet in a window, and what can be done with it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("#sheet")
        page.wait_for_function("() => window.ready")

    def turn(self) -> None:
        """Begin anew on an empty sheet."""
        self.page.mouse.move(0, 0)
        self.page.evaluate("() => window.turn()")

    def draw(self, blocks: Sequence[object] | object, **values: Any) -> Locator:
        """Draw blocks in place of what is there.

        Args:
            blocks: what to draw.
            values: what was typed before, by the block's id.
        """
        self.page.evaluate(
            "([given, typed]) => root.replaceChildren(blocks.drawn(given, context(typed)))",
            [prepared(blocks) if isinstance(blocks, list) else blocks, self._context(values or None)],
        )
        self.page.wait_for_function(_FOLLOWED)
        return self.root

    def mrkdwn(self, text: str, *, verbatim: bool = False) -> str:
        """Draw mrkdwn, and return what it became as HTML."""
        self.page.evaluate(
            "([given, typed, verbatim]) => root.replaceChildren(text.mrkdwn(given, context(typed), verbatim))",
            [emoji.drawn_outside_code(text), self._context(None), verbatim],
        )
        return html(self.root)

    def plain(self, text: str) -> str:
        """Return a plain text as it is shown."""
        return str(self.page.evaluate("(given) => text.plainText(given)", emoji.drawn(text)))

    def standing(self) -> dict[str, Any]:
        """Return what stands in the fields."""
        found: dict[str, Any] = self.page.evaluate("() => blocks.standing(root)")
        return found

    def missing(self) -> list[str]:
        """Return the required fields that are empty."""
        return list(self.page.evaluate("() => blocks.missing(root)"))

    def complain(self, errors: dict[str, str]) -> None:
        """Show what is wrong with the fields."""
        self.page.evaluate("(errors) => blocks.complain(root, errors)", errors)

    @property
    def acts(self) -> list[dict[str, Any]]:
        """The actions that were told of."""
        return [action for action, _ in self.page.evaluate("() => acts")]

    @property
    def gone(self) -> list[dict[str, str]]:
        """The places to which links led."""
        return list(self.page.evaluate("() => gone"))

    def answer(self, at: int = -1, *, refuse: bool = False) -> None:
        """Let an action be taken, or not."""
        self.page.evaluate("([at, how]) => answers.at(at)[how]()", [at, "reject" if refuse else "resolve"])

    def resize(self, width: int) -> None:
        """Make the window narrower or wider, and wait until a chart on the sheet has followed."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.wait_for_function(_FOLLOWED)

    def is_wider_than_its_window(self) -> bool:
        """Tell whether anything sticks out to the right."""
        return bool(self.page.evaluate(_STICKS_OUT))

    @staticmethod
    def _context(values: dict[str, Any] | None) -> dict[str, Any]:
        return {"values": values, "now": NOW, "people": PEOPLE, "channels": CHANNELS, "groups": GROUPS}
