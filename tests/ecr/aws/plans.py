"""Plans of these tests: for a repository in prod unless told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.arns import registry_arn
from ecr.changes import Action, Change, Plan
from ecr.guardrails import REGISTRY
from ecr.model import Rule
from ecr.setting import RegistryFilter, Scanning, Tags, TemplateTags
from tests.ecr.aws.accounts import PROD
from tests.ecr.truth_table import rule

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


def registry_plan(*changes: Change, target: Target = PROD, account: str | None = None) -> Plan:
    return Plan(REGISTRY, target, registry_arn(account or target.account or "", target.region), changes)


def rule_change(text: str = "*", scan_type: str = "BASIC") -> Change:
    before = RegistryFilter(text, is_there=False, scan_type=scan_type)
    after = RegistryFilter(text, is_there=True, scan_type=scan_type, rules=(rule("SCAN_ON_PUSH", text),))
    return Change(Rule.SCAN_ON_PUSH, Action.PUT_REGISTRY_SCANNING_CONFIGURATION, before, after)


def template_change(action: Action, after: TemplateTags, before: TemplateTags | None = None) -> Change:
    return Change(Rule.TAG_IMMUTABILITY, action, before or TemplateTags(after.prefix), after)
