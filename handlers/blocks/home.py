"""The Home tab: compliance at a glance, the trend, requests, the oldest findings, and what can be typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import DividerBlock, HeaderBlock, MarkdownTextObject, SectionBlock

from ecr import digest_words as words
from ecr.home import MOST_SHOWN
from handlers import ids
from handlers.blocks.digest_sections import more
from handlers.blocks.help import typed
from handlers.blocks.home_chart import chart, in_words
from handlers.blocks.home_requests import asked, waiting
from handlers.blocks.moments import ago
from handlers.blocks.plan import sentence
from handlers.blocks.remediation import button
from handlers.blocks.text import code, context, moment, section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slack_sdk.models.blocks import Block

    from ecr.digest import Digest, Occasion, Row
    from ecr.facts import Totals, UnreadRepositories
    from ecr.home import Home

MOST_BLOCKS = 100
"""Blocks in a Home tab (https://docs.slack.dev/reference/views/home-tab-views)."""

MOST_UNREAD = 10
"""Accounts and reasons that are shown as not readable; the targets of more are counted."""

_NOT_SWEPT = (
    "Nothing has been swept yet, so nothing is known: the bot sweeps by itself soon after it starts, and whoever does "
    f"not want to wait types {code(f'{ids.COMMAND} sweep')}."
)

View = dict[str, Any]


def home(told: Home, links: Mapping[str, str]) -> View:
    """Return somebody's Home tab.

    Args:
        told: what they are told.
        links: the addresses of cards, by the id of their request, as far as Slack told them.
    """
    digest = told.digest
    known = digest.swept_at is not None
    return _view(
        [
            *(_glance(digest) if known else _unknown()),
            DividerBlock(),
            *waiting(told, links),
            DividerBlock(),
            *asked(told, links),
            DividerBlock(),
            *(_oldest(digest) if known else ()),
            typed(),
        ]
    )


def closed(blocks: Iterable[Block | dict[str, Any]]) -> View:
    """Return the Home tab of somebody who is told nothing but this."""
    return _view(blocks)


def _view(blocks: Iterable[Block | dict[str, Any]]) -> View:
    made = [block if isinstance(block, dict) else block.to_dict() for block in blocks]
    return {"type": "home", "callback_id": ids.HOME, "blocks": made[:MOST_BLOCKS]}


def _unknown() -> list[Block]:
    return [HeaderBlock(text="ecrbot"), section(_NOT_SWEPT)]


_AS_READ_LAST = "What could not be read counts there as it was read last."


def _glance(digest: Digest) -> list[Block | dict[str, Any]]:
    """Return how many comply, how fresh that is, what could not be read, and the trend."""
    trouble = [section(f":warning: {sentence(digest.trouble)}")] if digest.trouble else []
    counts = [_counts(digest.totals)] if digest.totals.repositories else []
    drawn = chart(digest.trend)
    return [
        HeaderBlock(text=_share(digest.totals)),
        *counts,
        *trouble,
        context(_swept(digest)),
        *_unread(digest.unread),
        section(f"*{words.TREND}*"),
        *([drawn] if drawn else ()),
        context(in_words(digest.trend) + (f" {_AS_READ_LAST}" if digest.unread else "")),
    ]


def _share(totals: Totals) -> str:
    """Return how many comply, in percent; it is all of them only where it is, and none only where it is none."""
    count = totals.repositories
    if not count:
        return "No repository is known yet"
    share = totals.passing * 100 // count
    lead = "Less than 1 %" if totals.passing and not share else f"{share} %"
    return f"{lead} of {words.counted(count)} {'complies' if count == 1 else 'comply'}"


def _counts(totals: Totals) -> Block:
    counts = (
        (":large_green_circle: *Compliant*", totals.passing),
        (":red_circle: *Non-compliant*", totals.failing),
        (":large_blue_circle: *Exempt*", totals.exempt),
        (":white_circle: *Unknown*", totals.unknown),
    )
    return SectionBlock(fields=[MarkdownTextObject(text=f"{name}\n{count}") for name, count in counts])


def _swept(digest: Digest) -> str:
    """Return how fresh it is; an age in words is of this moment, and so it is told in whole days alone."""
    if digest.swept_at is None:
        return ""
    at = digest.occasion.at
    age = f", {ago(digest.swept_at, at)}" if (at - digest.swept_at).days else ""
    return f"ECR was swept {moment(digest.swept_at)}{age}"


def _unread(unread: tuple[UnreadRepositories, ...]) -> list[Block]:
    """Return what could not be read, and that it counts as unknown."""
    if not unread:
        return []
    groups = words.together(unread)
    targets = words.counted(len(unread), "account and region", "accounts and regions")
    known = sum(one.known for one in unread)
    counted = f" {words.counted(known)} known there {'counts' if known == 1 else 'count'} as unknown." if known else ""
    left = sum(size for _, size in groups[MOST_UNREAD:])
    return [
        section(f":warning: *{targets} could not be read.*{counted}"),
        *(section(_not_read(one)) for one, _ in groups[:MOST_UNREAD]),
        *([more(left, " could not be read")] if left else ()),
    ]


def _not_read(one: UnreadRepositories) -> str:
    known = words.known(one, moment(one.read_at) if one.read_at else None, ())
    return f":white_circle: {sentence(str(one.target))}\n{sentence(one.error)}\n{known}"


def _oldest(digest: Digest) -> list[Block]:
    """Return the oldest findings, each with a button."""
    heading, count = "*Oldest findings*", digest.still_open_count
    if not count:
        certain = not (digest.totals.unknown or digest.unread)
        none = "Nothing is non-compliant." if certain else "Nothing that could be read is non-compliant."
        return [section(f"{heading}\n{none}"), DividerBlock()]
    rows = digest.still_open[:MOST_SHOWN]
    left = [more(count - len(rows), f": type {ids.COMMAND} list")] if count > len(rows) else []
    about = f"{words.counted(count)} non-compliant, oldest first"
    return [
        section(f"{heading} · {about}"),
        *(_finding(row, digest.occasion) for row in rows),
        *left,
        DividerBlock(),
    ]


def _finding(row: Row, occasion: Occasion) -> Block:
    age = words.open_for(occasion.days_since(row.opened_at))
    title = f":red_circle: {code(row.name)} · {sentence(str(row.target))} · {age}"
    ended = ["Its exemption ended."] if any(finding.was_exempt for finding in row.findings) else []
    failing = [f"*{finding.rule}* {sentence(finding.evidence)}" for finding in row.findings]
    return section("\n".join([title, *ended, *failing]), button(row.name, row.arn))
