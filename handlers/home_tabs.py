"""Home tabs on their way to Slack: published when they are opened, and anew when what they show has changed."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError, SlackClientError

from ecr.errors import BusyError, EcrbotError, HistoryError, SlackError
from ecr.home import part_of
from handlers.blocks.home import closed
from handlers.blocks.text import plain
from handlers.people import NotAllowedError
from handlers.refusals import code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ecr.request import Request
    from ecr.request_ports import Requests
    from handlers.blocks.home import View
    from handlers.home_content import HomeContent
    from handlers.work import Work

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.2
"""How long further changes are waited for, so that those of one burst are published together."""


@dataclass(frozen=True, slots=True)
class HomeTabs:
    """Publishes Home tabs. Any thread may call it; of one person one at a time is published, so that none overtakes."""

    content: HomeContent
    requests: Requests
    work: Work
    pause: Callable[[float], object] = time.sleep
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _locks: dict[str, threading.Lock] = field(default_factory=dict, init=False)
    _changed: set[str] = field(default_factory=set, init=False)
    _under_way: threading.Event = field(default_factory=threading.Event, init=False)

    def open(self, user: str) -> None:
        """Publish the Home tab of somebody who looks at it, and keep it up to date from now on.

        Raises:
            NotAllowedError: they may not use the bot.
            SlackError: Slack did not say who they are, or did not take it.
            HistoryError: the history cannot be read.
        """
        self.content.people.require_member(user)
        try:
            self.content.homes.opened(user, at=self.content.clock())
        except HistoryError as error:
            logger.warning("the Home tab of %s is not kept up to date: %s", user, error)
        self._publish(user, anew=True)

    def say(self, user: str, blocks: Iterable[dict[str, Any]]) -> None:
        """Publish nothing but some blocks: why there is nothing to see.

        Raises:
            SlackError: Slack did not take it.
        """
        with self._alone(user):
            self._send(user, closed(blocks))
            self._note(user, "")

    def changed(self, request: str) -> None:
        """Have the Home tabs of all who are part of a request show how it is now, soon; it never fails, nor waits."""
        with self._lock:
            self._changed.add(request)
            if self._under_way.is_set():
                return
            self._under_way.set()
        try:
            self.work.submit(self._refresh)
        except BusyError as error:
            self._under_way.clear()
            logger.info("Home tabs are out of date: %s", error)

    def _refresh(self) -> None:
        """Publish whatever has changed, until nothing more does."""
        while True:
            self.pause(PAUSE_SECONDS)
            with self._lock:
                requests = sorted(self._changed)
                self._changed.clear()
                if not requests:
                    self._under_way.clear()
                    return
            try:
                owners = self._owners_of(requests)
            except Exception:
                logger.exception("Home tabs are not refreshed")
            else:
                for user in sorted(owners):
                    self._keep_up(user)

    def _owners_of(self, requests: Iterable[str]) -> set[str]:
        """Return who has a Home tab, and is part of one of some requests."""
        looking = self.content.homes.users(self.content.clock())
        if not looking:
            return set()
        found = (self.requests.get(request) for request in requests)
        parts = [part_of(one, self.content.approvers, self._members(one)) for one in found if one is not None]
        return {user for user in looking if any(user in part for part in parts)}

    def _members(self, request: Request) -> Mapping[str, frozenset[str]]:
        try:
            return self.content.people.members(self.content.approvers.groups(request.accounts))
        except SlackError as error:
            logger.warning("approvers' Home tabs do not tell of request %s: %s", request.id, error)
            return {}

    def _keep_up(self, user: str) -> None:
        """Publish a Home tab that has changed; where that fails, the next change or opening mends it."""
        try:
            self._publish(user)
        except NotAllowedError as error:
            self._end(user, error)
        except EcrbotError as error:
            logger.warning("the Home tab of %s is out of date: %s", user, error)
        except Exception:
            logger.exception("the Home tab of %s is out of date", user)

    def _end(self, user: str, error: NotAllowedError) -> None:
        """Show somebody who may not use the bot any more why, and nothing else."""
        try:
            self.say(user, plain(str(error)).payload()["blocks"])
            self.content.homes.forget(user)
        except EcrbotError as failure:
            logger.warning("the Home tab of %s is out of date: %s", user, failure)

    def _publish(self, user: str, *, anew: bool = False) -> None:
        """Publish a Home tab as it is now; unless it is opened, only where it is not as it was published last."""
        with self._alone(user):
            view = self.content.of(user)
            mark = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()
            if anew or mark != self.content.homes.shown(user):
                self._send(user, view)
                self._note(user, mark)

    def _note(self, user: str, mark: str) -> None:
        try:
            self.content.homes.published(user, mark)
        except HistoryError as error:
            logger.warning("the Home tab of %s is published once more than it need be: %s", user, error)

    def _send(self, user: str, view: View) -> None:
        """Publish (https://docs.slack.dev/reference/methods/views.publish)."""
        try:
            self.content.client.views_publish(user_id=user, view=view)
        except SlackApiError as error:
            raise SlackError(f"Slack did not take the Home tab of {user} ({code_of(error)}).") from error
        except (SlackClientError, HTTPException, OSError) as error:
            raise SlackError(f"Slack could not be reached to publish the Home tab of {user}.") from error

    def _alone(self, user: str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(user, threading.Lock())
