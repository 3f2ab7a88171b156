"""Plans of these tests: for a repository in prod unless told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.changes import Action, Change, Plan, Scanning, Tags
from ecr.model import Rule
from tests.ecr.aws.accounts import PROD

if TYPE_CHECKING:
    from ecr.model import Target

TAGS = Change(Rule.TAG_IMMUTABILITY, Action.PUT_IMAGE_TAG_MUTABILITY, Tags("MUTABLE"), Tags("IMMUTABLE"))
SCAN = Change(
    Rule.SCAN_ON_PUSH,
    Action.PUT_IMAGE_SCANNING_CONFIGURATION,
    Scanning(scan_on_push=False),
    Scanning(scan_on_push=True),
)


def arn_of(name: str, target: Target = PROD, account: str | None = None) -> str:
    return f"arn:aws:ecr:{target.region}:{account or target.account}:repository/{name}"


def plan(name: str, *changes: Change, target: Target = PROD, account: str | None = None) -> Plan:
    return Plan(name, target, arn_of(name, target, account), changes)


def tags(mutability: str, *filters: str) -> Change:
    return Change(
        Rule.TAG_IMMUTABILITY, Action.PUT_IMAGE_TAG_MUTABILITY, Tags("MUTABLE"), Tags(mutability, tuple(filters))
    )
