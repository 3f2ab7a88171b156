"""What goes wrong on purpose: errors, delays, silence, throttling, and answers that are not as they should be.

It decides what happens to a call; the front carries it out.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.aws.answers import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws.calls import Call, Json

Rewriting = "Callable[[Json], Json | None]"

SENTENCES = {
    "ThrottlingException": "Rate exceeded",
    "TooManyRequestsException": "Too Many Requests",
    "ExpiredTokenException": "The security token included in the request is expired",
    "ExpiredToken": "The security token included in the request is expired",
    "UnrecognizedClientException": "The security token included in the request is invalid.",
    "InvalidClientTokenId": "The security token included in the request is invalid.",
    "InvalidSignatureException": "The request signature we calculated does not match the signature you provided.",
    "BlockedByOrganizationPolicyException": (
        "The operation did not succeed because the account is managed by a organization policy."
    ),
    "LimitExceededException": "The operation did not succeed because it would have exceeded a service limit.",
    "ServerException": "These errors are usually caused by a server-side issue.",
    "InternalFailure": "The request processing has failed because of an unknown error, exception or failure.",
    "ServiceUnavailable": "The request has failed due to a temporary failure of the server.",
}
"""The sentences that AWS sends with its codes (ECR API reference, common errors)."""

_REGISTRY_WIDE = ("Registry", "PullThrough", "CreationTemplate", "GetAuthorizationToken")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which calls a fault is for; `None` stands for every one."""

    operation: str | None = None
    account: str | None = None
    region: str | None = None

    def covers(self, call: Call) -> bool:
        """Tell whether a call is within the scope."""
        return (
            self.operation in (None, call.operation)
            and self.account in (None, call.account)
            and self.region in (None, call.region)
        )


@dataclass(slots=True)
class Failure:
    """An error to answer with; `times` is how often still, `None` for ever. No message means AWS's own sentence."""

    scope: Scope
    code: str
    status: int
    message: str | None
    times: int | None


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds to wait before answering."""

    scope: Scope
    seconds: float


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A function that changes an answer on its way out."""

    scope: Scope
    function: Callable[[Json], Json | None]


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket's measures: tokens a second, and how many it holds."""

    rate: float
    burst: float


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Faults:
    """All the faults in force. Safe to change from any thread while calls are answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: list[Failure] = []
        self._delays: list[Delay] = []
        self._silences: list[Scope] = []
        self._rewrites: list[Rewrite] = []
        self._rate: Rate | None = None
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    def add(self, fault: Failure | Delay | Rewrite | Rate) -> None:
        """Put a fault in force; of failures that cover a call, the first put in force is played first."""
        with self._lock:
            match fault:
                case Failure():
                    self._failures.append(fault)
                case Delay():
                    self._delays.append(fault)
                case Rewrite():
                    self._rewrites.append(fault)
                case Rate():
                    self._rate, self._buckets = fault, {}

    def silence(self, scope: Scope) -> None:
        """Let the calls of a scope never be answered."""
        with self._lock:
            self._silences.append(scope)

    def clear(self) -> None:
        """Take every fault away."""
        with self._lock:
            for faults in (self._failures, self._delays, self._silences, self._rewrites):
                faults.clear()
            self._rate, self._buckets = None, {}

    def unthrottle(self) -> None:
        """Take the rate away; all other faults stay."""
        with self._lock:
            self._rate, self._buckets = None, {}

    def silent(self, call: Call) -> bool:
        """Tell whether a call is never to be answered."""
        with self._lock:
            return any(scope.covers(call) for scope in self._silences)

    def delay(self, call: Call) -> float:
        """Return how many seconds a call waits."""
        with self._lock:
            return sum(delay.seconds for delay in self._delays if delay.scope.covers(call))

    def check(self, call: Call, principal: str) -> None:
        """Refuse a call that is to fail.

        Raises:
            RefusalError: the call is over its rate, or a failure is in force for it.
        """
        with self._lock:
            if not self._take_token(call):
                raise RefusalError("ThrottlingException", SENTENCES["ThrottlingException"])
            failure = next((f for f in self._failures if f.times != 0 and f.scope.covers(call)), None)
            if failure is None:
                return
            if failure.times is not None:
                failure.times -= 1
        raise RefusalError(failure.code, failure.message or sentence(failure.code, call, principal), failure.status)

    def rewritten(self, call: Call, value: Json) -> Json:
        """Return an answer as the rewrites in force leave it."""
        with self._lock:
            rewrites = [rewrite for rewrite in self._rewrites if rewrite.scope.covers(call)]
        for rewrite in rewrites:
            changed = rewrite.function(value)
            value = value if changed is None else changed
        return value

    def rewrites(self, call: Call) -> bool:
        """Tell whether any rewrite is in force for a call."""
        with self._lock:
            return any(rewrite.scope.covers(call) for rewrite in self._rewrites)

    def _take_token(self, call: Call) -> bool:
        if self._rate is None or call.service != "ecr":
            return True
        now = time.monotonic()
        key = (call.account, call.region, call.operation)
        bucket = self._buckets.setdefault(key, _Bucket(self._rate.burst, now))
        bucket.tokens = min(self._rate.burst, bucket.tokens + (now - bucket.at) * self._rate.rate)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True


def sentence(code: str, call: Call, principal: str) -> str:
    """Return what AWS says with an error code, about this very call."""
    if code in {"AccessDeniedException", "AccessDenied"}:
        return denial(call, principal)
    return SENTENCES.get(code, f"{code} was asked for.")


def denial(
    call: Call,
    principal: str,
    kind: str = "identity-based",
    resource: str | None = None,
    wanted: str | None = None,
) -> str:
    """Return the sentence of a denied action.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html

    Args:
        call: what is denied.
        principal: the ARN that it speaks as.
        kind: the kind of policy that does not allow it.
        resource: of several resources the one that is denied.
        wanted: the action that it needs; that of its own name unless told.
    """
    on, needed = resource or resources(call)[0], wanted or action(call)
    start = f"User: {principal} is not authorized to perform: {needed} on resource: {on}"
    return start if call.service == "sts" else f"{start} because no {kind} policy allows the {needed} action"


def action(call: Call) -> str:
    """Return the IAM action that a call needs."""
    return f"{call.service or 'ecr'}:{call.operation}"


def resources(call: Call) -> tuple[str, ...]:
    """Return the resources that a call is about, as IAM names them; `*` where it is about none."""
    if call.operation == "AssumeRole":
        return (str(call.parameters.get("RoleArn", "*")),)
    if call.service != "ecr" or any(part in call.operation for part in _REGISTRY_WIDE):
        return ("*",)
    if call.parameters.get("resourceArn"):
        return (str(call.parameters["resourceArn"]),)
    names = call.parameters.get("repositoryNames") or [call.parameters.get("repositoryName", "*")]
    return tuple(f"arn:aws:ecr:{call.region}:{call.account}:repository/{name}" for name in names)
