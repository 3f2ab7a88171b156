"""The sections of a digest, each with its heading and the blocks of its repositories, before anything is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr import digest_words as words
from ecr.digest_words import counted
from handlers import ids
from handlers.blocks.remediation import button
from handlers.blocks.text import LONGEST_TEXT, clipped, code, context, moment, section, verbatim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slack_sdk.models.blocks import Block

    from ecr.digest import Digest, Occasion, Resolved, Row
    from ecr.facts import Ending, UnknownRepository, UnreadRepositories

LINES = 8
"""Compact lines in a block, at most."""

LONGEST_LINE = 1000
LONGEST_REASON = 600
"""Characters of a sentence that AWS or a person wrote: longer ones are cut, so that nothing else is pushed out."""

_BAD, _GOOD, _UNKNOWN, _EXEMPT = ":red_circle:", ":large_green_circle:", ":white_circle:", ":large_blue_circle:"
_LISTED = f": type {ids.COMMAND} list"
_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, and how many of the section's repositories it shows."""

    block: Block
    shows: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """A section: `count` is of all that it tells of, and the pieces may show less; `about` is the count in words.

    `beyond` says where the rest is to be seen.
    """

    sign: str
    name: str
    count: int
    about: str
    pieces: tuple[Piece, ...]
    beyond: str = ""

    def heading(self, *, continued: bool = False) -> Block:
        """Return the block above the pieces."""
        title = f"{self.sign} *{self.name}*"
        return section(f"{title}, continued" if continued else f"{title} · {self.about}")

    def left(self, shown: int) -> int:
        """Return how many are not shown by so many pieces."""
        return max(self.count - sum(piece.shows for piece in self.pieces[:shown]), 0)


def sections(digest: Digest) -> tuple[Section, ...]:
    """Return what there is to show, in the order that it is shown in; a section of nothing is left out."""
    made = (
        _failing(words.NEW, digest.new_count, digest.new),
        _failing(words.REGRESSED, digest.regressed_count, digest.regressed, ", resolved before and failing again"),
        _resolved(digest),
        _still_open(digest),
        _unknown(digest),
        _unread(digest),
        _ending(digest),
    )
    return tuple(section for section in made if section.count)


def _failing(name: str, count: int, rows: tuple[Row, ...], said: str = "") -> Section:
    pieces = tuple(Piece(_row(row)) for row in rows)
    return Section(_BAD, name, count, f"{counted(count)}{said}", pieces, _LISTED)


def _still_open(digest: Digest) -> Section:
    count = digest.still_open_count
    pieces = tuple(Piece(_row(row, f" · {_age(row, digest.occasion)}")) for row in digest.still_open)
    return Section(_BAD, words.STILL_OPEN, count, f"{counted(count)}, oldest first", pieces, _LISTED)


def _age(row: Row, occasion: Occasion) -> str:
    return words.open_for(occasion.days_since(row.opened_at))


def _row(row: Row, age: str = "") -> Block:
    evidence = dict.fromkeys(clipped(verbatim(finding.evidence), LONGEST_REASON) for finding in row.findings)
    ended = ("Its exemption ended.",) if any(finding.was_exempt for finding in row.findings) else ()
    lines = (f"{code(row.name)} · {verbatim(str(row.target))}{age}", *ended, *evidence)
    return section("\n".join(lines), button(row.name, row.arn))


def _resolved(digest: Digest) -> Section:
    by_repository: dict[tuple[str, str], list[Resolved]] = {}
    for one in digest.resolved:
        by_repository.setdefault((one.name, str(one.target)), []).append(one)
    lines = [
        f"{code(name)} · {verbatim(target)} · {', '.join(map(_closed, some))}"
        for (name, target), some in by_repository.items()
    ]
    count = digest.resolved_count
    return Section(_GOOD, words.RESOLVED, count, counted(count), _packed(lines))


def _closed(one: Resolved) -> str:
    return words.closed(one, _person(one.by) if one.by else None)


def _person(who: str) -> str:
    return f"<@{who}>" if _PERSON.fullmatch(who) else verbatim(who)


def _unknown(digest: Digest) -> Section:
    count = digest.unknown_count
    lines = map(_undecided, digest.unknown)
    return Section(_UNKNOWN, words.UNKNOWN, count, counted(count), _packed(lines))


def _undecided(one: UnknownRepository) -> str:
    reason = clipped(verbatim(one.reason), LONGEST_REASON)
    return f"{code(one.name)} · {verbatim(str(one.target))} · {reason}"


def _unread(digest: Digest) -> Section:
    count = len(digest.unread)
    known = sum(one.known for one in digest.unread)
    where = counted(count, "account and region", "accounts and regions")
    pieces = tuple(Piece(section(_not_read(one)), size) for one, size in words.together(digest.unread))
    return Section(_UNKNOWN, words.UNREAD, count, f"{where}, {counted(known)} known there", pieces)


def _not_read(one: UnreadRepositories) -> str:
    known = words.known(one, moment(one.read_at) if one.read_at else None, [code(name) for name in one.names])
    return f"{verbatim(str(one.target))}\n{clipped(verbatim(one.error), LONGEST_REASON)}\n{known}"


def _ending(digest: Digest) -> Section:
    count = len(digest.ending)
    return Section(
        _EXEMPT, words.ENDING, count, counted(count, "exemption", "exemptions"), _packed(map(_ends, digest.ending))
    )


def _ends(one: Ending) -> str:
    reason = clipped(verbatim(one.reason), LONGEST_REASON)
    return f"{code(one.name)} · {verbatim(str(one.target))} · {one.rule} until {moment(one.ends_at)} · {reason}"


def _packed(lines: Iterable[str]) -> tuple[Piece, ...]:
    """Return lines as few blocks, each within the limit of a text."""
    packs: list[list[str]] = []
    for line in (clipped(line, LONGEST_LINE) for line in lines):
        if not packs or len(packs[-1]) == LINES or len("\n".join((*packs[-1], line))) > LONGEST_TEXT:
            packs.append([])
        packs[-1].append(line)
    return tuple(Piece(section("\n".join(pack)), len(pack)) for pack in packs)


def more(left: int, where: str) -> Block:
    """Return the line that counts what is left out, and says where it is."""
    return context(f"and {left} more{where}")
