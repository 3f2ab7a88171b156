"""Images as DescribeImages tells of them, kept in memory: moto pages none of them, and forgets what lost its tag.

They have no layers and no manifests; whoever tests pushes them by `LocalAws.push`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.aws import paging
from demo.aws.answers import RefusalError

if TYPE_CHECKING:
    from demo.aws.calls import Call, Json
    from demo.aws.moto_state import MotoState

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


class Images:
    """DescribeImages, and pushing."""

    def __init__(self, state: MotoState) -> None:
        self._state = state
        self._kept: dict[tuple[str, str, str], dict[str, Json]] = {}
        self._owners: dict[tuple[str, str, str, str], str] = {}

    def reset(self) -> None:
        """Forget every image."""
        self._kept.clear()
        self._owners.clear()

    def push(self, account: str, region: str, name: str, image: Json) -> None:
        """Keep an image; a tag that another one has moves to it, and leaves that one behind, as in ECR."""
        kept = self._kept.setdefault((account, region, name), {})
        for tag in image.get("imageTags", []):
            if (owner := self._owners.get((account, region, name, tag))) is not None:
                _untag(kept[owner], tag)
            self._owners[account, region, name, tag] = image["imageDigest"]
        kept[image["imageDigest"]] = {"registryId": account, "repositoryName": name, **image}

    def forget(self, account: str, region: str, name: str) -> None:
        """Forget the images of a repository that was deleted: one of its name that is made anew has none."""
        self._kept.pop((account, region, name), None)
        self._owners = {tag: owner for tag, owner in self._owners.items() if tag[:3] != (account, region, name)}

    def describe(self, call: Call) -> Json:
        """Answer DescribeImages: 1 to 1000 a page, 100 unless told, tagged or not as the filter says.

        Raises:
            RefusalError: the repository is not there.
        """
        name = call.parameters["repositoryName"]
        if name not in self._state.repositories(*call.place):
            raise RefusalError(
                "RepositoryNotFoundException",
                f"The repository with name '{name}' does not exist in the registry with id '{call.account}'",
            )
        kept = self._kept.get((*call.place, name), {})
        status = (call.parameters.get("filter") or {}).get("tagStatus", "ANY")
        wanted = {"TAGGED": (True,), "UNTAGGED": (False,)}.get(status, (True, False))
        digests = sorted(digest for digest, image in kept.items() if ("imageTags" in image) in wanted)
        chosen, token = paging.page(digests, call.parameters)
        answer: Json = {"imageDetails": [kept[digest] for digest in chosen]}
        return {**answer, "nextToken": token} if token else answer


def _untag(image: Json, tag: str) -> None:
    left = [one for one in image.pop("imageTags", []) if one != tag]
    if left:
        image["imageTags"] = left
