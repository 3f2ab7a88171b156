"""The HTTP server in front of moto: reads a call, plays the faults in force, answers or lets moto answer.

It runs in a thread of its own and listens on 127.0.0.1, HTTP/1.1 with keep-alive.
"""

from __future__ import annotations

import asyncio
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from demo.aws.calls import Request, read

if TYPE_CHECKING:
    from demo.aws.answering import Answering
    from demo.aws.calls import Call

HOST = "127.0.0.1"
_CLOSED = 499
"""The caller closed the connection: no standard status, but what servers note for it."""


class Front:
    """The server and its thread."""

    def __init__(self, answering: Answering, port: int) -> None:
        self._answering = answering
        self._asked_port = port
        self.port = 0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._released: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: Exception | None = None

    def start(self) -> None:
        """Listen; returns when it does.

        Raises:
            OSError: the port is taken.
        """
        self._thread = threading.Thread(target=self._run, name="local-aws", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Stop listening; calls that hang are dropped."""
        if self._loop is None or self._stop is None or self._thread is None:
            return
        self.release()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop = None

    def release(self) -> None:
        """Answer the calls that hang, as if nothing had been."""
        if self._loop is not None and self._released is not None:
            self._loop.call_soon_threadsafe(self._renew_release)

    def _renew_release(self) -> None:
        if self._released is not None:
            self._released.set()
        self._released = asyncio.Event()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as failure:  # noqa: BLE001 - whoever starts the server is told, in their own thread
            self._failure = failure
        finally:
            self.port = 0
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop, self._released = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.2)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._asked_port, backlog=1024).start()
            self.port = runner.addresses[0][1]
            self._started.set()
            await self._stop.wait()
        finally:
            await runner.cleanup()

    async def _handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await incoming.read()
        except ConnectionResetError:
            return web.Response(status=_CLOSED)  # whoever called was killed, so nobody reads it
        request = Request(incoming.method, incoming.path_qs, incoming.headers, body)
        call = read(request, self._answering.keys)
        if not call.outside:
            self._answering.calls.count(call)
            await self._wait(call)
            for function in self._answering.events.take(call, before=True):
                await asyncio.to_thread(function)  # it may well call this very server
        answer = self._answering.local(call)
        if answer is None:
            answer = await asyncio.to_thread(self._answering.by_moto, call, request)
        if answer.status < HTTPStatus.BAD_REQUEST and not call.outside:
            for function in self._answering.events.take(call):
                await asyncio.to_thread(function)
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def _wait(self, call: Call) -> None:
        faults = self._answering.faults
        if faults.silent(call) and self._released is not None:
            await self._released.wait()
        delay = faults.delay(call)
        if delay:
            await asyncio.sleep(delay)
