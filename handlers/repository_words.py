"""What is typed of repositories: which of them, for each subcommand that takes some. Pure, as all of the grammar."""

from __future__ import annotations

from dataclasses import dataclass

from ecr import names
from ecr.errors import UsageError
from ecr.request import MOST_REPOSITORIES

MOST_NAMES = 5
"""Names in one `/ecr check` at most: the buttons below the answer carry them, and a button's value is short."""


@dataclass(frozen=True, slots=True)
class Check:
    """`check <repo>`: one repository or several."""

    queries: tuple[names.Query, ...]


@dataclass(frozen=True, slots=True)
class History:
    """`history <repo>`: what happened to one repository."""

    query: names.Query


@dataclass(frozen=True, slots=True)
class Remediate:
    """`remediate <repo or glob>`: one repository or many."""

    queries: tuple[names.Query, ...]


@dataclass(frozen=True, slots=True)
class Fix:
    """`fix <repo>`: the code of one repository."""

    query: names.Query


@dataclass(frozen=True, slots=True)
class Exempt:
    """`exempt <repo>`: one repository."""

    query: names.Query


def check(asked: tuple[str, ...]) -> Check:
    """Return the check of these repositories.

    Raises:
        UsageError: one of them is no name, glob, URI or ARN, or there are too many.
    """
    if len(asked) > MOST_NAMES:
        raise UsageError(
            f"That is {len(asked)} repositories; check takes {MOST_NAMES} at a time, or a glob like team-*."
        )
    return Check(tuple(dict.fromkeys(names.parse(one) for one in asked)))


def history(asked: tuple[str, ...]) -> History:
    """Return the history that is asked for.

    Raises:
        UsageError: it is not of one repository.
    """
    return History(_one("history", asked))


def remediate(asked: tuple[str, ...]) -> Remediate:
    """Return what is to be remediated.

    Raises:
        UsageError: one of them is no name, glob, URI or ARN, or there are too many words.
    """
    if len(asked) > MOST_REPOSITORIES:
        raise UsageError(f"That is {len(asked)} names; one request takes {MOST_REPOSITORIES} repositories.")
    return Remediate(tuple(dict.fromkeys(names.parse(one) for one in asked)))


def fix(asked: tuple[str, ...]) -> Fix:
    """Return what is to be mended in its code.

    Raises:
        UsageError: it is not one repository.
    """
    return Fix(_one("fix", asked))


def exempt(asked: tuple[str, ...]) -> Exempt:
    """Return what is to be exempt.

    Raises:
        UsageError: it is not one repository.
    """
    return Exempt(_one("exempt", asked))


def _one(what: str, asked: tuple[str, ...]) -> names.Query:
    query = names.parse(asked[0])
    if len(asked) > 1 or query.is_glob:
        raise UsageError(f"{what} is of one repository: give its name, URI or ARN.")
    return query
