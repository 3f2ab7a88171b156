"""The workspace's HTTP server, in a thread of its own on 127.0.0.1, and the sending of deliveries."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from demo.workspace import faults, modals, response_url
from demo.workspace.deliveries import ACK_SECONDS
from demo.workspace.sockets import Sockets
from demo.workspace.web_api import WebApi

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable

    from demo.workspace.deliveries import Delivery
    from demo.workspace.state import State

Result = TypeVar("Result")

HOST = "127.0.0.1"
_PAGE = "ecrbot's local Slack workspace: the Web API is at /api/, Socket Mode at /link. Type at the demo's prompt.\n"


class Site(Protocol):
    """What the server serves to people; its coroutines run in the server's loop."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return what it serves, `/` among it."""

    async def close(self) -> None:
        """End what is under way: the server stops."""


class Server:
    """Serves the Web API, Socket Mode and response_urls, and delivers to the app."""

    def __init__(
        self, state: State, bot_token: str, app_token: str, signing_secret: str, site: Site | None = None
    ) -> None:
        self.state = state
        self.port = 0
        self.target: str | None = None
        self.sockets = Sockets()
        self._secret = signing_secret
        self._site = site
        self._api = WebApi(state, bot_token, app_token, self._socket_url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="workspace", daemon=True)
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None

    def start(self, port: int) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._thread.start()
        self.run(self._start(port))

    def stop(self) -> None:
        """Stop listening and end the thread."""
        if self._thread.is_alive():
            self.run(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run something in the server's loop and return what came of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def send(self, delivery: Delivery, *, repeat: bool = False, delay: float = 0.0) -> None:
        """Deliver, without waiting for what comes of it."""
        asyncio.run_coroutine_threadsafe(self._send(delivery, repeat=repeat, delay=delay), self._loop)

    async def _start(self, port: int) -> None:
        app = web.Application(client_max_size=8 << 20, middlewares=[_without_a_reader])
        app.router.add_routes([web.get("/", self._page)] if self._site is None else list(self._site.routes()))
        app.router.add_get("/link", self._link)
        app.router.add_post("/response/{key}", self._response)
        app.router.add_route("*", "/api/{method}", self._call)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        self._client = aiohttp.ClientSession(trust_env=False)

    async def _stop(self) -> None:
        if self._site is not None:
            await self._site.close()
        await self.sockets.close()
        if self._client is not None:
            await self._client.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def _socket_url(self) -> str:
        return f"ws://{HOST}:{self.port}/link?ticket={self.sockets.ticket()}"

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=_PAGE)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        return await self.sockets.connect(request, self._changed)

    def _changed(self) -> None:
        with self.state.changed:
            self.state.changed.notify_all()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        token, arguments = await _arguments(request)
        self.state.record(method, arguments)

        def perform() -> web.StreamResponse:
            scopes = {"x-oauth-scopes": ",".join(self.state.scopes)}
            return web.json_response(self._api.call(method, token, arguments), headers=scopes)

        return await faults.answer(self.state.fault(method), request, perform)

    async def _response(self, request: web.Request) -> web.StreamResponse:
        fault = self.state.fault("response_url")
        body = await request.read()

        def perform() -> web.StreamResponse:
            status, text = response_url.post(self.state, request.match_info["key"], body)
            return web.Response(status=status, text=text)

        return await faults.answer(fault, request, perform)

    async def _send(self, delivery: Delivery, *, repeat: bool, delay: float) -> None:
        await asyncio.sleep(delay)
        delivery.begin()
        if self.target is not None:
            await self._post(delivery, self.target, repeat=repeat)
            return
        acknowledged = asyncio.Event()

        def take(payload: dict[str, Any] | None) -> None:
            acknowledged.set()
            self._acknowledge(delivery, payload)

        retry = (delivery.attempts - 1, "timeout") if repeat else None
        if not await self.sockets.deliver(delivery.kind, delivery.payload, take, retry):
            delivery.fail("dispatch_failed: the app has no connection open")
            return
        try:
            await asyncio.wait_for(acknowledged.wait(), ACK_SECONDS)
        except TimeoutError:
            delivery.fail("operation_timeout: the app did not acknowledge within 3 seconds")

    async def _post(self, delivery: Delivery, url: str, *, repeat: bool) -> None:
        body, content_type = _body(delivery)
        headers = {"Content-Type": content_type, **signature(self._secret, body)}
        if repeat:
            headers |= {"X-Slack-Retry-Num": str(delivery.attempts - 1), "X-Slack-Retry-Reason": "http_timeout"}
        if self._client is None:
            return
        try:
            timeout = aiohttp.ClientTimeout(total=ACK_SECONDS)
            async with self._client.post(url, data=body, headers=headers, timeout=timeout) as answer:
                text = await answer.text()
                if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
                    delivery.fail(f"dispatch_failed: the app answered {answer.status}")
                    return
                self._acknowledge(delivery, _payload(text, answer.content_type), answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            delivery.fail(f"operation_timeout: {type(error).__name__}")

    def _acknowledge(self, delivery: Delivery, payload: dict[str, Any] | None, status: int | None = None) -> None:
        key = str(delivery.payload.get("response_url", "")).rpartition("/")[2]
        if payload and delivery.kind == "command" and key in self.state.response_urls:
            response_url.acknowledgement(self.state, self.state.response_urls[key], payload)
        view = delivery.payload.get("view")
        if delivery.payload.get("type") == "view_submission" and isinstance(view, dict):
            modals.answered(self.state, view, payload)
        delivery.acknowledge(payload, status)


@web.middleware
async def _without_a_reader(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer nobody where the app was killed in the middle of its call: that is no defect to print."""
    try:
        return await handler(request)
    except ConnectionResetError:
        return web.Response(status=400)


def signature(secret: str, body: bytes, at: int | None = None) -> dict[str, str]:
    """Return the headers of a signed request (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
    timestamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def _body(delivery: Delivery) -> tuple[bytes, str]:
    if delivery.kind == "event":
        return json.dumps(delivery.payload).encode(), "application/json"
    form = delivery.payload if delivery.kind == "command" else {"payload": json.dumps(delivery.payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _payload(text: str, content_type: str) -> dict[str, Any] | None:
    if not text:
        return None
    return json.loads(text) if content_type == "application/json" else {"text": text}


async def _arguments(request: web.Request) -> tuple[str | None, dict[str, Any]]:
    """Return the token and the arguments of a call, from JSON, a form or the query; JSON in a form's field is read."""
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or None
    if request.content_type == "application/json":
        content = await request.json()
        arguments = dict(content) if isinstance(content, dict) else {}
    else:
        arguments = {key: _value(str(value)) for key, value in {**request.query, **(await request.post())}.items()}
    token = arguments.pop("token", None)
    return bearer or token, arguments


def _value(text: str) -> Any:  # noqa: ANN401 - JSON, or the text itself
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
