"""Whose access key is whose. Keys are names here, never secrets: no signature is checked."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# An access key id has 20 characters; these prefixes leave 12 for the account.
_OF_ACCOUNT = "AKIALOCA"
_OUTSIDE = "AKIAOUTS"


class Keys:
    """The access keys: those of the accounts themselves, those that AssumeRole handed out, and all others."""

    def __init__(self, home: str, known: Mapping[str, str]) -> None:
        self._home = home
        self._accounts = dict(known)
        self._principals: dict[str, str] = {}
        self._policies: dict[str, str] = {}
        self._lock = threading.Lock()

    @staticmethod
    def of(account: str, *, outside: bool = False) -> str:
        """Return an access key id that belongs to an account without assuming any role."""
        return f"{_OUTSIDE if outside else _OF_ACCOUNT}{account}"

    @staticmethod
    def outside(key: str) -> bool:
        """Tell whether a key is that of the outside world, which sees no faults."""
        return key.startswith(_OUTSIDE)

    def learn(self, key: str, account: str, principal: str, policy: str | None = None) -> None:
        """Remember a key that AssumeRole handed out, the ARN that it speaks as, and its session policy, if any."""
        with self._lock:
            self._accounts[key] = account
            self._principals[key] = principal
            if policy is not None:
                self._policies[key] = policy

    def policy(self, key: str) -> str | None:
        """Return the session policy of a key."""
        with self._lock:
            return self._policies.get(key)

    def account(self, key: str) -> str:
        """Return the account of a key; one that is not known is the home account's, as with moto."""
        if key.startswith((_OF_ACCOUNT, _OUTSIDE)):
            return key[len(_OF_ACCOUNT) :]
        with self._lock:
            return self._accounts.get(key, self._home)

    def principal(self, key: str) -> str:
        """Return the ARN that a key speaks as, for the sentences of AWS."""
        with self._lock:
            known = self._principals.get(key)
        return known or f"arn:aws:iam::{self.account(key)}:user/ecrbot"
