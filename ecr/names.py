"""What people type for a repository: a name, a glob, a URI or an ARN, turned into a query.

Only texts are looked at here; whether the repository exists is ecr/check.py's question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

from ecr.errors import InvalidNameError

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_NAME = 256
"""Characters at most in a repository name (ECR API reference, CreateRepository)."""

_SHORTEST_NAME = 2
_LONGEST_TEXT = 1000  # a registry's host, a name, a tag of 128 characters and a digest stay well below
_ACCOUNT_DIGITS = 12
_SHOWN = 60

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html: <account>.dkr.ecr.<region>.amazonaws.com,
# with -fips, the China partition, and the dual-stack <account>.dkr-ecr.<region>.on.aws.
_URI = re.compile(
    r"(?:https?://)?(?P<account>[0-9]{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)"
    r"\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)(?P<rest>/.*)?"
)
_ARN = re.compile(r"arn:aws[a-z0-9-]*:ecr:(?P<region>[a-z0-9-]*):(?P<account>[0-9]*):repository/(?P<rest>.*)")
_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_PATTERN = re.compile(r"[a-z0-9._/*?\[\]!-]+")
_ELSEWHERE = re.compile(
    r"(?:https?://)?(?P<host>"
    r"(?:[\w.-]+\.)?(?:gcr\.io|pkg\.dev|azurecr\.io|ghcr\.io|docker\.io|docker\.com|quay\.io|gitlab\.com|github\.com"
    r"|registry\.k8s\.io|mcr\.microsoft\.com|icr\.io|ocir\.io|public\.ecr\.aws|jfrog\.io|digitalocean\.com)"
    r")(?::\d+)?(?:/.*)?"
)
_SLACK_LINK = re.compile(r"<(?P<url>[^|>]+)(?:\|(?P<label>[^>]*))?>")
_TAG = re.compile(r"(?:@sha256:[0-9a-z]*|:[\w][\w.-]*)+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """Which repositories are asked for.

    `pattern` is a whole name or a glob, in lower case. `account` and `region` are set where a URI or an ARN named them.
    """

    pattern: str
    account: str | None = None
    region: str | None = None

    @property
    def is_glob(self) -> bool:
        """Whether the pattern can match several names."""
        return any(character in self.pattern for character in "*?[")

    def matches(self, name: str) -> bool:
        """Tell whether a repository name is asked for."""
        return _compiled(self.pattern).match(name) is not None if self.is_glob else self.pattern == name

    def __str__(self) -> str:
        """Return the query as a person would write it: a name, a glob, or the URI that was meant."""
        if self.account is None:
            return self.pattern
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com/{self.pattern}"


def parse(text: str) -> Query:
    """Turn what a person typed into a query.

    Spaces around it, quotes, backticks, upper case, Slack's link markup, a scheme, a tag and a digest are forgiven.

    Args:
        text: a name, a glob (`*`, `?`, `[…]`), a repository's URI with or without tag or digest, or its ARN.

    Returns:
        The query; its account and region are those of the URI or ARN.

    Raises:
        InvalidNameError: the text is none of these; the sentence says what is wrong with it.
    """
    cleaned = _unwrapped(text).lower()
    if not cleaned:
        raise InvalidNameError("No repository was named: give a name, a glob like payments-*, a URI or an ARN.")
    if len(cleaned) > _LONGEST_TEXT:
        raise _too_long(cleaned)
    if match := _ARN.fullmatch(cleaned):
        return _located(match, match["rest"])
    if cleaned.startswith("arn:"):
        raise InvalidNameError(
            f"{shown(cleaned)} is not the ARN of an ECR repository, which looks like "
            "arn:aws:ecr:eu-west-1:111111111111:repository/payments-api."
        )
    if match := _URI.fullmatch(cleaned):
        return _located(match, match["rest"] or "")
    if match := _ELSEWHERE.fullmatch(cleaned):
        raise InvalidNameError(
            f"{shown(cleaned)} is an address at {match['host']}, not in private ECR; its URIs look like "
            "111111111111.dkr.ecr.eu-west-1.amazonaws.com/payments-api."
        )
    return Query(_pattern(cleaned))


def shown(text: str) -> str:
    """Return a text short enough to stand in a sentence."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def nearest(asked: str, names: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Return the names that resemble the one asked for, best first.

    Args:
        asked: a name or glob that matched nothing.
        names: the names that exist.
        most: how many to return at most.
    """
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - loaded where a name was not found, not at every start

    wanted = re.sub(r"[*?\[\]!]+", "", asked)

    def likeness(one: str, other: str, **_: object) -> float:
        # A team's prefix is what people leave out: the last part alone may be what they typed.
        return max(fuzz.ratio(one, other), fuzz.ratio(one, other.rpartition("/")[2]) - 1)

    found = process.extract(wanted, sorted(set(names)), scorer=likeness, limit=most, score_cutoff=60)
    return tuple(name for name, _, _ in found)


def _unwrapped(text: str) -> str:
    link = _SLACK_LINK.fullmatch(text.strip())
    if link:
        text = link["label"] or link["url"]
    return text.strip().strip("`'\"“”‘’").strip()


def _located(match: re.Match[str], rest: str) -> Query:
    account, region = match["account"], match["region"]
    if len(account) != _ACCOUNT_DIGITS or not region:
        raise InvalidNameError(f"{shown(match[0])} lacks its account or its region.")
    if not rest.strip("/"):
        raise InvalidNameError(f"{shown(match[0])} names a registry, but no repository in it.")
    return Query(_pattern(rest), account, region)


def _pattern(text: str) -> str:
    pattern = _TAG.sub("", text).strip("/")
    if len(pattern) > LONGEST_NAME:
        raise _too_long(pattern)
    if not _PATTERN.fullmatch(pattern):
        raise InvalidNameError(
            f"{shown(text)} is not a repository name: those have lower-case letters, digits and . _ - / only."
        )
    query = Query(pattern)
    if not query.is_glob and (len(pattern) < _SHORTEST_NAME or not _NAME.fullmatch(pattern)):
        raise InvalidNameError(
            f"{shown(pattern)} is not a repository name: those have {_SHORTEST_NAME} to {LONGEST_NAME} characters and "
            "each part begins and ends with a letter or a digit."
        )
    return pattern


def _too_long(text: str) -> InvalidNameError:
    return InvalidNameError(
        f"{shown(text)} has {len(text)} characters, and a repository name has {LONGEST_NAME} at most."
    )


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))
