"""Repositories that ECR itself creates: on a push to a name that is not there, and by replication.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.aws.answers import RefusalError

if TYPE_CHECKING:
    from demo.aws.calls import Json
    from demo.aws.moto_state import MotoState
    from demo.aws.templates import Templates


class Creating:
    """What makes a repository by the creation template for its name. Its users hold the lock of the state."""

    def __init__(self, state: MotoState, templates: Templates) -> None:
        self._state = state
        self._templates = templates

    def on_push(self, account: str, region: str, name: str) -> None:
        """Let a repository be there for a push.

        Raises:
            RefusalError: it is not, and no template for its name is applied for CREATE_ON_PUSH: ECR then creates none.
        """
        if name in self._state.repositories(account, region):
            return
        template = self._templates.chosen((account, region), name, "CREATE_ON_PUSH")
        if template is None:
            raise RefusalError(
                "RepositoryNotFoundException",
                f"The repository with name '{name}' does not exist in the registry with id '{account}'",
            )
        self._create(account, region, name, template)

    def by_replication(self, account: str, region: str, name: str) -> None:
        """Let a repository be there for an image that is replicated: without a template it has ECR's defaults."""
        if name not in self._state.repositories(account, region):
            template = self._templates.chosen((account, region), name, "REPLICATION")
            self._create(account, region, name, template or {})

    def _create(self, account: str, region: str, name: str, template: Json) -> None:
        settings = {
            "mutability": template.get("imageTagMutability", "MUTABLE"),
            "filters": template.get("imageTagMutabilityExclusionFilters"),
            "scan_on_push": False,  # a template has no scanning
        }
        self._state.create(account, region, name, settings)
        if tags := template.get("resourceTags"):
            self._state.tag(account, region, name, {one["Key"]: one.get("Value", "") for one in tags})
        made = self._state.repositories(account, region)[name]
        made.encryption_configuration = dict(template.get("encryptionConfiguration") or made.encryption_configuration)
        made.policy, made.lifecycle_policy = template.get("repositoryPolicy"), template.get("lifecyclePolicy")
