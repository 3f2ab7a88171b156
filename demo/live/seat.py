"""One open page: it is told what is new, and what it asks for is done. Runs in the workspace's loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from demo.live.doing import Doing
from demo.live.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from demo.live.stage import Stage


class Seat:
    """A page's connection, from its opening to its end."""

    def __init__(self, stage: Stage, person: str, rows: Callable[[], Sequence[dict[str, Any]]]) -> None:
        """Prepare it.

        Args:
            stage: what there is.
            person: who sits there.
            rows: ECR as it was read last.
        """
        self._stage = stage
        self._person = person
        self._rows = rows
        self._shown = Shown()
        self._doing = Doing(stage, person)
        self._socket = web.WebSocketResponse(heartbeat=20, max_msg_size=1 << 20)
        self._awake = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Let it look for what is new."""
        self._awake.set()

    async def serve(self, request: web.Request, hello: dict[str, Any]) -> web.StreamResponse:
        """Serve the connection until it ends.

        Args:
            request: what opens it.
            hello: what it is told first.
        """
        await self._socket.prepare(request)
        await self._socket.send_json(hello)
        telling = asyncio.create_task(self._tell())
        self.wake()
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    self._start(message.data)
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await telling
        return self._socket

    async def close(self) -> None:
        """End the connection; the page finds another by itself where there is one."""
        with contextlib.suppress(ConnectionError):
            await self._socket.close()

    async def _tell(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            self._stage.tour.look()
            if news := self._shown.news(self._stage, self._person, self._rows()):
                await self._socket.send_json({**news, "now": self._stage.seconds()})

    def _start(self, text: str) -> None:
        task = asyncio.create_task(self._answer(text))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _answer(self, text: str) -> None:
        try:
            asked = json.loads(text)
        except ValueError:
            return
        if not isinstance(asked, dict):
            return
        answer = await self._doing.do(asked)
        with contextlib.suppress(ConnectionError):
            await self._socket.send_json({"answer": asked.get("id"), **answer})
        self.wake()
