"""A page and an app as plain WebSocket clients, for tests of what the page is told and what it may ask for."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Self

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from demo.workspace import Workspace

SECONDS = 5.0


class OpenPage:
    """An open page: what it was told is in `told`, messages by their timestamp in `messages`."""

    def __init__(self, slack: Workspace, person: str, headers: dict[str, str] | None = None) -> None:
        self._address = f"{slack.url}page/live?as={person}"
        self._headers = headers or {}
        self.hello: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.answers: dict[int, dict[str, Any]] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        try:
            self._socket = await self._session.ws_connect(self._address, headers=self._headers)
        except aiohttp.WSServerHandshakeError:
            await self._session.close()
            raise
        self.hello = await self._socket.receive_json(timeout=SECONDS)
        await self.until(lambda: "channels" in self.told)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()
        await self._session.close()

    async def until(self, happened: Callable[[], object]) -> None:
        """Take what comes until something has happened."""
        while not happened():
            said = await self._socket.receive_json(timeout=SECONDS)
            if "answer" in said:
                self.answers[said["answer"]] = said
                continue
            self.messages |= {message["ts"]: message for message in said.pop("messages", ())}
            for ts in said.pop("gone", ()):
                self.messages.pop(ts, None)
            self.told |= said

    async def ask(self, what: str, **how: Any) -> dict[str, Any]:
        """Ask for something, and return the answer without its number."""
        number = len(self.answers) + 1
        await self._socket.send_json({**how, "do": what, "id": number})
        await self.until(lambda: number in self.answers)
        return {key: value for key, value in self.answers[number].items() if key != "answer"}

    async def say_nonsense(self, text: str) -> None:
        """Send what is no question."""
        await self._socket.send_str(text)


class App:
    """An app on Socket Mode that acknowledges everything at once, with `answer` where that is set."""

    def __init__(self, slack: Workspace) -> None:
        self._slack = slack
        self.deliveries: list[dict[str, Any]] = []
        self.answer: dict[str, Any] | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        headers = {"Authorization": f"Bearer {self._slack.app_token}"}
        async with self._session.post(f"{self._slack.api_url}apps.connections.open", headers=headers) as answer:
            url = (await answer.json())["url"]
        self._socket = await self._session.ws_connect(url)
        self._task = asyncio.create_task(self._serve())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await self._socket.close()
        await self._session.close()

    async def _serve(self) -> None:
        async for message in self._socket:
            envelope = json.loads(message.data)
            if "envelope_id" in envelope:
                self.deliveries.append(envelope["payload"])
                answered = {} if self.answer is None else {"payload": self.answer}
                await self._socket.send_json({"envelope_id": envelope["envelope_id"], **answered})
