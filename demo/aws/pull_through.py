"""Pull-through-cache rules, kept in memory: moto has none (it answers 500). Nothing is ever pulled.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from demo.aws import paging
from demo.aws.answers import RefusalError

if TYPE_CHECKING:
    from demo.aws.calls import Call, Json


class PullThroughRules:
    """Create, Describe and Delete of a registry's pull-through-cache rules, one for each prefix."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], dict[str, Json]] = {}

    def reset(self) -> None:
        """Forget every rule."""
        self._kept.clear()

    def create(self, call: Call) -> Json:
        """Answer CreatePullThroughCacheRule.

        Raises:
            RefusalError: there is one for the prefix already.
        """
        asked = call.parameters
        prefix = asked["ecrRepositoryPrefix"]
        if prefix in self._of(call):
            raise RefusalError(
                "PullThroughCacheRuleAlreadyExistsException",
                f"A pull through cache rule with ECR repository prefix '{prefix}' already exists in the registry "
                f"with id '{call.account}'",
            )
        rule = self._keep(call.place, asked)
        return {name: value for name, value in rule.items() if name != "updatedAt"}

    def put(self, account: str, region: str, prefix: str, upstream: str) -> None:
        """Keep a rule, whatever was there."""
        self._keep((account, region), {"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": upstream})

    def describe(self, call: Call) -> Json:
        """Answer DescribePullThroughCacheRules, all of them by pages or those of some prefixes.

        Raises:
            RefusalError: one of the prefixes has no rule.
        """
        have = self._of(call)
        asked = call.parameters.get("ecrRepositoryPrefixes")
        for prefix in asked or ():
            self._named(call, prefix)
        names, token = paging.page(sorted(have if asked is None else set(asked)), call.parameters)
        answer: Json = {"pullThroughCacheRules": [have[name] for name in names]}
        return {**answer, "nextToken": token} if token else answer

    def delete(self, call: Call) -> Json:
        """Answer DeletePullThroughCacheRule.

        Raises:
            RefusalError: there is none for the prefix.
        """
        gone = self._named(call, call.parameters["ecrRepositoryPrefix"])
        del self._of(call)[gone["ecrRepositoryPrefix"]]
        return {name: value for name, value in gone.items() if name != "updatedAt"}

    def _keep(self, place: tuple[str, str], asked: Json) -> Json:
        now = time.time()
        rule = {**asked, "registryId": place[0], "createdAt": now, "updatedAt": now}
        self._kept.setdefault(place, {})[asked["ecrRepositoryPrefix"]] = rule
        return rule

    def _of(self, call: Call) -> dict[str, Json]:
        return self._kept.setdefault(call.place, {})

    def _named(self, call: Call, prefix: str) -> Json:
        if prefix not in self._of(call):
            raise RefusalError(
                "PullThroughCacheRuleNotFoundException",
                f"No pull through cache rule with ECR repository prefix '{prefix}' exists in the registry with id "
                f"'{call.account}'",
            )
        return self._of(call)[prefix]
