"""What there is in the local AWS, put there without asking: repositories, images, tags, settings of registries."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from demo.aws.images import DOCKER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from demo.aws.answering import Answering
    from demo.aws.moto_state import MotoState


class Contents:
    """The part of `LocalAws` that fills it."""

    _state: MotoState
    _answering: Answering

    def create(
        self,
        account: str,
        region: str,
        name: str,
        mutability: str = "MUTABLE",
        filters: Iterable[str] = (),
        *,
        scan_on_push: bool = False,
    ) -> None:
        """Put a repository there; nothing is validated, so that states can be made which ECR would refuse.

        Args:
            account: whose.
            region: where.
            name: its name.
            mutability: one of the API's values, or one of the future.
            filters: the texts of its tag exclusion filters.
            scan_on_push: its own flag.
        """
        settings = {
            "mutability": mutability,
            "filters": [{"filterType": "WILDCARD", "filter": text} for text in filters] or None,
            "scan_on_push": scan_on_push,
        }
        self._state.create(account, region, name, settings)

    def scanning(
        self,
        account: str,
        region: str,
        scan_type: str = "BASIC",
        rules: Iterable[tuple[str, Iterable[str]]] = (),
    ) -> None:
        """Set a registry's scanning, without validation.

        Args:
            account: whose.
            region: where.
            scan_type: BASIC or ENHANCED.
            rules: pairs of a frequency and the texts of its filters.
        """
        put = [
            {
                "scanFrequency": frequency,
                "repositoryFilters": [{"filter": text, "filterType": "WILDCARD"} for text in filters],
            }
            for frequency, filters in rules
        ]
        self._state.put_scanning(account, region, scan_type, put)

    def legacy_flag_counts(self, account: str, region: str, counts: bool) -> None:  # noqa: FBT001 - it is the value
        """Set whether a repository's own flag counts where BASIC rules exist and none matches; it does unless told."""
        self._answering.ecr.scanning.legacy_flag_counts((account, region), counts=counts)

    def enable_regions(self, account: str, *regions: str) -> None:
        """Let an account have these regions alone: EC2 lists them, and ECR refuses calls to all others."""
        self._answering.regions.enable(account, regions)

    def push(  # noqa: PLR0913 - each is one facet of an image, and nearly all have defaults
        self,
        account: str,
        region: str,
        name: str,
        tags: Iterable[str] = (),
        pushed_at: datetime | None = None,
        digest: str | None = None,
        *,
        media_type: str = DOCKER,
        artifact_type: str | None = None,
        subject: str | None = None,
    ) -> str:
        """Push an image whatever the repository's setting, and return its digest.

        A tag that another image has moves to it; without tags it is an untagged one. Where the repository is not there,
        ECR creates it by the creation template for its name, if one is applied for CREATE_ON_PUSH.

        Args:
            account: whose.
            region: where.
            name: the repository.
            tags: the image's tags.
            pushed_at: when; now unless told.
            digest: its digest; one of its own unless told.
            media_type: of its manifest.
            artifact_type: of what it is, where it is no image.
            subject: the digest that it refers to.

        Raises:
            RefusalError: the repository is not there, and no template lets a push create it.
        """
        digest = digest or f"sha256:{hashlib.sha256(uuid.uuid4().bytes).hexdigest()}"
        told = {
            "imageDigest": digest,
            "imagePushedAt": (pushed_at or datetime.now(UTC)).timestamp(),
            "imageSizeInBytes": 1024,
            "imageManifestMediaType": media_type,
            "imageTags": list(tags) or None,
            "artifactMediaType": artifact_type,
            "subjectManifestDigest": subject,
        }
        image = {key: value for key, value in told.items() if value is not None}
        with self._state.lock:
            self._answering.ecr.creating.on_push(account, region, name)
            self._answering.ecr.images.push(account, region, name, image)
        return digest

    def replicate(self, account: str, region: str, name: str, tags: Iterable[str] = ()) -> str:
        """Let an image arrive by replication, and return its digest.

        Where the repository is not there, ECR creates it by the creation template for its name, if one is applied for
        REPLICATION, and otherwise with its defaults.

        Args:
            account: where to.
            region: where to.
            name: the repository.
            tags: the image's tags.
        """
        with self._state.lock:
            self._answering.ecr.creating.by_replication(account, region, name)
        return self.push(account, region, name, tags)

    def grant(self, role: str, policy: str) -> None:
        """Let a role do what a policy allows and nothing else; one that was granted nothing may do everything.

        Args:
            role: its ARN.
            policy: the document. What AssumeRole's session policy does not allow stays denied.
        """
        self._answering.sts.grant(role, policy)

    def tag(self, account: str, region: str, name: str, tags: Mapping[str, str]) -> None:
        """Put resource tags on a repository, those of `aws:` included, which nobody but AWS can put on one."""
        self._state.tag(account, region, name, tags)

    def pull_through(self, account: str, region: str, prefix: str, upstream: str = "public.ecr.aws") -> None:
        """Let a registry have a pull-through-cache rule."""
        self._answering.ecr.rules.put(account, region, prefix, upstream)
