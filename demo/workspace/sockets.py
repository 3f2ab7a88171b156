"""Socket Mode: the WebSocket side (https://docs.slack.dev/apis/events-api/using-socket-mode)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_CONNECTIONS = 10

_KINDS = {"command": "slash_commands", "interaction": "interactive", "event": "events_api"}


class Sockets:
    """The open connections; every method but `ticket` runs in the server's event loop."""

    def __init__(self) -> None:
        self.open: list[web.WebSocketResponse] = []
        self._leaving: set[web.WebSocketResponse] = set()
        self._tickets: set[str] = set()
        self._waiting: dict[str, Callable[[dict[str, Any] | None], None]] = {}
        self._turn = itertools.count()

    def ticket(self) -> str:
        """Return a ticket that opens one connection."""
        made = secrets.token_urlsafe(12)
        self._tickets.add(made)
        return made

    async def connect(self, request: web.Request, changed: Callable[[], None]) -> web.StreamResponse:
        """Serve one connection until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or len(self.open) >= MOST_CONNECTIONS:
            return web.Response(status=403)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=True, heartbeat=30)
        await socket.prepare(request)
        hello = {"type": "hello", "num_connections": len(self.open) + 1, "connection_info": {"app_id": "A0ECRBOT"}}
        await socket.send_json({**hello, "debug_info": {"host": "local", "approximate_connection_time": 3600}})
        self.open.append(socket)
        changed()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self.open.remove(socket)
            self._leaving.discard(socket)
            changed()
        return socket

    async def deliver(
        self,
        kind: str,
        payload: dict[str, Any],
        acknowledged: Callable[[dict[str, Any] | None], None],
        retry: tuple[int, str] | None = None,
    ) -> bool:
        """Send an envelope over any one connection that is to stay; tell whether there was one."""
        staying = [socket for socket in self.open if socket not in self._leaving]
        if not staying:
            return False
        envelope: dict[str, Any] = {
            "envelope_id": secrets.token_hex(16),
            "type": _KINDS[kind],
            "payload": payload,
            "accepts_response_payload": kind != "event",
        }
        if retry:
            envelope["retry_attempt"], envelope["retry_reason"] = retry
        self._waiting[envelope["envelope_id"]] = acknowledged
        socket = staying[next(self._turn) % len(staying)]
        try:
            await socket.send_str(json.dumps(envelope))
        except ConnectionError:
            return False
        return True

    async def drop(self) -> None:
        """Cut every connection, without the courtesy of a close frame."""
        for socket in list(self.open):
            transport = socket._req.transport if socket._req else None  # noqa: SLF001 - aiohttp has no public word for it
            if transport is not None:
                transport.abort()
        await asyncio.sleep(0)

    async def refresh(self) -> None:
        """Tell every client to connect anew, as Slack does every few hours; what they leave gets no more deliveries."""
        self._leaving.update(self.open)
        for socket in list(self.open):
            await socket.send_json(
                {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "local"}}
            )

    @property
    def staying(self) -> int:
        """How many connections were not told to leave."""
        return len(self.open) - len(self._leaving)

    async def close(self) -> None:
        """Close every connection."""
        for socket in list(self.open):
            with contextlib.suppress(ConnectionError):
                await socket.close()

    def _acknowledged(self, text: str) -> None:
        with contextlib.suppress(ValueError, KeyError):
            answer = json.loads(text)
            self._waiting.pop(answer["envelope_id"])(answer.get("payload"))
