"""Repositories as ECR answers them: pages, names that are asked for together, and tag mutability.

The repositories themselves are moto's; here is what moto does not refuse, does not page and does not say.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from demo.aws import paging
from demo.aws.answers import RefusalError
from demo.aws.constraints import broken
from demo.aws.lag import Lag

if TYPE_CHECKING:
    from demo.aws.calls import Call, Json
    from demo.aws.moto_state import MotoState

_MOST_ASTERISKS = 2


class Repositories:
    """DescribeRepositories, the two puts, and the check of CreateRepository."""

    def __init__(self, state: MotoState) -> None:
        self._state = state
        self.lag = Lag()

    def describe(self, call: Call) -> Json:
        """Answer DescribeRepositories: 1 to 1000 a page, 100 unless told, or up to 100 by name.

        Raises:
            RefusalError: a name that is not there fails the whole call, and names do not go with pages.
        """
        asked = call.parameters
        have = self._state.repositories(*call.place)
        if asked.get("repositoryNames") is not None:
            if asked.get("maxResults") is not None or asked.get("nextToken") is not None:
                raise broken("maxResults", "repositoryNames can not be used with maxResults or nextToken")
            found = [self._named(call, name) for name in asked["repositoryNames"]]
            return {"repositories": [self._shown(call, one) for one in found]}
        names, token = paging.page(sorted(have), asked)
        answer: Json = {"repositories": [self._shown(call, have[name]) for name in names]}
        return {**answer, "nextToken": token} if token else answer

    def put_mutability(self, call: Call) -> Json:
        """Answer PutImageTagMutability: a full replacement of the setting and its filters.

        Raises:
            RefusalError: the filters do not go with the setting, or the repository is not there.
        """
        asked = call.parameters
        check_filters(asked)
        repository = self._named(call, asked["repositoryName"])
        self.lag.before(call, repository.name, rendered(repository))
        filters = asked.get("imageTagMutabilityExclusionFilters")
        repository.image_tag_mutability_exclusion_filters = filters
        repository.image_tag_mutability = asked["imageTagMutability"]
        answer = {
            "registryId": call.account,
            "repositoryName": repository.name,
            "imageTagMutability": asked["imageTagMutability"],
        }
        return {**answer, "imageTagMutabilityExclusionFilters": filters} if filters else answer

    def put_scanning(self, call: Call) -> Json:
        """Answer PutImageScanningConfiguration.

        Raises:
            RefusalError: the repository is not there.
        """
        repository = self._named(call, call.parameters["repositoryName"])
        self.lag.before(call, repository.name, rendered(repository))
        on_push = bool(call.parameters["imageScanningConfiguration"].get("scanOnPush"))
        repository.image_scanning_configuration = {"scanOnPush": on_push}
        return {
            "registryId": call.account,
            "repositoryName": repository.name,
            "imageScanningConfiguration": {"scanOnPush": on_push},
        }

    def _shown(self, call: Call, repository: Any) -> Json:  # noqa: ANN401 - moto's Repository, which has no types
        return self.lag.shown(call, repository.name, rendered(repository))

    def _named(self, call: Call, name: str) -> Any:  # noqa: ANN401 - moto's Repository, which has no types
        found = self._state.repositories(*call.place).get(name)
        if found is None:
            raise RefusalError(
                "RepositoryNotFoundException",
                f"The repository with name '{name}' does not exist in the registry with id '{call.account}'",
            )
        return found


def rendered(repository: Any) -> Json:  # noqa: ANN401 - moto's Repository, which has no types
    """Return a repository as DescribeRepositories shows it; filters are there only where there are some."""
    answer = {
        "repositoryArn": repository.arn,
        "registryId": repository.registry_id,
        "repositoryName": repository.name,
        "repositoryUri": repository.uri,
        "createdAt": repository.created_at.replace(tzinfo=UTC).timestamp(),
        "imageTagMutability": str(getattr(repository.image_tag_mutability, "value", repository.image_tag_mutability)),
        "imageScanningConfiguration": dict(repository.image_scanning_configuration),
        "encryptionConfiguration": dict(repository.encryption_configuration),
    }
    filters = repository.image_tag_mutability_exclusion_filters
    return {**answer, "imageTagMutabilityExclusionFilters": list(filters)} if filters else answer


def check_filters(asked: Json) -> None:
    """Check that exclusion filters go with a `*_WITH_EXCLUSION` setting and it with them, two asterisks at most each.

    The rules across members are the service's, not its model's
    (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html).

    Raises:
        RefusalError: InvalidParameterException.
    """
    filters = asked.get("imageTagMutabilityExclusionFilters")
    excluding = str(asked.get("imageTagMutability", "")).endswith("_WITH_EXCLUSION")
    if excluding and not filters:
        raise broken("imageTagMutabilityExclusionFilters", "Member must not be empty with this imageTagMutability")
    if filters is not None and not excluding:
        raise broken("imageTagMutabilityExclusionFilters", "Member goes with a *_WITH_EXCLUSION imageTagMutability")
    for index, one in enumerate(filters or (), start=1):
        if one["filter"].count("*") > _MOST_ASTERISKS:
            raise broken(f"imageTagMutabilityExclusionFilters.{index}.member.filter", "A maximum of 2 wildcards")
