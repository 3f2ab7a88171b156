"""The face of the local AWS: starting it, speaking to it, and what it has seen."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar, Self

from botocore.config import Config

from demo.aws import constraints, models
from demo.aws.answering import Answering
from demo.aws.calls import Call
from demo.aws.contents import Contents
from demo.aws.faults import Faults
from demo.aws.front import HOST, Front
from demo.aws.keys import Keys
from demo.aws.misbehaviour import Misbehaviour
from demo.aws.moto_state import MotoState

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping
    from types import TracebackType

    from demo.aws.calls import Json
    from demo.aws.sts import Session

HOME = "123456789012"
"""moto's own account, to which keys belong that nobody knows."""


class LocalAws(Contents, Misbehaviour):
    """An AWS on 127.0.0.1 for every service moto has, with ECR and STS as they really answer.

    Point a client at `url` with any made-up keys. Whose request it is follows from the access key: AssumeRole hands out
    keys of the role's account, `access_key(account)` names keys that need no role, and all others are the home
    account's. The region is the one a request was signed for. Signatures are not checked.

    moto keeps its state for the whole process: the first instance that starts empties it, and instances that run at the
    same time share it.
    """

    _running: ClassVar[int] = 0
    _starting: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, port: int = 0, home_account: str = HOME, keys: Mapping[str, str] | None = None) -> None:
        """Prepare it; `start` or `with` lets it run.

        Args:
            port: where to listen on 127.0.0.1; 0 for any free port.
            home_account: whose the keys are that nobody knows.
            keys: access key id to account, for keys of your own.
        """
        self.home_account = home_account
        self._keys = Keys(home_account, keys or {})
        self._state = MotoState()
        self._faults = Faults()
        self._answering = Answering(self._state, self._keys, self._faults)
        self._front = Front(self._answering, port)
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._making = threading.Lock()
        self._session = models.session()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start to listen.

        Raises:
            OSError: the port is taken.
        """
        constraints.load()
        self._front.start()
        with LocalAws._starting:
            if LocalAws._running == 0:
                self._state.reset()
            LocalAws._running += 1

    def stop(self) -> None:
        """Stop listening and close the clients that were handed out; calls that hang are dropped."""
        if not self.port:
            return
        self._faults.clear()
        self._front.stop()
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        with LocalAws._starting:
            LocalAws._running -= 1

    @property
    def port(self) -> int:
        """The port it listens on; 0 where it does not."""
        return self._front.port

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL is to be."""
        return f"http://{HOST}:{self.port}"

    @staticmethod
    def access_key(account: str) -> str:
        """Return an access key id of an account, for callers that assume no role; any secret goes with it."""
        return Keys.of(account)

    def client(self, service: str, account: str, region: str) -> Any:  # noqa: ANN401 - boto3 has no types
        """Return a boto3 client that plays the outside world: no fault touches its calls, no counter counts them."""
        with self._making:
            if (service, account, region) not in self._clients:
                self._clients[service, account, region] = self._session.client(
                    service,
                    region_name=region,
                    endpoint_url=self.url,
                    aws_access_key_id=Keys.of(account, outside=True),
                    aws_secret_access_key="outside",
                    config=Config(proxies={}, retries={"mode": "standard", "total_max_attempts": 1}),
                )
            return self._clients[service, account, region]

    def ask(self, operation: str, account: str, region: str, **parameters: Any) -> Json:  # noqa: ANN401 - API values
        """Return ECR's answer to a call of the outside world, without HTTP: for who asks many times a second.

        Args:
            operation: one of ECR's that is answered here and not by moto.
            account: whose.
            region: where.
            parameters: as in the API.

        Raises:
            LookupError: moto answers this operation.
            RefusalError: ECR refuses the call.
        """
        key = Keys.of(account, outside=True)
        call = Call("ecr", operation, account, region, key, parameters, outside=True)
        answer = self._answering.ecr.answer(call, self._keys.principal(key))
        if answer is None:
            raise LookupError(f"{operation} is not answered here: ask a client of boto3.")
        return answer

    # What was seen.

    @property
    def calls(self) -> Counter[tuple[str, str, str]]:
        """How often each (operation, account, region) was called, retries included; AssumeRole counts as the role's."""
        return self._answering.calls.snapshot()

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that AssumeRole handed out, oldest first, with what each was asked with."""
        return self._answering.sts.sessions

    def reset_calls(self) -> None:
        """Count from nought again."""
        self._answering.calls.reset()

    def reset(self) -> None:
        """Make it as new: no repositories, images, rules, templates, faults, sessions or counts.

        Keys that were handed out stay good.
        """
        self.clear()
        self._answering.reset()
