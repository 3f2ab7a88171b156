"""Requests on the Home tab: what waits for somebody's decision, and what they asked for; each leads to its card.

A button counts on its request's own card alone, where the whole plan is to be seen: here is a link to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ButtonElement

from ecr.arns import is_registry
from ecr.home import MOST_SHOWN
from ecr.request import ECRBOT, State
from handlers import ids
from handlers.blocks.decision import exempting, person, progress, title
from handlers.blocks.digest_sections import more
from handlers.blocks.plan import many, sentence
from handlers.blocks.remediation import LONGEST_LABEL
from handlers.blocks.text import moment, section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_sdk.models.blocks import Block

    from ecr.home import Home
    from ecr.request import Request

LONGEST_SENTENCE = 200
"""Characters of a reason, and of what came of a request: its card has the rest."""

_DECIDED = {State.DENIED: "Denied", State.CANCELLED: "Cancelled"}


def waiting(home: Home, links: Mapping[str, str]) -> list[Block]:
    """Return the requests that the person can approve.

    Args:
        home: what they are told.
        links: the addresses of cards, by the id of their request, as far as Slack told them.
    """
    heading = "*Waits for your decision*"
    if home.undecided:
        return [section(f"{heading}\n:warning: It is not known what does: {sentence(home.undecided)}")]
    if not home.waiting:
        return [section(f"{heading}\nNothing waits for your decision.")]
    shown = home.waiting[:MOST_SHOWN]
    rows = [_row([title(one), _asked(one), *_exempting(one)], one, links) for one in shown]
    return [section(f"{heading} · {len(home.waiting)}"), *rows, *_more(len(home.waiting) - len(shown))]


def asked(home: Home, links: Mapping[str, str]) -> list[Block]:
    """Return the requests that the person asked for, with what came of each.

    Args:
        home: what they are told.
        links: as above.
    """
    heading = "*You asked for*"
    if not home.asked:
        return [section(f"{heading}\nNothing is open, and nothing ended within the last seven days.")]
    rows = [_row([title(one), _came_of(one)], one, links) for one in home.asked]
    return [section(f"{heading} · {home.asked_count}"), *rows, *_more(home.asked_count - len(rows))]


def _row(lines: list[str], request: Request, links: Mapping[str, str]) -> Block:
    link = links.get(request.id)
    if link is None and request.card is not None:
        lines = [*lines, f"Its card is in <#{request.card.channel}>."]
    return section("\n".join(lines), _card(request, link) if link else None)


def _card(request: Request, link: str) -> ButtonElement:
    one = request.items[0]
    about = many(request.items) if len(request.items) > 1 else str(one.target) if is_registry(one.arn) else one.name
    label = f"Open the card of the request for {about}"[:LONGEST_LABEL]
    return ButtonElement(text="Open the card", action_id=ids.CARD, url=link, accessibility_label=label)


def _asked(request: Request) -> str:
    until = f"it waits until {moment(request.expires_at)}"
    reason = sentence(request.reason, LONGEST_SENTENCE) or "no reason given"
    return f"Asked by {person(request.by)}, {moment(request.made_at)}; {until}\n>{reason}"


def _exempting(request: Request) -> list[str]:
    said = exempting(request)
    return [said] if said else []


def _came_of(request: Request) -> str:
    """Return how far a request is, or what came of it, in short."""
    match request.state:
        case State.REQUESTED if request.no_approver:
            return f":warning: Nobody can approve this. {sentence(request.no_approver)}"
        case State.REQUESTED:
            return f"It waits for an approver until {moment(request.expires_at)}."
        case State.DENIED | State.CANCELLED:
            return _settled(request)
        case State.APPLIED | State.FAILED:
            return _ended(request)
    return progress(request) or ""


def _settled(request: Request) -> str:
    one = request.decided
    if one is None:
        return f"{_DECIDED[request.state]}."
    by = "" if one.by == ECRBOT else f" by {person(one.by)}"
    why = f": {sentence(one.reason, LONGEST_SENTENCE)}" if one.reason else "."
    return f"{_DECIDED[request.state]}{by}, {moment(one.at)}{why}"


def _ended(request: Request) -> str:
    """Return what came of applying: of one repository its sentence, of many how many."""
    at = f" {moment(request.ended_at)}" if request.ended_at else ""
    word = str(request.state).capitalize()
    count, failed = len(request.items), len(request.failed)
    if count > 1 and (request.applied or failed):
        failures = f", {failed} failed" if failed else ""
        return f"{word}{at}: {len(request.applied)} of {count} applied{failures}."
    said = (request.items[0].sentence if count == 1 else "") or request.sentence
    return f"{word}{at}: {sentence(said, LONGEST_SENTENCE)}" if said else f"{word}{at}."


def _more(left: int) -> list[Block]:
    return [more(left, "")] if left > 0 else []
