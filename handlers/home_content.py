"""What a person's Home tab shows: who they are is asked of Slack, what there is to tell of the history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ecr.digest import Occasion
from ecr.errors import SlackError
from ecr.home import ENDED_WITHIN, MOST_SHOWN, composed
from ecr.subscription import Filters
from handlers.blocks.home import home
from handlers.opening import address

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from ecr.approval import Approvers, Person
    from ecr.home import Home, Known
    from ecr.home_ports import Homes
    from ecr.ports import Clock
    from ecr.request import Place
    from handlers.blocks.home import View
    from handlers.people import People

_MOST_KEPT = 5000


@dataclass(frozen=True, slots=True)
class HomeContent:
    """Composes Home tabs. Any thread may call it."""

    homes: Homes
    people: People
    approvers: Approvers
    client: WebClient
    clock: Clock
    _addresses: dict[Place, str] = field(default_factory=dict, init=False)

    def of(self, user: str) -> View:
        """Return somebody's Home tab as it is now.

        Raises:
            NotAllowedError: they may not use the bot.
            SlackError: Slack did not say who they are.
            HistoryError: the history cannot be read.
        """
        self.people.require_member(user)
        now, zone = self.clock(), self.people.timezone(user)
        day = now.astimezone(ZoneInfo(zone)).date()
        known = self.homes.known(user, day=day, since=now - ENDED_WITHIN)
        person, undecided = self._person(user, known)
        told = composed(known, person, self.approvers, Occasion(Filters(), day, zone, now, now), undecided)
        return home(told, self._links(told))

    def _person(self, user: str, known: Known) -> tuple[Person | None, str]:
        """Return somebody with their groups; where Slack does not say, why: the rest is told all the same."""
        accounts = dict.fromkeys(account for one in known.waiting for account in one.accounts)
        try:
            return self.people.person(user, self.approvers.groups(accounts)), ""
        except SlackError as error:
            return None, str(error)

    def _links(self, told: Home) -> dict[str, str]:
        """Return the addresses of the cards that are shown; each is asked of Slack once, for it stays."""
        shown = {one.id: one.card for one in (*told.waiting[:MOST_SHOWN], *told.asked) if one.card is not None}
        found = {key: self._address(place) for key, place in shown.items()}
        return {key: link for key, link in found.items() if link is not None}

    def _address(self, place: Place) -> str | None:
        if (kept := self._addresses.get(place)) is not None:
            return kept
        if (link := address(self.client, place)) is not None:
            if len(self._addresses) >= _MOST_KEPT:
                self._addresses.clear()
            self._addresses[place] = link
        return link
