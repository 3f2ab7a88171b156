"""Bots that are killed while they guard a registry in which another team has a rule and a template already."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ecr.guardrails import REGISTRY
from tests.crash.request_audit import SCAN, TAGS
from tests.crash.request_bots import PROD, REGION, RequestBot, RequestBots
from tests.crash.request_outcome import Put

if TYPE_CHECKING:
    from tests.crash.request_outcome import RequestOutcome

PUT_RULES = Put(REGISTRY, "PutRegistryScanningConfiguration")
CREATE = Put(REGISTRY, "CreateRepositoryCreationTemplate")
DELETE = Put(REGISTRY, "DeleteRepositoryCreationTemplate")

THEIRS = "team-a"
"""The filter of the other team."""

CACHE = ("cache", "MUTABLE", ("PULL_THROUGH_CACHE",))
"""Their template."""

_AGAIN = "(applying ecrbot\n)*"


@dataclass
class GuardBot(RequestBot):
    """A bot that is killed while it guards prod."""

    def settings(self) -> dict[str, tuple[Any, ...]]:
        """Return the rules and the templates of the registry."""
        ecr = self.aws.client("ecr", PROD, REGION)
        scanning = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
        rules = tuple(
            (one["scanFrequency"], *(each["filter"] for each in one["repositoryFilters"])) for one in scanning["rules"]
        )
        found = ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]
        templates = tuple((one["prefix"], one["imageTagMutability"], tuple(one["appliedFor"])) for one in found)
        return {"rules": (scanning["scanType"], *rules), "templates": templates}


class GuardBots(RequestBots):
    """Makes such bots."""

    def _arrange(self, puts: list[Put]) -> None:
        super()._arrange(puts)
        self.aws.scanning(PROD, REGION, "BASIC", [("SCAN_ON_PUSH", [THEIRS])])
        prefix, mutability, uses = CACHE
        self.aws.client("ecr", PROD, REGION).create_repository_creation_template(
            prefix=prefix, imageTagMutability=mutability, appliedFor=list(uses)
        )
        for put in (PUT_RULES, CREATE, DELETE):
            self.aws.rewrite(put.action, partial(_note, puts, put))


def is_sensible(found: RequestOutcome, kind: str) -> bool:
    """Tell whether it is the story of a request that was approved and applied, each change of the registry once."""
    if kind == "undo":
        begun = "requested U0ONCALL\nbreak-glass U0ONCALL\n"
    else:
        begun = "requested U0ENGINEER\napproved U0ONCALL\n"
    ended = "undone U0ONCALL\n" if kind != "undo" and ("undo", REGISTRY, "applied") in found.items else ""
    # The templates come before the rules.
    changes = "".join(f"(changing {rule} ecrbot\n{_AGAIN})+changed {rule} ecrbot\n{_AGAIN}" for rule in (TAGS, SCAN))
    applied = f"applying ecrbot\n{_AGAIN}{changes}verified ecrbot\n{_AGAIN}applied ecrbot\n"
    return re.fullmatch(begun + applied + ended, story(found, kind)) is not None


def story(found: RequestOutcome, kind: str) -> str:
    """Return what was done to the registry, and by whom, a line each."""
    return "".join(
        f"{one.event}{f' {one.rule}' if one.event in ('changing', 'changed') else ''} {one.actor}\n"
        for one in found.audit
        if one.kind == kind
    )


def _note(puts: list[Put], put: Put, told: dict[str, Any]) -> None:
    del told
    puts.append(put)
