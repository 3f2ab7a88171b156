"""Repository creation templates, kept in memory: moto has none (it answers 500).

https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html. What ECR itself
creates by them is made in `demo.aws.creating`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from demo.aws import paging
from demo.aws.answers import RefusalError
from demo.aws.repositories import check_filters

if TYPE_CHECKING:
    from demo.aws.calls import Call, Json

_ROOT = "ROOT"
_DEFAULTS = {"imageTagMutability": "MUTABLE", "encryptionConfiguration": {"encryptionType": "AES256"}}


class Templates:
    """Create, Update, Delete and Describe of a registry's templates, one for each prefix."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], dict[str, Json]] = {}

    def reset(self) -> None:
        """Forget every template."""
        self._kept.clear()

    def create(self, call: Call) -> Json:
        """Answer CreateRepositoryCreationTemplate.

        Raises:
            RefusalError: there is one for the prefix already, or its members do not go together.
        """
        prefix = call.parameters["prefix"]
        if prefix in self._of(call):
            raise RefusalError(
                "TemplateAlreadyExistsException",
                f"The repository creation template with prefix '{prefix}' already exists in the registry with id "
                f"'{call.account}'",
            )
        now = time.time()
        return self._keep(call, {**_DEFAULTS, **call.parameters, "createdAt": now, "updatedAt": now})

    def update(self, call: Call) -> Json:
        """Answer UpdateRepositoryCreationTemplate: members that are absent stay as they are.

        Raises:
            RefusalError: there is none for the prefix, or its members do not go together.
        """
        changed = {**self._named(call), **call.parameters, "updatedAt": time.time()}
        if not str(changed.get("imageTagMutability")).endswith("_WITH_EXCLUSION"):
            if "imageTagMutabilityExclusionFilters" in call.parameters:
                check_filters(changed)
            changed.pop("imageTagMutabilityExclusionFilters", None)
        return self._keep(call, changed)

    def delete(self, call: Call) -> Json:
        """Answer DeleteRepositoryCreationTemplate.

        Raises:
            RefusalError: there is none for the prefix.
        """
        gone = self._named(call)
        del self._of(call)[gone["prefix"]]
        return {"registryId": call.account, "repositoryCreationTemplate": gone}

    def describe(self, call: Call) -> Json:
        """Answer DescribeRepositoryCreationTemplates, all of them by pages or those of some prefixes."""
        have = self._of(call)
        asked = call.parameters.get("prefixes")
        names, token = paging.page(sorted(have if asked is None else have.keys() & set(asked)), call.parameters)
        answer = {"registryId": call.account, "repositoryCreationTemplates": [have[name] for name in names]}
        return {**answer, "nextToken": token} if token else answer

    def kept(self, place: tuple[str, str], prefix: str) -> Json | None:
        """Return the template of a prefix, if there is one."""
        return self._kept.get(place, {}).get(prefix)

    def chosen(self, place: tuple[str, str], name: str, use: str) -> Json | None:
        """Return the template by which ECR creates a repository; `None` where it has none.

        Of those whose prefix, with a slash behind it, a name begins with, the longest is taken, and the one for ROOT
        where there is no other. The documentation does not say what holds where the longest is not applied for what
        the repository is created for; here it is as if it were not there.

        Args:
            place: the account and region.
            name: the repository.
            use: what it is created for, one of `appliedFor`.
        """
        applied = [one for one in self._kept.get(place, {}).values() if use in one["appliedFor"]]
        matching = [one for one in applied if name.startswith(f"{one['prefix'].rstrip('/')}/")]
        root = next((one for one in applied if one["prefix"] == _ROOT), None)
        return max(matching, key=lambda one: len(one["prefix"]), default=root)

    def _of(self, call: Call) -> dict[str, Json]:
        return self._kept.setdefault(call.place, {})

    def _named(self, call: Call) -> Json:
        prefix = call.parameters["prefix"]
        if prefix not in self._of(call):
            raise RefusalError(
                "TemplateNotFoundException",
                f"The repository creation template with prefix '{prefix}' does not exist in the registry with id "
                f"'{call.account}'",
            )
        return self._of(call)[prefix]

    def _keep(self, call: Call, template: Json) -> Json:
        check_filters(template)
        encrypted = template["encryptionConfiguration"].get("encryptionType") != "AES256"
        if (template.get("resourceTags") or encrypted) and not template.get("customRoleArn"):
            raise RefusalError("ValidationException", "A customRoleArn is required with resourceTags or KMS encryption")
        self._of(call)[template["prefix"]] = template
        return {"registryId": call.account, "repositoryCreationTemplate": template}
