"""Reading what tells of what a change may break: the port `Signals` of ecr/request_ports.py over boto3.

It reads as the registry does, with the role that reads. All of it is optional: what is refused here stops nothing.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from ecr.aws import parsing
from ecr.aws.pace import Pace
from ecr.errors import AwsError
from ecr.impact import MOST_IMAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ecr.aws.caller import Caller
    from ecr.aws.registry import AwsRegistry
    from ecr.deadline import Deadline
    from ecr.impact import Image
    from ecr.model import Target

PAGE_SIZE = 1000
"""Images, or rules, in a page at most (ECR API reference)."""

SIGNAL_ACTIONS = (
    "ecr:DescribeImages",
    "ecr:ListTagsForResource",
    "ecr:DescribePullThroughCacheRules",
)
"""The IAM actions that these reads need; docs/iam/read.json grants them apart, for nobody has to."""

_KEPT_SECONDS = 60.0
"""How long a target's prefixes are believed: a plan of a hundred repositories asks once."""

_REFUSAL_KEPT_SECONDS = 5.0
"""How long a refusal is: the same plan is not to ask a hundred times, and who granted the action not to wait."""


@dataclass(slots=True)
class _Kept:
    """A target's prefixes, or why they could not be read, and until when that is believed."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = 0.0
    prefixes: tuple[str, ...] = ()
    refusal: AwsError | None = None


class AwsSignals:
    """What tells of what may break, as `ecr.request_ports.Signals`."""

    def __init__(self, registry: AwsRegistry, pace: Pace | None = None) -> None:
        """Read by way of a registry: as its roles, with its clients.

        Args:
            registry: what reads repositories.
            pace: how fast calls may begin; as fast as ECR takes them unless told: a plan has a hundred of each.
        """
        self._pace = pace or Pace()
        self._caller: Caller = registry.caller
        self._making = threading.Lock()
        self._kept: dict[Target, _Kept] = {}

    def images(self, target: Target, name: str, deadline: Deadline) -> tuple[Image, ...]:
        """Return the images of a repository, tagged or not, in no order: ECR has none.

        Of a repository with more than 10,000 images it is 10,000 of them, in ten calls.
        """
        list_ = partial(_describe_images, repositoryName=name, filter={"tagStatus": "ANY"})
        found: list[Image] = []
        for entries in self._pages(target, deadline, list_, "imageDetails"):
            found.extend(parsing.image(entry, target) for entry in entries)
            if len(found) >= MOST_IMAGES:
                break
        return tuple(found)

    def tags(self, target: Target, arn: str, deadline: Deadline) -> Mapping[str, str]:
        """Return the resource tags of a repository."""
        self._pace.take(target.account or "", target.region, "ListTagsForResource", deadline)
        answer = self._caller.call(target, deadline, "ecr", lambda ecr: ecr.list_tags_for_resource(resourceArn=arn))
        return dict(parsing.tag(entry, target) for entry in parsing.entries(answer, "tags", target))

    def pull_through_prefixes(self, target: Target, deadline: Deadline) -> tuple[str, ...]:
        """Return the prefixes of the target's pull-through-cache rules, as they were at most a minute ago."""
        with self._making:
            kept = self._kept.setdefault(target, _Kept())
        with kept.lock:
            if time.monotonic() >= kept.until:
                self._keep(kept, target, deadline)
            if kept.refusal is not None:
                raise type(kept.refusal)(str(kept.refusal)) from kept.refusal
            return kept.prefixes

    def _keep(self, kept: _Kept, target: Target, deadline: Deadline) -> None:
        pages = self._pages(target, deadline, _describe_rules, "pullThroughCacheRules")
        try:
            kept.prefixes = tuple(parsing.prefix(rule, target) for rules in pages for rule in rules)
            kept.refusal, kept.until = None, time.monotonic() + _KEPT_SECONDS
        except AwsError as error:
            kept.refusal, kept.until = error, time.monotonic() + _REFUSAL_KEPT_SECONDS

    def _pages(
        self, target: Target, deadline: Deadline, list_: Callable[..., Any], key: str
    ) -> Iterator[tuple[Mapping[str, Any], ...]]:
        token: dict[str, str] = {}
        while True:
            self._pace.take(target.account or "", target.region, key, deadline)
            answer = self._caller.call(target, deadline, "ecr", partial(list_, maxResults=PAGE_SIZE, **token))
            yield parsing.entries(answer, key, target)
            if not answer.get("nextToken"):
                return
            token = {"nextToken": answer["nextToken"]}


def _describe_images(ecr: Any, **arguments: Any) -> Any:
    return ecr.describe_images(**arguments)


def _describe_rules(ecr: Any, **arguments: Any) -> Any:
    return ecr.describe_pull_through_cache_rules(**arguments)
