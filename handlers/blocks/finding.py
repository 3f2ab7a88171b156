"""The verdict on repositories: one in full, or many as a summary with pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, DividerBlock

from ecr.errors import UsageError
from ecr.model import WORST_FIRST, Verdict
from handlers import ids
from handlers.blocks.remediation import button, exempt_button, fix_button
from handlers.blocks.text import Message, code, context, section, verbatim

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

    from ecr.checked import CheckReport, QueryResult
    from ecr.model import Assessment, Finding

IN_FULL = 6
"""Rows shown with the evidence of both rules; more become a summary with pages."""

PAGE_ROWS = 15
"""Rows on a page of a summary."""

STALE = "This button is of an older message, and its meaning is gone: type /ecr check with the repository's name."

MOST_UNREAD = 8
"""Accounts, or reasons of one, that are shown as not readable; more are counted."""

LONGEST_VALUE = 2000
"""Characters in a button's value (Block Kit reference)."""

_WORDS = {
    Verdict.PASS: "Compliant",
    Verdict.FAIL: "Non-compliant",
    Verdict.EXEMPT: "Exempt",
    Verdict.UNKNOWN: "Unknown",
}
_SIGNS = {
    Verdict.PASS: ":large_green_circle:",
    Verdict.FAIL: ":red_circle:",
    Verdict.EXEMPT: ":large_blue_circle:",
    Verdict.UNKNOWN: ":white_circle:",
}


@dataclass(frozen=True, slots=True)
class View:
    """Which part of a check is shown: the names as they were asked, and the page, from 0."""

    asked: tuple[str, ...]
    page: int = 0

    def value(self, page: int | None = None) -> str:
        """Return the value of a button that shows this, or another page of it."""
        return json.dumps({"names": self.asked, "page": self.page if page is None else page}, separators=(",", ":"))

    @classmethod
    def of(cls, value: str) -> View:
        """Return the view that a button's value names.

        Raises:
            UsageError: it is not one of ours, or of a release that wrote it in another way.
        """
        try:
            content = json.loads(value)
            asked, page = content["names"], content["page"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise UsageError(STALE) from error
        named = isinstance(asked, list) and bool(asked) and all(isinstance(name, str) for name in asked)
        if not (named and type(page) is int and page >= 0):
            raise UsageError(STALE)
        return cls(tuple(asked), page)


def checked(report: CheckReport, view: View, *, shared_by: str | None = None) -> Message:
    """Return the answer to a check.

    Args:
        report: what was found.
        view: what was asked, and which page to show where it is many.
        shared_by: the id of the user who puts it into the channel; then it cannot be shared once more.
    """
    rows = sorted((row for row in report.assessments if row.repository), key=_worst_first)
    unread = _unread(tuple(row for row in report.assessments if not row.repository))
    shown = _in_full(rows) if len(rows) <= IN_FULL else _page(rows, view)
    apart: list[Block] = [DividerBlock()] if rows and unread else []
    missing = [block for result in report.unmatched for block in _missing(result)]
    small_print = (
        f"Read from ECR <!date^{int(report.began_at.timestamp())}^{{date_short_pretty}} at {{time_secs}}|just now>"
    )
    if shared_by:
        small_print += f" · shared by <@{shared_by}>"
    buttons = _buttons(rows, view, shared=shared_by is not None) if report.assessments else []
    blocks = [*missing, *shown, *apart, *unread, *buttons, context(small_print)]
    return Message(_said(report), tuple(blocks))


def _in_full(rows: list[Assessment]) -> list[Block]:
    blocks: list[Block] = []
    for row in rows:
        if blocks:
            blocks.append(DividerBlock())
        lines = [_title(row), *map(_line, row.findings)]
        blocks += [section("\n".join(lines)), *_what_to_do(row)]
    return blocks


def _page(rows: list[Assessment], view: View) -> list[Block]:
    counts = ", ".join(
        f"{count} {_WORDS[verdict].lower()}"
        for verdict in WORST_FIRST
        if (count := sum(row.verdict is verdict for row in rows))
    )
    last = (len(rows) - 1) // PAGE_ROWS
    page = min(view.page, last)
    asked = " ".join(code(name) for name in view.asked)
    blocks: list[Block] = [section(f"*{len(rows)} results* for {asked}: {counts}")]
    for row in rows[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]:
        # What made the verdict, once where both rules say the same.
        why = dict.fromkeys(finding.evidence for finding in row.findings if finding.verdict is row.verdict)
        blocks.append(section(f"{_title(row)}\n{verbatim(' '.join(why))}", _remediate(row)))
    if last:
        blocks.append(context(f"Page {page + 1} of {last + 1}, worst first"))
    return blocks


def _unread(rows: tuple[Assessment, ...]) -> list[Block]:
    """Return what could not be read: once for each account and reason, with the regions and names it is about."""
    groups: dict[tuple[str | None, str], list[Assessment]] = {}
    for row in rows:
        groups.setdefault((row.target.account, row.findings[0].evidence), []).append(row)
    blocks: list[Block] = []
    for (_, reason), some in list(groups.items())[:MOST_UNREAD]:
        target = replace(some[0].target, region=", ".join(dict.fromkeys(row.target.region for row in some)))
        asked = " ".join(dict.fromkeys(code(row.name) for row in some))
        title = f"{_SIGNS[Verdict.UNKNOWN]} *{_WORDS[Verdict.UNKNOWN]}* · {asked} · {verbatim(str(target))}"
        blocks.append(section(f"{title}\n{verbatim(reason)}"))
    if len(groups) > MOST_UNREAD:
        blocks.append(context(f"And {len(groups) - MOST_UNREAD} more accounts or reasons could not be read."))
    return blocks


def _worst_first(row: Assessment) -> tuple[int, str]:
    return WORST_FIRST.index(row.verdict), row.name


def _title(row: Assessment) -> str:
    return f"{_SIGNS[row.verdict]} *{_WORDS[row.verdict]}* · {code(row.name)} · {verbatim(str(row.target))}"


def _line(finding: Finding) -> str:
    return f"{_SIGNS[finding.verdict]} {finding.rule} · {finding.verdict}: {verbatim(finding.evidence)}"


def _remediate(row: Assessment) -> ButtonElement | None:
    if row.verdict is not Verdict.FAIL or row.repository is None:
        return None
    return button(row.name, row.repository.arn)


def _what_to_do(row: Assessment) -> list[Block]:
    if row.verdict is not Verdict.FAIL or row.repository is None:
        return []
    arn = row.repository.arn
    return [ActionsBlock(elements=[button(row.name, arn), fix_button(row.name, arn), exempt_button(row.name, arn)])]


def _missing(result: QueryResult) -> list[Block]:
    what = "repository matches" if result.query.is_glob else "repository is named"
    where = "what could be read" if result.unread else "any configured account and region"
    text = f"No {what} {code(str(result.query))} in {where}."
    if not result.suggestions:
        return [section(text)]
    near = ", ".join(code(name) for name in result.suggestions)
    buttons = [
        ButtonElement(text=f"Check {name}"[:75], action_id=f"{ids.CHECK}:{index}", value=View((name,)).value())
        for index, name in enumerate(result.suggestions)
    ]
    return [section(f"{text} Did you mean {near}?"), ActionsBlock(elements=buttons)]


def _buttons(rows: list[Assessment], view: View, *, shared: bool) -> list[Block]:
    last = (len(rows) - 1) // PAGE_ROWS if len(rows) > IN_FULL else 0
    buttons = []
    if len(view.value(last)) > LONGEST_VALUE:
        return []
    if not shared:
        if view.page > 0:
            buttons.append(
                ButtonElement(text="Previous", action_id=f"{ids.PAGE}:previous", value=view.value(view.page - 1))
            )
        if view.page < last:
            buttons.append(ButtonElement(text="Next", action_id=f"{ids.PAGE}:next", value=view.value(view.page + 1)))
        if view.asked:
            buttons.append(ButtonElement(text="Share", action_id=ids.SHARE, value=view.value()))
    return [ActionsBlock(elements=buttons)] if buttons else []


def _said(report: CheckReport) -> str:
    """Return the answer in one line, for notifications and screen readers."""
    rows = sorted(report.assessments, key=lambda row: (row.repository is None, _worst_first(row)))
    parts = [f"{row.name}: {_WORDS[row.verdict]} ({row.target})" for row in rows[:IN_FULL]]
    if len(rows) > IN_FULL:
        parts.append(f"and {len(rows) - IN_FULL} more")
    for result in report.unmatched:
        near = f" Did you mean {', '.join(result.suggestions)}?" if result.suggestions else ""
        parts.append(f"No repository matches {result.query}.{near}")
    return "; ".join(parts)
