"""What goes wrong with a call: before it is performed, or after, when only its answer is lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

OK, TOO_MANY_REQUESTS = 200, 429


@dataclass(slots=True)
class Fault:
    """What goes wrong with a method, and how often still (`None`: always). `after`: the answer alone is lost."""

    method: str
    status: int = OK
    error: str | None = None
    retry_after: int | None = None
    drop: bool = False
    seconds: float = 0.0
    times: int | None = 1
    after: bool = False


async def answer(
    fault: Fault | None, request: web.Request, perform: Callable[[], web.StreamResponse]
) -> web.StreamResponse:
    """Answer a call, unless a fault comes before it or takes the place of its answer."""
    if fault is None:
        return perform()
    if fault.after:
        performed = perform()
        return await _play(fault, request) or performed
    return await _play(fault, request) or perform()


async def _play(fault: Fault, request: web.Request) -> web.StreamResponse | None:
    """Let a call go wrong; `None` where it is merely slow."""
    await asyncio.sleep(fault.seconds)
    if fault.drop:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    if fault.error is not None:
        return web.json_response({"ok": False, "error": fault.error})
    if fault.status == TOO_MANY_REQUESTS:
        headers = {"Retry-After": str(fault.retry_after or 1)}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=fault.status, headers=headers)
    return web.Response(status=fault.status) if fault.status != OK else None
