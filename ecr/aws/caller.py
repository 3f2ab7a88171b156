"""One call to AWS in the name of a target: whose role, which client, how often again. What is read stands elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from ecr.aws.translation import is_expired, translated
from ecr.model import ALL_REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ecr.aws.sessions import Access, Role
    from ecr.deadline import Deadline
    from ecr.model import Target

Answer = TypeVar("Answer")


class Caller:
    """Makes calls as the role of each account, or with the default credentials where it has none."""

    def __init__(self, access: Access, roles: Mapping[tuple[str | None, str | None], Role | None]) -> None:
        """Keep the way to AWS and the roles.

        Args:
            access: sessions and clients.
            roles: the role of each account, by its id and name.
        """
        self._access = access
        self._roles = roles

    def call(self, target: Target, deadline: Deadline, service: str, call: Callable[[Any], Answer]) -> Answer:
        """Make one call as the target's role; where its credentials ran out before their time, once more with new.

        Args:
            target: in whose name, and where.
            deadline: when to give up.
            service: the service whose client `call` is handed.
            call: the call itself.

        Raises:
            AwsError: what botocore raised, as a sentence.
        """
        role = self._roles.get((target.account, target.name))
        region = target.region if target.region != ALL_REGIONS else self._access.default_region or "us-east-1"
        deadline = deadline.begun()
        with translated(target, role):
            try:
                with self._access.speaking_as(role, region, deadline):
                    return call(self._access.client(service, region))
            except ClientError as error:
                if not is_expired(error) or role is None:
                    raise
                self._access.forget(role)
            with self._access.speaking_as(role, region, deadline):
                return call(self._access.client(service, region))
