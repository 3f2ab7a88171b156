"""The operations of ECR that are answered here instead of by moto, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.aws import constraints
from demo.aws.answers import RefusalError
from demo.aws.creating import Creating
from demo.aws.faults import denial
from demo.aws.images import Images
from demo.aws.pull_through import PullThroughRules
from demo.aws.repositories import Repositories, check_filters
from demo.aws.scanning import Scanning
from demo.aws.templates import Templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws.calls import Call, Json
    from demo.aws.moto_state import MotoState


class Ecr:
    """What the front knows better than moto about ECR."""

    def __init__(self, state: MotoState) -> None:
        self._state = state
        self.scanning = Scanning(state)
        self.templates = Templates()
        self.creating = Creating(state, self.templates)
        self.rules = PullThroughRules()
        self.images = Images(state)
        self.repositories = Repositories(state)
        self._operations: dict[str, Callable[[Call], Json]] = {
            "DescribeRepositories": self.repositories.describe,
            "PutImageTagMutability": self.repositories.put_mutability,
            "PutImageScanningConfiguration": self.repositories.put_scanning,
            "DescribeImages": self.images.describe,
            "GetRegistryScanningConfiguration": self.scanning.get_registry,
            "PutRegistryScanningConfiguration": self.scanning.put_registry,
            "BatchGetRepositoryScanningConfiguration": self.scanning.batch_get,
            "CreateRepositoryCreationTemplate": self.templates.create,
            "UpdateRepositoryCreationTemplate": self.templates.update,
            "DeleteRepositoryCreationTemplate": self.templates.delete,
            "DescribeRepositoryCreationTemplates": self.templates.describe,
            "CreatePullThroughCacheRule": self.rules.create,
            "DescribePullThroughCacheRules": self.rules.describe,
            "DeletePullThroughCacheRule": self.rules.delete,
        }

    def reset(self) -> None:
        """Forget what is kept here and not by moto."""
        with self._state.lock:
            self.scanning.reset()
            self.templates.reset()
            self.rules.reset()
            self.images.reset()
            self.repositories.lag.reset()

    def deleted(self, call: Call) -> None:
        """Forget what was in a repository that moto has deleted."""
        with self._state.lock:
            self.images.forget(*call.place, call.parameters["repositoryName"])

    def answer(self, call: Call, principal: str) -> Json | None:
        """Answer a call, or return `None` where moto answers it well.

        Raises:
            RefusalError: the request is not one that ECR takes.
        """
        constraints.check(call.operation, call.parameters)
        if call.parameters.get("registryId", call.account) != call.account:
            raise RefusalError("AccessDeniedException", denial(call, principal))
        if call.operation == "CreateRepository":
            check_filters(call.parameters)
        operation = self._operations.get(call.operation)
        if operation is None:
            return None
        with self._state.lock:
            return operation(call)
