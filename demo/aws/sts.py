"""STS: which roles let nobody in, which want an external id, the keys that were handed out, and who one is.

The keys themselves are moto's: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import re
import threading
import uuid
from typing import TYPE_CHECKING

from demo.aws.answers import XML, Answer, RefusalError
from demo.aws.faults import denial

if TYPE_CHECKING:
    from demo.aws.calls import Call
    from demo.aws.keys import Keys

_KEY = re.compile(rb"<AccessKeyId>([^<]+)</AccessKeyId>")
_PRINCIPAL = re.compile(rb"<Arn>([^<]+)</Arn>")


class Sts:
    """The trust policies of the accounts: each lets everybody in until it is told not to."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._lock = threading.Lock()
        self._closed: set[str] = set()
        self._external_ids: dict[str, str] = {}

    def reset(self) -> None:
        """Let everybody in again, without an external id."""
        self.admit()
        with self._lock:
            self._external_ids.clear()

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
        if key and principal:
            self._keys.learn(key[1].decode(), call.account, principal[1].decode())

    def _check(self, call: Call) -> None:
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
