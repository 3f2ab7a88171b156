"""What a change may break, said before it is asked for: from images, tags and cache rules to sentences. Pure.

Sources: image tag mutability and pull-through cache in the ECR user guide
(https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecr.changes import Plan
    from ecr.model import Unreadable


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
    raise NotImplementedError
