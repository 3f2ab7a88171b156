"""STS: which roles let nobody in, which want an external id, the sessions that were handed out, and who one is.

The keys themselves are moto's: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import re
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.aws import session_policies
from demo.aws.answers import XML, Answer, RefusalError
from demo.aws.faults import action, denial, resources
from demo.aws.rights import Right

if TYPE_CHECKING:
    from demo.aws.calls import Call
    from demo.aws.keys import Keys

_KEY = re.compile(rb"<AccessKeyId>([^<]+)</AccessKeyId>")
_PRINCIPAL = re.compile(rb"<Arn>([^<]+)</Arn>")
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_SHORTEST, _LONGEST = 900, 43200


@dataclass(frozen=True, slots=True)
class Session:
    """A session that AssumeRole handed out, and what it was asked with."""

    account: str
    region: str
    role: str
    name: str
    seconds: int | None
    policy: str | None
    external_id: str | None
    key: str


class Sts:
    """The trust policies of the accounts: each lets everybody in until it is told not to."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._lock = threading.Lock()
        self._closed: set[str] = set()
        self._external_ids: dict[str, str] = {}
        self._sessions: list[Session] = []
        self._granted: dict[str, str] = {}
        self._roles: dict[str, str] = {}

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that were handed out, oldest first."""
        with self._lock:
            return tuple(self._sessions)

    def reset(self) -> None:
        """Let everybody in again, without an external id, and forget what was handed out; its keys stay good."""
        self.admit()
        with self._lock:
            self._external_ids.clear()
            self._granted.clear()
            self._sessions.clear()

    def admit(self) -> None:
        """Refuse no account's roles any more; external ids stay wanted."""
        with self._lock:
            self._closed.clear()

    def refuse(self, account: str) -> None:
        """Let nobody assume a role of an account."""
        with self._lock:
            self._closed.add(account)

    def require_external_id(self, account: str, external_id: str) -> None:
        """Let only those assume a role of an account who say this external id."""
        with self._lock:
            self._external_ids[account] = external_id

    def grant(self, role: str, policy: str) -> None:
        """Let the sessions of a role do what a policy allows and nothing else; without one they may do everything."""
        with self._lock:
            self._granted[role] = policy

    def answer(self, call: Call) -> Answer | None:
        """Answer a call of STS, or return `None` where moto answers it well.

        Raises:
            RefusalError: AccessDenied, 403, as STS answers when a trust policy does not match.
        """
        if call.operation == "AssumeRole":
            self._check(call)
        if call.operation == "GetCallerIdentity":
            return self._identity(call)
        return None

    def learn(self, call: Call, answer: Answer) -> None:
        """Remember whose the keys in AssumeRole's answer are."""
        key, principal = _KEY.search(answer.body), _PRINCIPAL.search(answer.body)
        if not (key and principal):
            return
        asked, handed_out = call.parameters, key[1].decode()
        seconds = asked.get("DurationSeconds")
        session = Session(
            account=call.account,
            region=call.region,
            role=asked["RoleArn"],
            name=asked["RoleSessionName"],
            seconds=int(seconds) if seconds else None,
            policy=asked.get("Policy"),
            external_id=asked.get("ExternalId"),
            key=handed_out,
        )
        self._keys.learn(handed_out, call.account, principal[1].decode(), session.policy)
        with self._lock:
            self._sessions.append(session)
            self._roles[handed_out] = session.role

    def require_allowed(self, call: Call, besides: tuple[Right, ...] = ()) -> None:
        """Refuse what the role of a call's key was not granted, or its session policy does not allow.

        A key without a session policy, and a role that was granted nothing, may do everything.

        Args:
            call: the call.
            besides: what it needs besides the action of its own name.

        Raises:
            RefusalError: AccessDeniedException.
        """
        with self._lock:
            granted = self._granted.get(self._roles.get(call.key, ""))
        needed = (*(Right(action(call), resource) for resource in resources(call)), *besides)
        for kind, policy in (("identity-based", granted), ("session", self._keys.policy(call.key))):
            for one in needed:
                if policy is not None and not session_policies.allows(policy, one.action, (one.resource,), one.context):
                    said = denial(call, self._keys.principal(call.key), kind, one.resource, one.action)
                    raise RefusalError("AccessDeniedException", said)

    def _check(self, call: Call) -> None:
        _check_arguments(call)
        with self._lock:
            wanted = self._external_ids.get(call.account)
            closed = call.account in self._closed
        if closed or (wanted is not None and call.parameters.get("ExternalId") != wanted):
            raise RefusalError("AccessDenied", denial(call, self._keys.principal(call.key)), 403)

    def _identity(self, call: Call) -> Answer:
        return Answer(
            200,
            '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
            f"<Arn>{self._keys.principal(call.key)}</Arn><UserId>AIDALOCAL{call.account}</UserId>"
            f"<Account>{call.account}</Account></GetCallerIdentityResult><ResponseMetadata>"
            f"<RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>".encode(),
            XML,
        )


def _check_arguments(call: Call) -> None:
    """Check what AssumeRole is asked with against its own constraints (STS API reference)."""
    asked = call.parameters
    if not _NAME.fullmatch(asked.get("RoleSessionName", "")):
        raise _invalid("roleSessionName")
    if not _SHORTEST <= int(asked.get("DurationSeconds", _SHORTEST)) <= _LONGEST:
        raise _invalid("durationSeconds")
    if asked.get("ExternalId") is not None and not _EXTERNAL_ID.fullmatch(asked["ExternalId"]):
        raise _invalid("externalId")
    if asked.get("Policy") is not None:
        session_policies.check(asked["Policy"])


def _invalid(member: str) -> RefusalError:
    return RefusalError("ValidationError", f"1 validation error detected: Value at '{member}' failed to satisfy it")
