"""Who writes: the default credentials, or a role in sessions that can make the changes of some plans and no others."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from ecr.aws.session_policy import chunks, registry_policy, session_policy
from ecr.aws.translation import code_of, translated
from ecr.errors import AwsError, MalformedAnswerError, RoleRefusedError, UnreachableError
from ecr.guardrails import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ecr.aws.sessions import Access, Role
    from ecr.changes import Plan
    from ecr.deadline import Deadline
    from ecr.model import Target

SESSION_SECONDS = 900
"""How long a session that writes lasts: the shortest that STS hands out."""

_USED_FOR_SECONDS = SESSION_SECONDS - 60.0
"""How long one is used; after that a new one is assumed, so that none ends on its way."""

_PRINCIPAL = re.compile(r"arn:[\w-]+:sts::(\d{12}):assumed-role/.+")
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """Credentials to write with, and whose they are by AWS's own word."""

    account: str
    credentials: Any


class DefaultIdentity:
    """The default credentials; whose they are is asked once."""

    def __init__(self, access: Access, target: Target) -> None:
        self._access = access
        self._target = target
        self._caller = threading.Lock()
        self._known: Identity | None = None

    def of(self, plan: Plan, deadline: Deadline) -> Identity:
        """Return who writes what a plan changes.

        Raises:
            AwsError: there are no credentials, or AWS did not say whose they are.
        """
        del plan  # default credentials are the same for all
        return self.of_registry(deadline)

    def of_registry(self, deadline: Deadline) -> Identity:
        """Return who writes what is of the whole registry.

        Raises:
            AwsError: there are no credentials, or AWS did not say whose they are.
        """
        with _held(self._caller, deadline):
            if self._known is None:
                with translated(self._target):
                    credentials = self._access.default_credentials()
                    with self._access.speaking_with(credentials, self._target.region, deadline):
                        answer = self._access.client("sts", self._target.region).get_caller_identity()
                self._known = Identity(str(answer.get("Account")), credentials)
            return self._known


@dataclass(eq=False, slots=True)
class _Chunk:
    """Plans that share a session, its policy, and that session once it is there; the registry's has no plans."""

    plans: tuple[Plan, ...]
    policy: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    identity: Identity | None = None
    until: float = 0.0


class _PolicyTooLargeError(AwsError):
    """AWS packs a session policy, and what came out was too large."""


class AssumedIdentities:
    """Sessions of a role for one request, each assumed by the thread that needs it first."""

    def __init__(
        self,
        access: Access,
        target: Target,
        role: Role,
        request: str,
        plans: Sequence[Plan],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the sessions; no call is made.

        Args:
            access: sessions and clients.
            target: where is written.
            role: the role to assume.
            request: what the sessions are named after.
            plans: what they are for.
            clock: tells seconds.
        """
        self._clock = clock
        self._access = access
        self._target = target
        self._role = role
        self._name = session_name(request)
        self._refusal: str | None = None
        self._chunk_of = {
            plan.name: chunk
            for some in chunks(plans)
            for chunk in [_Chunk(some, session_policy(some))]
            for plan in some
        }
        self._chunk_of[REGISTRY] = _Chunk((), registry_policy(plans))

    def of(self, plan: Plan, deadline: Deadline) -> Identity:
        """Return who writes what a plan changes.

        Raises:
            RoleRefusedError: the role could not be assumed; once refused it is not tried again for this request.
            AwsError: AWS did not answer, or takes no policy for this plan.
        """
        return self._of(plan.name, deadline)

    def of_registry(self, deadline: Deadline) -> Identity:
        """Return who writes what is of the whole registry.

        Raises:
            RoleRefusedError: the role could not be assumed; once refused it is not tried again for this request.
            AwsError: AWS did not answer, or takes no policy for it.
        """
        return self._of(REGISTRY, deadline)

    def _of(self, name: str, deadline: Deadline) -> Identity:
        while True:
            chunk = self._chunk_of[name]
            with _held(chunk.lock, deadline):
                if chunk is not self._chunk_of[name]:
                    continue  # whoever held it has split it
                if chunk.identity is not None and self._clock() < chunk.until:
                    return chunk.identity
                try:
                    return self._renew(chunk, deadline)
                except _PolicyTooLargeError:
                    self._split(chunk)

    def _renew(self, chunk: _Chunk, deadline: Deadline) -> Identity:
        if self._refusal is not None:
            raise RoleRefusedError(self._refusal)
        chunk.until = self._clock() + _USED_FOR_SECONDS
        try:
            chunk.identity = self._assume(chunk.policy, deadline)
        except RoleRefusedError as error:
            self._refusal = str(error)
            raise
        return chunk.identity

    def _assume(self, policy: str, deadline: Deadline) -> Identity:
        with translated(self._target, self._role):
            try:
                with self._access.speaking_as(None, self._target.region, deadline):
                    answer = self._access.client("sts", self._target.region).assume_role(**self._arguments(policy))
            except ClientError as error:
                if code_of(error) == "PackedPolicyTooLarge":
                    raise _PolicyTooLargeError from error
                raise
        keys, told = answer["Credentials"], str(answer.get("AssumedRoleUser", {}).get("Arn"))
        principal = _PRINCIPAL.fullmatch(told)
        if principal is None:
            raise MalformedAnswerError(f"STS does not say whose session of {self._role.arn} it handed out.")
        credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        return Identity(principal[1], credentials)

    def _arguments(self, policy: str) -> dict[str, Any]:
        external = {"ExternalId": self._role.external_id} if self._role.external_id else {}
        return {
            "RoleArn": self._role.arn,
            "RoleSessionName": self._name,
            "DurationSeconds": SESSION_SECONDS,
            "Policy": policy,
            **external,
        }

    def _split(self, chunk: _Chunk) -> None:
        """Let each half of a chunk have a session of its own."""
        if len(chunk.plans) <= 1:
            name = chunk.plans[0].name if chunk.plans else REGISTRY
            raise AwsError(
                f"Role {self._role.arn} could not be assumed: AWS finds the session policy for {name} "
                "too large, which session tags take room of. Let the identity that assumes it pass fewer."
            )
        half = len(chunk.plans) // 2
        for some in (chunk.plans[:half], chunk.plans[half:]):
            part = _Chunk(some, session_policy(some))
            self._chunk_of.update((plan.name, part) for plan in some)


def session_name(request: str) -> str:
    """Return the name of the sessions of a request, as STS takes it and CloudTrail shows it."""
    return re.sub(r"[^\w+=,.@-]", "-", f"ecrbot-{request}", flags=re.ASCII)[:_LONGEST_NAME]


@contextmanager
def _held(lock: threading.Lock, deadline: Deadline) -> Iterator[None]:
    """Hold a lock that is waited for until the deadline and no longer."""
    if not lock.acquire(timeout=deadline.remaining):
        raise UnreachableError(f"AWS did not answer within {deadline.seconds:g} seconds.")
    try:
        yield
    finally:
        lock.release()
