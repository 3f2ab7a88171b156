"""What the history knows: the list of what does not comply, and the timeline of one repository."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, ButtonElement

from ecr.errors import UsageError
from ecr.model import Verdict
from ecr.names import shown
from handlers import ids
from handlers.blocks.finding import STALE
from handlers.blocks.text import Message, code, context, plain, section, verbatim
from handlers.blocks.unread import unread

if TYPE_CHECKING:
    from datetime import datetime

    from slack_sdk.models.blocks import Block

    from ecr.swept import Standing, Standings, SweepReport
    from ecr.timeline import Event

PAGE_ROWS = 15
MOST_EVENTS = 40
NAMES_SAID = 5


@dataclass(frozen=True, slots=True)
class ListView:
    """Which part of the list is shown: the filters as they were typed, and the page, from 0."""

    typed: str
    page: int = 0

    def value(self, page: int) -> str:
        """Return the value of a button that shows another page."""
        return json.dumps({"list": self.typed, "page": page}, separators=(",", ":"))

    @classmethod
    def of(cls, value: str) -> ListView:
        """Return the view that a button's value names.

        Raises:
            UsageError: it is not one of ours.
        """
        try:
            content = json.loads(value)
            typed, page = content["list"], content["page"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise UsageError(STALE) from error
        if not (isinstance(typed, str) and type(page) is int and page >= 0):
            raise UsageError(STALE)
        return cls(typed, page)


def listed(found: Standings, view: ListView, swept_at: datetime | None) -> Message:
    """Return a page of what does not comply.

    Args:
        found: the page's part of what does not comply, as last read.
        view: the filters, and which page.
        swept_at: when the last sweep ended; `None` where there was none.
    """
    if swept_at is None:
        return plain(f"There was no sweep yet, so nothing is known: type {ids.COMMAND} sweep.")
    if not found.rows:
        return _nothing_listed(found, swept_at)
    last, page = (found.count - 1) // PAGE_ROWS, view.page
    since = f", {found.unread_count} of them not read since" if found.unread_count else ""
    blocks: list[Block] = [section(f"*{found.count} non-compliant* by the last sweep{since}")]
    blocks += [_row(one) for one in found.rows]
    buttons = []
    if page > 0:
        buttons.append(ButtonElement(text="Previous", action_id=f"{ids.LIST}:previous", value=view.value(page - 1)))
    if page < last:
        buttons.append(ButtonElement(text="Next", action_id=f"{ids.LIST}:next", value=view.value(page + 1)))
    if buttons:
        blocks.append(ActionsBlock(elements=buttons))
    if found.unknown_count:
        blocks.append(context(f"{found.unknown_count} more {_are(found.unknown_count)} unknown."))
    if page == 0:
        blocks += unread(found.unread)
    blocks.append(context(f"Page {page + 1} of {last + 1} · swept {_moment(swept_at)}"))
    names = ", ".join(one.assessment.name for one in found.rows[:NAMES_SAID])
    left = found.count - min(len(found.rows), NAMES_SAID)
    more = f" and {left} more" if left else ""
    return Message(f"{found.count} non-compliant by the last sweep: {names}{more}", tuple(blocks))


def unmatched(pattern: str) -> Message:
    """Return that no known repository has such a name."""
    return plain(f"No repository matches {shown(pattern)}.")


def timeline(name: str, events: tuple[Event, ...]) -> Message:
    """Return what happened to a repository, the latest of it."""
    if not events:
        return plain(f"Nothing is known of {name}: no check and no sweep has seen it.")
    latest = events[-MOST_EVENTS:]
    lines = [_line(event) for event in latest]
    # Half a dozen events a section: the text of one is limited.
    blocks = [section("\n".join(lines[start : start + 6])) for start in range(0, len(lines), 6)]
    blocks.insert(0, section(f"*History* of {code(name)}"))
    left = len(events) - len(latest)
    small_print = [context(f"{left} earlier events are in python -m bot history.")] if left else []
    return Message(f"{name}: {len(events)} events, the last: {events[-1].detail}", (*blocks, *small_print))


def sweeping(done: int, targets: int) -> Message:
    """Return how far a sweep is."""
    return plain(f"Sweeping: {done} of {targets} accounts and regions are read…")


def swept(report: SweepReport) -> Message:
    """Return what a sweep came to."""
    said = (
        f"{report.repositories} repositories in {report.targets} accounts and regions after {report.seconds:.1f} s: "
        f"{report.failing} non-compliant, {report.unknown} unknown, {report.exempt} exempt, "
        f"{report.passing} compliant. Findings: {report.changes.opened} opened, {report.changes.resolved} resolved."
    )
    return Message(said, (section(verbatim(said)), *unread(report.unreadable)))


def _nothing_listed(found: Standings, swept_at: datetime) -> Message:
    """Return that nothing is listed, and what of it is not known."""
    if found.is_certain:
        return plain("Nothing is non-compliant by the last sweep, as far as these filters go.")
    doubts = []
    if found.unknown_count:
        repositories = "repository is" if found.unknown_count == 1 else "repositories are"
        doubts.append(f"{found.unknown_count} {repositories} unknown")
    if found.unread:
        targets = "account and region" if len(found.unread) == 1 else "accounts and regions"
        doubts.append(f"{len(found.unread)} {targets} could not be read")
    said = f"Nothing that could be read is non-compliant by the last sweep, but {' and '.join(doubts)}."
    return Message(said, (section(said), *unread(found.unread), context(f"Swept {_moment(swept_at)}")))


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _row(one: Standing) -> Block:
    found = one.assessment
    failing = " ".join(verbatim(finding.evidence) for finding in found.findings if finding.verdict is Verdict.FAIL)
    title = f"{code(found.name)} · {verbatim(str(found.target))}"
    if one.unread:
        last = f":white_circle: {title} · last known {_moment(one.read_at)}"
        return section(f"{last}\n{failing}\nNot read since: {verbatim(one.unread)}")
    arn = found.repository.arn if found.repository else ""
    return section(
        f":red_circle: {title}\n{failing}", ButtonElement(text="Remediate", action_id=ids.REMEDIATE, value=arn)
    )


def _line(event: Event) -> str:
    about = f"{event.rule}: " if event.rule else ""
    return f"{_moment(event.at)} · {verbatim(str(event.target))} · *{event.kind}* {about}{verbatim(event.detail)}"


def _moment(at: datetime) -> str:
    return f"<!date^{int(at.timestamp())}^{{date_short}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"
