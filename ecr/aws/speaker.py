"""Whose credentials sign what a thread sends: chosen for each request, so that accounts can share a client."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.credentials import CredentialProvider, Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.deadline import Deadline


class Speaker(threading.local):
    """Whose credentials this thread speaks with, where it asks STS for them, and until when."""

    credentials: Any = None
    region: str = ""
    deadline: Deadline | None = None

    @contextmanager
    def speaking(self, credentials: Any, region: str, deadline: Deadline) -> Iterator[None]:
        """Let this thread's requests inside be signed with these credentials, and end at the deadline."""
        self.credentials, self.region, self.deadline = credentials, region, deadline
        try:
            yield
        finally:
            self.credentials = self.deadline = None


class _ChosenCredentials(Credentials):  # type: ignore[misc]  # botocore has no types
    """Credentials that are whatever the calling thread has chosen: asked for at every signing, retries included."""

    def __init__(self, speaker: Speaker) -> None:
        super().__init__("chosen-per-request", "chosen-per-request")
        self._speaker = speaker

    def get_frozen_credentials(self) -> Any:
        """Return the chosen credentials.

        Raises:
            RuntimeError: none were chosen, which would be a defect of ours.
        """
        if self._speaker.credentials is None:
            raise RuntimeError("a request was made outside of speaking_as")
        return self._speaker.credentials.get_frozen_credentials()


class Chosen(CredentialProvider):  # type: ignore[misc]  # botocore has no types
    """botocore's way to a speaker's credentials."""

    METHOD = "ecrbot-chosen"

    def __init__(self, speaker: Speaker) -> None:
        super().__init__()
        self._credentials = _ChosenCredentials(speaker)

    def load(self) -> Credentials:
        """Return credentials that stand for whatever was chosen."""
        return self._credentials
