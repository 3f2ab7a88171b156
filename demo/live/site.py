"""What the workspace serves to people: the page's files, and the connection by which it lives."""

from __future__ import annotations

import asyncio
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from demo.live.marks import Marks, tags
from demo.live.seat import Seat
from demo.live.tour import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from demo.live.stage import Stage

PAGE = Path(__file__).resolve().parent.parent / "page"

PEOPLE = {"U0ENGINEER": "engineer", "U0ONCALL": "on-call", "U0OUTSIDER": "outsider"}
"""Who one can be, and what that makes one."""

LOOK_SECONDS = 0.25
"""How often ECR is looked at while a page is open."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}


class LiveSite:
    """The page and its connections."""

    def __init__(self) -> None:
        self._stage: Stage | None = None
        self._seats: set[Seat] = set()
        self._rows: Sequence[dict[str, Any]] = ()
        self._marks = Marks()
        self._looking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, stage: Stage) -> None:
        """Let pages in; until then they are told to wait."""
        self._stage = stage
        stage.slack.on_change(self._changed)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return what is served."""
        return (web.get("/", self._index), web.get("/page/live", self._live), web.get("/page/{file}", self._file))

    async def close(self) -> None:
        """End every connection."""
        if self._looking is not None:
            self._looking.cancel()
        for seat in tuple(self._seats):
            await seat.close()

    async def _index(self, request: web.Request) -> web.Response:
        return _served("index.html", request)

    async def _file(self, request: web.Request) -> web.Response:
        return _served(request.match_info["file"], request)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Serve a page's connection; no other site that a browser shows may open one."""
        person = request.query.get("as", "U0ENGINEER")
        if request.headers.get("Origin") not in {None, f"http://{request.host}"} or not _is_local(request):
            return web.Response(status=403)
        if self._stage is None or person not in PEOPLE:
            return web.Response(status=503 if self._stage is None else 404)
        self._loop = asyncio.get_running_loop()
        self._look()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_again())
        seat = Seat(self._stage, person, lambda: self._rows)
        self._seats.add(seat)
        try:
            return await seat.serve(request, _hello(self._stage, person))
        finally:
            self._seats.discard(seat)

    def _changed(self) -> None:
        if self._loop is not None and self._seats:
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for seat in self._seats:
            seat.wake()

    async def _look_again(self) -> None:
        while self._seats:
            await asyncio.sleep(LOOK_SECONDS)
            if self._look():
                self._wake()

    def _look(self) -> bool:
        """Look at ECR; tell whether anything is other than before."""
        before = self._rows
        if self._stage is not None:
            self._rows = tuple(
                {**row, "tags": tags(row)}
                for row in self._marks.on(self._stage.rows(), asyncio.get_running_loop().time())
            )
        return self._rows != before


def _hello(stage: Stage, person: str) -> dict[str, Any]:
    return {
        "me": person,
        "roles": PEOPLE,
        "deeds": [{"id": one.id, "label": one.label, "says": one.says} for one in stage.deeds],
        "tour": [
            {"id": s.id, "title": s.title, "how": s.how, "user": s.user, "channel": s.channel, "types": s.types}
            for s in STEPS
        ],
    }


def _served(name: str, request: web.Request) -> web.Response:
    path = PAGE / name
    if not _is_local(request) or path.parent != PAGE or not path.is_file():
        return web.Response(status=404, text="There is no such page.\n")
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(name)[0] or "application/octet-stream"
    return web.Response(body=path.read_bytes(), content_type=kind, charset="utf-8", headers=_HEADERS)


def _is_local(request: web.Request) -> bool:
    """Whether the browser was sent here by an address of this machine: a name of somebody else's may lead here too."""
    host = request.host.rpartition(":")[0] or request.host
    return host in {"127.0.0.1", "localhost", "[::1]"}
