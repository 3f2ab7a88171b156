"""What the handlers need, put together once by bot/app.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from ecr.asking import Asking
    from ecr.check import Checker
    from ecr.composing import Composer
    from ecr.deciding import Deciding
    from ecr.fixing import Fixing
    from ecr.freshness import Freshener
    from ecr.fulfilling import Fulfilment
    from ecr.guarding import Guarding
    from ecr.model import Policy
    from ecr.ports import Clock, History, Postbox, Postings, Subscriptions
    from ecr.request_ports import Drafts, Requests
    from ecr.sweep import Sweeper
    from ecr.trouble import Trouble
    from handlers.home_tabs import HomeTabs
    from handlers.people import People
    from handlers.reply import Post
    from handlers.work import Work


class Meter(Protocol):
    """Counts what was answered, for whoever operates the bot."""

    def answered(self, kind: str, outcome: str, seconds: float) -> None:
        """Count an answer.

        Args:
            kind: the command or action.
            outcome: `done`, `refused` or `error`.
            seconds: from the delivery to the answer.
        """


@dataclass(frozen=True, slots=True)
class Deps:
    """The collaborators of every handler.

    `troubles` are what went wrong lately in what nobody waits for, oldest first.
    `deadline_seconds` is how long AWS is waited for; after `patience_seconds` the asker is told that it takes longer.
    """

    checker: Checker
    sweeper: Sweeper
    history: History
    people: People
    work: Work
    client: WebClient
    post: Post
    clock: Clock
    meter: Meter
    subscriptions: Subscriptions
    postings: Postings
    postbox: Postbox
    composer: Composer
    freshener: Freshener
    troubles: Callable[[], tuple[Trouble, ...]]
    asking: Asking
    fixing: Fixing
    guarding: Guarding
    deciding: Deciding
    fulfilment: Fulfilment
    drafts: Drafts
    requests: Requests
    policy: Policy
    home_tabs: HomeTabs
    deadline_seconds: float = 10.0
    patience_seconds: float = 2.0
