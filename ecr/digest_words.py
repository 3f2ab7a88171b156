"""What a digest says in words, wherever it is shown: plain sentences, without any markup."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ecr.facts import EXEMPTION_NOTICE, NAMES_OF_UNREAD, UnreadRepositories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ecr.digest import Digest, Occasion, Resolved
    from ecr.facts import Totals

NEW = "New"
REGRESSED = "Regressed"
RESOLVED = "Resolved"
STILL_OPEN = "Still open"
UNKNOWN = "Unknown"
UNREAD = "Could not be read"
ENDING = f"Exemptions ending within {EXEMPTION_NOTICE.days} days"
TREND = "Non-compliant repositories, 30 days"


def title(occasion: Occasion) -> str:
    """Return what a digest is called: `ECR digest · Wednesday 25 November · payments-*`."""
    day = f"ECR digest · {occasion.day:%A} {occasion.day.day} {occasion.day:%B}"
    return day if occasion.filters.everything else f"{day} · {occasion.filters}"


def counted(count: int, one: str = "repository", many: str = "repositories") -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else many}"


def totals(of: Totals) -> str:
    """Return how many repositories there are, and of which verdicts; a verdict that none has is left out."""
    if not of.repositories:
        return "No repository is known here."
    verdicts = (
        (of.passing, "compliant"),
        (of.failing, "non-compliant"),
        (of.unknown, "unknown"),
        (of.exempt, "exempt"),
    )
    return f"{counted(of.repositories)}: {', '.join(f'{count} {word}' for count, word in verdicts if count)}"


def quiet(digest: Digest, shown: Callable[[str], str] = str) -> str:
    """Return the one line of a day with nothing to tell.

    Args:
        digest: what is told.
        shown: how the filters are shown.
    """
    filters = digest.occasion.filters
    about = "Nothing to report" if filters.everything else f"Nothing to report for {shown(str(filters))}"
    return f"{about}: {_all_well(digest.totals)}."


def open_for(days: int) -> str:
    """Return how long something has been open."""
    return f"open for {counted(days, 'day', 'days')}" if days else "since today"


def closed(one: Resolved, by: str | None) -> str:
    """Return how a repository was resolved: `remediated by @eva (tag-immutability)`.

    Args:
        one: what was resolved.
        by: what whoever did it is called, where that is known.
    """
    how = f"{one.how} by {by}" if by else one.how
    return f"{how} ({' and '.join(one.rules)}){', still fails the other rule' if one.still_fails else ''}"


def known(one: UnreadRepositories, read: str | None, names: Sequence[str]) -> str:
    """Return what is known of a target that could not be read.

    Args:
        one: the target.
        read: when it was read last, as it is shown; `None` where it never was.
        names: some of what did not comply then, as they are shown.
    """
    if read is None:
        return "Never read, so nothing is known of it."
    there = f"Last read {read}: {counted(one.known)} known there"
    if not one.failing:
        return there
    left = one.failing - len(names)
    named = f": {', '.join(names)}" if names else ""
    return (
        f"{there}, {one.failing} of them non-compliant then{named}{f' and {left} more' if names and left > 0 else ''}"
    )


def together(unread: Iterable[UnreadRepositories]) -> tuple[tuple[UnreadRepositories, int], ...]:
    """Return unreadable targets once for each account and reason, with all regions, and how many targets that is."""
    groups: dict[tuple[str | None, str], list[UnreadRepositories]] = {}
    for one in unread:
        groups.setdefault((one.target.account, one.error), []).append(one)
    return tuple((_merged(some), len(some)) for some in groups.values())


def _merged(some: list[UnreadRepositories]) -> UnreadRepositories:
    """Return several targets of an account as one; what is known of all of it is as old as the oldest."""
    moments = [one.read_at for one in some if one.read_at is not None]
    return UnreadRepositories(
        replace(some[0].target, region=", ".join(one.target.region for one in some)),
        some[0].error,
        min(moments, default=None),
        sum(one.known for one in some),
        sum(one.failing for one in some),
        tuple(name for one in some for name in one.names)[:NAMES_OF_UNREAD],
    )


def sections(digest: Digest) -> str:
    """Return the sections of a digest as counts, in their order: `2 new, 1 resolved, 10 still open`."""
    unread = counted(len(digest.unread), "account and region", "accounts and regions")
    shown = (
        (digest.new_count, f"{digest.new_count} new"),
        (digest.regressed_count, f"{digest.regressed_count} regressed"),
        (digest.resolved_count, f"{digest.resolved_count} resolved"),
        (digest.still_open_count, f"{digest.still_open_count} still open"),
        (digest.unknown_count, f"{digest.unknown_count} unknown"),
        (len(digest.unread), f"{unread} not read"),
        (len(digest.ending), f"{counted(len(digest.ending), 'exemption', 'exemptions')} ending"),
    )
    return ", ".join(words for count, words in shown if count)


def _all_well(of: Totals) -> str:
    if not of.repositories:
        return "there is no such repository"
    if of.passing and of.exempt:
        are = "is" if of.passing == 1 else "are"
        return f"{counted(of.passing)} {are} compliant, {of.exempt} exempt"
    state = "compliant" if of.passing else "exempt"
    return (
        f"the one repository is {state}" if of.repositories == 1 else f"all {of.repositories} repositories are {state}"
    )
