"""A message that changes while something goes on, and ends with what came of it.

In a channel that the bot is in it is posted and updated, at most once a second
(https://docs.slack.dev/reference/methods/chat.update); elsewhere it is the answer to the delivery, whose address takes
five messages in all. Slack is spoken to in a thread of its own: what goes on neither waits for it nor fails with it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from http.client import HTTPException
from typing import TYPE_CHECKING, Protocol

from slack_sdk.errors import SlackClientError

from ecr.errors import SlackError

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from handlers.blocks.text import Message
    from handlers.delivery import Delivery
    from handlers.reply import Post

logger = logging.getLogger(__name__)

UPDATE_SECONDS = 1.0
ANSWER_SECONDS = (3.0, 10.0, 60.0)
"""Between the messages to a response_url: it takes five, and the last one is for the end."""

_LONGEST_LAST_UPDATE = 15.0


class _Way(Protocol):
    """One of the two ways to show the message; `pauses` are the seconds after each showing, the last for ever."""

    pauses: tuple[float, ...]
    endless: bool

    def show(self, message: Message) -> None:
        """Show it, new or in place of the one before."""


class Live:
    """The message; it appears with the first `show`. Use it from one thread."""

    def __init__(self, client: WebClient, post: Post, delivery: Delivery) -> None:
        """Prepare to answer a delivery.

        Args:
            client: posts and updates messages.
            post: posts to a response_url.
            delivery: what is answered, and where.
        """
        self._client = client
        self._post = post
        self._delivery = delivery
        self._way: _Way | None = None
        self._newest: deque[Message] = deque(maxlen=1)
        self._changed = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._shown_at = 0.0

    @property
    def shown(self) -> bool:
        """Whether it has appeared."""
        return self._thread is not None

    def show(self, message: Message) -> None:
        """Show a state of things soon; of several in a row the newest."""
        self._newest.append(message)
        self._changed.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="live", daemon=True)
            self._thread.start()

    def end(self, message: Message) -> None:
        """Show what came of it, and return once it is shown.

        Raises:
            SlackError: Slack did not take it, in either way.
        """
        self._ending.set()
        self._changed.set()
        if self._thread is not None:
            self._thread.join(_LONGEST_LAST_UPDATE)
        if isinstance(self._way, _Posted):
            time.sleep(max(0.0, self._shown_at + UPDATE_SECONDS - time.monotonic()))
        try:
            self._show(message)
        except SlackError:
            if isinstance(self._way, _Answer):
                raise
            _Answer(self._post, self._delivery).show(message)

    def _run(self) -> None:
        index = 0
        while not self._ending.is_set():
            self._changed.wait()
            self._changed.clear()
            if not self._newest or self._ending.is_set():
                continue
            message = self._newest.pop()
            try:
                self._ending.wait(self._shown(message, index))
                index += 1
            except SlackError as error:
                logger.warning("%s", error)
                self._ending.wait(UPDATE_SECONDS)

    def _shown(self, message: Message, index: int) -> float:
        """Show the message, if it may be shown that often, and return for how long it must stand."""
        if self._way is not None and index >= len(self._way.pauses) and not self._way.endless:
            return UPDATE_SECONDS
        way = self._show(message)
        return way.pauses[min(index, len(way.pauses) - 1)]

    def _show(self, message: Message) -> _Way:
        if self._way is not None:
            self._way.show(message)
            self._shown_at = time.monotonic()
            return self._way
        try:
            way: _Way = _Posted(self._client, self._delivery.channel)
            way.show(message)
        except SlackError:
            way = _Answer(self._post, self._delivery)
            way.show(message)
        self._way, self._shown_at = way, time.monotonic()
        return way


class _Posted:
    """A message of the bot's in the channel."""

    pauses: tuple[float, ...] = (UPDATE_SECONDS,)
    endless = True

    def __init__(self, client: WebClient, channel: str) -> None:
        self._client = client
        self._channel = channel
        self._ts: str | None = None

    def show(self, message: Message) -> None:
        """Post or update the message.

        Raises:
            SlackError: Slack did not take it.
        """
        try:
            if self._ts is None:
                self._ts = str(self._client.chat_postMessage(channel=self._channel, **message.payload())["ts"])
            else:
                self._client.chat_update(channel=self._channel, ts=self._ts, **message.payload())
        except (SlackClientError, HTTPException, OSError) as error:
            raise SlackError(f"Slack did not take a message: {type(error).__name__}.") from error


class _Answer:
    """The answer to the delivery, each in place of the one before."""

    pauses: tuple[float, ...] = ANSWER_SECONDS
    endless = False

    def __init__(self, post: Post, delivery: Delivery) -> None:
        self._post = post
        self._url = delivery.response_url
        self._begun = False

    def show(self, message: Message) -> None:
        """Post it.

        Raises:
            SlackError: Slack did not take it.
        """
        replaces, self._begun = self._begun, True
        self._post(self._url, {**message.payload(), "response_type": "ephemeral", "replace_original": replaces})
