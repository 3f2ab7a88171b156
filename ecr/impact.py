"""What a change may break, said before it is asked for: from images, tags and cache rules to sentences. Pure.

Sources: image tag mutability and pull-through cache in the ECR user guide
(https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html). What is a guess says so where it is
made: which tags move, and which untagged images are what is left of a tag that moved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ecr.infrastructure import lines, origin
from ecr.model import TagMutability, Unreadable
from ecr.setting import Tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecr.changes import Plan

NOTHING = "Nothing was found that may break"
"""How the sentence begins that says so."""

MOST_IMAGES = 10_000
"""Of a repository with more images only so many are looked at, and that is said."""

ROOT = "ROOT"
"""The prefix of a pull-through-cache rule that is for every repository."""

_MOVING = frozenset(
    {"latest", "main", "master", "trunk", "head", "tip", "dev", "develop", "development", "staging", "stage", "prod"}
    | {"production", "live", "stable", "edge", "nightly", "canary", "release", "test", "testing", "qa", "uat"}
    | {"preview", "snapshot", "current", "buildcache", "cache"}
)
_LATEST = "latest"
_SEPARATORS = re.compile(r"[._-]+")
# A number, a version, or a commit: seven or more hexadecimal digits that are not all letters.
_UNIQUE = re.compile(r"v?\d.*|(?=[a-f]*\d)[0-9a-f]{7,64}")

_SHOWN = 10
_DAY = 24
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_WINDOW = timedelta(days=30)
_NEAR = timedelta(minutes=5)
_INDEXES = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)
_ATTACHED = re.compile(r"in-toto|cosign|sigstore|notary|signature|attestation|sbom|spdx|cyclonedx|dsse")


@dataclass(frozen=True, slots=True)
class Image:
    """An image as DescribeImages told of it; `subject` is the digest that it refers to, where it is a referrer."""

    digest: str
    tags: tuple[str, ...]
    pushed_at: datetime | None
    media_type: str | None = None
    artifact_type: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Signs:
    """What was read about a repository, each part of it or why it could not be read; `None`: it was not asked for."""

    images: tuple[Image, ...] | Unreadable | None = None
    tags: Mapping[str, str] | Unreadable | None = None
    prefixes: tuple[str, ...] | Unreadable | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """What may break, a sentence each, and the lines for the infrastructure code that would revert the change."""

    sentences: tuple[str, ...]
    code: str | None = None


def impact(plan: Plan, signs: Signs, at: datetime) -> Impact:
    """Return what carrying out a plan may break, as far as the signs tell; "nothing found" is said too.

    Args:
        plan: what is to be changed.
        signs: what was read about the repository.
        at: the present moment.
    """
    change = next((one for one in plan.changes if isinstance(one.after, Tags)), None)
    told: list[str] = []
    if change is not None and isinstance(change.before, Tags) and isinstance(change.after, Tags):
        if isinstance(signs.images, tuple):
            told += _of_images(signs.images, change.before, change.after, at)
        if isinstance(signs.prefixes, tuple) and _is_immutable(change.after):
            told += _of_prefixes(plan.name, signs.prefixes)
    made = origin(signs.tags) if signs.tags is not None and not isinstance(signs.tags, Unreadable) else None
    if made is not None:
        told.append(made.sentence)
    nothing = () if told else _nothing(signs)
    code = lines(made.tool, plan.changes) or None if made is not None else None
    return Impact((*told, *nothing, *_limits(signs)), code)


def looks_moving(tag: str) -> bool:
    """Tell whether a tag looks like one that is pushed again and again: a guess from its name.

    One of its parts, between full stops, underscores and hyphens, is a word like `latest`, `main` or `dev`; and none
    is a number, a version or a commit, which make a tag that is pushed once (`main-4f2a91c`, `release-1.4`). With
    `latest` in it, it moves whatever else it says (`1.4-latest`).
    """
    parts = _SEPARATORS.split(tag.lower())
    if _LATEST in parts:
        return True
    return not _MOVING.isdisjoint(parts) and not any(_UNIQUE.fullmatch(part) for part in parts)


def _of_images(images: tuple[Image, ...], before: Tags, after: Tags, at: datetime) -> list[str]:
    pushed = {tag: image.pushed_at for image in images for tag in image.tags if looks_moving(tag)}
    breaking = {tag: when for tag, when in pushed.items() if _can_move(tag, before) and not _can_move(tag, after)}
    told = [_breaking(breaking, at)] if breaking else []
    if after.mutability == TagMutability.IMMUTABLE_WITH_EXCLUSION:
        excluded = sorted(tag for tag in pushed if _can_move(tag, after))
        told += _excluded([tag for tag in excluded if _can_move(tag, before)], "can still be pushed again")
        told += _excluded([tag for tag in excluded if not _can_move(tag, before)], "can be pushed again from now on")
    left = _overwritten(images, at)
    if left and _is_immutable(after) and not _is_immutable(before):
        verb = "tells" if left == 1 else "tell"
        told.append(
            f"{_count(left, 'untagged image')} of the last {_WINDOW.days} days {verb} of tags that were overwritten: "
            "such a push will be refused."
        )
    return told


def _excluded(tags: list[str], what: str) -> list[str]:
    """Return what becomes of moving tags that a filter excludes: what could not be overwritten before may be, now."""
    if not tags:
        return []
    verb, them = ("looks", "it") if len(tags) == 1 else ("look", "them")
    return [f"{_count(len(tags), 'tag')} that {verb} moving {what}, for a filter excludes {them}: {_some(tags)}."]


def _breaking(pushed: Mapping[str, datetime | None], at: datetime) -> str:
    newest_first = sorted(pushed, key=lambda tag: (-(pushed[tag] or _LONG_AGO).timestamp(), tag))
    shown = [f"{tag} ({_ago(pushed[tag], at)})" for tag in newest_first]
    verb, again = ("looks", "it") if len(pushed) == 1 else ("look", "one of them")
    return f"{_count(len(pushed), 'tag')} {verb} moving: {_some(shown)}: pushing {again} again will be refused."


def _overwritten(images: tuple[Image, ...], at: datetime) -> int:
    """Count the untagged images of the last 30 days that look like what is left of a tag that moved on.

    What hangs on another image is left out: a referrer (it has a subject), a signature or attestation (by its type),
    and what may be a part of an index, which ECR does not tell: an image pushed within five minutes of any index is
    taken for one. An untagged index is itself what is left of a tag. So the number errs on the low side.
    """
    indexes = [image.pushed_at for image in images if image.media_type in _INDEXES and image.pushed_at is not None]
    return sum(
        1
        for image in images
        if not image.tags
        and image.pushed_at is not None
        and at - image.pushed_at <= _WINDOW
        and image.subject is None
        and not _ATTACHED.search(image.artifact_type or "")
        and (image.media_type in _INDEXES or not any(abs(image.pushed_at - one) <= _NEAR for one in indexes))
    )


def _of_prefixes(name: str, prefixes: Sequence[str]) -> list[str]:
    found = [one for one in prefixes if one in (ROOT, name) or name.startswith(f"{one}/")]
    return [
        f"The pull-through-cache rule for the prefix {one} covers this repository: immutability can stop the cache "
        "from updating its images."
        for one in found
    ]


def _nothing(signs: Signs) -> tuple[str, ...]:
    """Say what was looked at in vain; where nothing could be read, there is nothing to say of it."""
    counted = (
        (signs.images, "image"),
        (signs.tags, "resource tag"),
        (signs.prefixes, "pull-through-cache rule"),
    )
    looked = [
        _count(len(read), what) for read, what in counted if read is not None and not isinstance(read, Unreadable)
    ]
    return (f"{NOTHING}, in {_and(looked)}.",) if looked else ()


def _limits(signs: Signs) -> tuple[str, ...]:
    """Say what was not looked at."""
    parts = (
        (signs.images, "The images"),
        (signs.tags, "The resource tags"),
        (signs.prefixes, "The pull-through-cache rules"),
    )
    many = isinstance(signs.images, tuple) and len(signs.images) >= MOST_IMAGES
    cut = (f"Only {MOST_IMAGES:,} of its images were looked at.",) if many else ()
    return (*cut, *(f"{what} could not be read: {read.reason}" for read, what in parts if isinstance(read, Unreadable)))


def _can_move(tag: str, setting: Tags) -> bool:
    """Tell whether a tag can be pushed again under a setting; under one that is not known it may be."""
    excluded = any(_matches(text, tag) for text in setting.filters)
    match setting.mutability:
        case TagMutability.IMMUTABLE:
            return False
        case TagMutability.IMMUTABLE_WITH_EXCLUSION:
            return excluded
        case TagMutability.MUTABLE_WITH_EXCLUSION:
            return not excluded
    return True


def _is_immutable(setting: Tags) -> bool:
    return setting.mutability in (TagMutability.IMMUTABLE, TagMutability.IMMUTABLE_WITH_EXCLUSION)


def _matches(text: str, tag: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in text.split("*")), tag) is not None


def _ago(moment: datetime | None, at: datetime) -> str:
    if moment is None:
        return "when it was pushed is not known"
    hours = int((at - moment) / timedelta(hours=1))
    if hours < 1:
        return "pushed within the last hour"
    return f"pushed {_count(hours, 'hour') if hours < _DAY else _count(hours // _DAY, 'day')} ago"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _some(words: Sequence[str]) -> str:
    """Return the first ten, and how many there are besides."""
    more = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
