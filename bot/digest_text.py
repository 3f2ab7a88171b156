"""The digest for a person at a terminal: all the rows that it holds, without any markup."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from ecr import digest_words as words
from ecr.digest_words import counted
from handlers.blocks.trend import sparkline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from ecr.digest import Digest, Row
    from ecr.facts import UnreadRepositories


def digest_text(digest: Digest, channel: str | None = None) -> str:
    """Return the digest as lines of text; of a day with nothing to tell, one line.

    Args:
        digest: what is told.
        channel: whose digest it is, said first; `None` where it is nobody's.
    """
    told = words.quiet(digest) if digest.is_quiet else "\n".join(_lines(digest))
    return f"{channel}: {told}" if channel else told


def _lines(digest: Digest) -> Iterator[str]:
    yield words.title(digest.occasion)
    if digest.trouble:
        yield f"Warning: {digest.trouble}"
    yield words.totals(digest.totals)
    yield from _failing(digest, words.NEW, digest.new, digest.new_count)
    yield from _failing(digest, words.REGRESSED, digest.regressed, digest.regressed_count)
    yield from _resolved(digest)
    yield from _failing(digest, words.STILL_OPEN, digest.still_open, digest.still_open_count)
    yield from _not_known(digest)
    yield from _ending(digest)
    if digest.trend:
        yield from ("", f"{words.TREND}: {sparkline(digest.trend)}")
    swept = f"ECR was swept {_moment(digest.swept_at)}" if digest.swept_at else "ECR was not swept yet"
    yield from ("", f"{swept}; changes since {_moment(digest.occasion.since)}.")
    if digest.head:
        yield f"Audit head {digest.head}."


def _failing(digest: Digest, name: str, rows: Sequence[Row], count: int) -> Iterator[str]:
    if not count:
        return
    yield from _heading(name, counted(count))
    for row in rows:
        yield f"  {row.name}  {row.target}  {words.open_for(digest.occasion.days_since(row.opened_at))}"
        if any(finding.was_exempt for finding in row.findings):
            yield "    Its exemption ended."
        yield from (f"    {evidence}" for evidence in dict.fromkeys(finding.evidence for finding in row.findings))
    yield from _more(count - len(rows))


def _resolved(digest: Digest) -> Iterator[str]:
    if not digest.resolved_count:
        return
    yield from _heading(words.RESOLVED, counted(digest.resolved_count))
    for one in digest.resolved:
        yield f"  {one.name}  {one.target}  {words.closed(one, one.by)}"
    yield from _more(digest.resolved_count - len({(one.name, one.target) for one in digest.resolved}))


def _not_known(digest: Digest) -> Iterator[str]:
    if digest.unknown_count:
        yield from _heading(words.UNKNOWN, counted(digest.unknown_count))
        yield from (f"  {one.name}  {one.target}  {one.reason}" for one in digest.unknown)
        yield from _more(digest.unknown_count - len(digest.unknown))
    if digest.unread:
        yield from _heading(words.UNREAD, counted(len(digest.unread), "account and region", "accounts and regions"))
        for target, _ in words.together(digest.unread):
            yield from _unread(target)


def _unread(one: UnreadRepositories) -> Iterator[str]:
    yield f"  {one.target}  {one.error}"
    yield f"    {words.known(one, _moment(one.read_at) if one.read_at else None, one.names)}"


def _ending(digest: Digest) -> Iterator[str]:
    if not digest.ending:
        return
    yield from _heading(words.ENDING, counted(len(digest.ending), "exemption", "exemptions"))
    for one in digest.ending:
        yield f"  {one.name}  {one.target}  {one.rule} until {_moment(one.ends_at)}: {one.reason}"


def _heading(name: str, count: str) -> tuple[str, str]:
    return "", f"{name} · {count}"


def _more(left: int) -> tuple[str, ...]:
    return (f"  and {left} more",) if left > 0 else ()


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
