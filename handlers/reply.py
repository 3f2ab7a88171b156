"""Answering a delivery through its response_url: once, and with a word in between where it takes long.

A response_url takes five messages within 30 minutes
(https://docs.slack.dev/interactivity/handling-user-interaction#message_responses); an answer here uses two at most.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Protocol

from handlers.blocks.text import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

STILL_ASKING = Message("Still asking AWS…")


class Post(Protocol):
    """Posts a payload to a response_url; it retries what can be retried and raises `ecr.errors.SlackError`."""

    def __call__(self, url: str, payload: Mapping[str, object]) -> None:
        """Post it."""


class Reply:
    """The answer to one delivery: a patient word after a while, then the message, in that order whatever happens."""

    def __init__(self, post: Post, url: str, patience_seconds: float | None) -> None:
        """Begin to wait.

        Args:
            post: how to post.
            url: the delivery's response_url.
            patience_seconds: after how long the asker is told that the answer takes longer; `None`: never.
        """
        self._post = post
        self._url = url
        self._lock = threading.Lock()
        self._answered = self._waited = False
        self._timer = threading.Timer(patience_seconds or 0, self._wait)
        self._timer.daemon = True
        if patience_seconds is not None:
            self._timer.start()

    def cancel(self) -> None:
        """Send nothing: the delivery is answered elsewhere, or was before."""
        self._timer.cancel()
        with self._lock:
            self._answered = True

    def answer(self, message: Message, *, in_channel: bool = False, replace: bool = False) -> None:
        """Send the answer.

        Args:
            message: what to say.
            in_channel: whether everybody in the channel sees it, or the asker alone.
            replace: whether it takes the place of the message that was clicked on.

        Raises:
            SlackError: Slack did not take it, through every retry.
        """
        self._timer.cancel()
        with self._lock:
            self._answered = True
            # What says "still asking" gives way to the answer; a message to the channel is a new one.
            replaces = replace or (self._waited and not in_channel)
            self._post(
                self._url,
                {
                    **message.payload(),
                    "response_type": "in_channel" if in_channel else "ephemeral",
                    "replace_original": replaces,
                },
            )

    def follow(self, message: Message) -> None:
        """Send one more message after the answer, to the asker alone.

        Raises:
            SlackError: Slack did not take it, through every retry.
        """
        self._post(self._url, {**message.payload(), "response_type": "ephemeral", "replace_original": False})

    def answer_soon(self, message: Message) -> None:
        """Send an answer from a thread of its own, for a caller who must not wait; a failure is logged."""
        self._timer.cancel()
        threading.Thread(target=self._attempt, args=(message,), name="reply", daemon=True).start()

    def _attempt(self, message: Message) -> None:
        try:
            self.answer(message)
        except Exception:
            logger.exception("an answer could not be delivered")

    def _wait(self) -> None:
        with self._lock:
            if self._answered:
                return
            self._waited = True
            payload = {**STILL_ASKING.payload(), "response_type": "ephemeral", "replace_original": False}
            try:
                self._post(self._url, payload)
            except Exception:
                logger.exception("could not say that the answer takes longer")
