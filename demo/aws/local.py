"""The face of the local AWS: starting it, filling it, and letting it misbehave."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar, Self

from botocore.config import Config

from demo.aws import constraints, models
from demo.aws.answering import Answering
from demo.aws.faults import Delay, Failure, Faults, Rate, Rewrite, Scope
from demo.aws.front import HOST, Front
from demo.aws.keys import Keys
from demo.aws.moto_state import MotoState

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from demo.aws.calls import Json

HOME = "123456789012"
"""moto's own account, to which keys belong that nobody knows."""


class LocalAws:
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

    # What there is.

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

    # What goes wrong.

    def refuse_role(self, account: str) -> None:
        """Let nobody assume a role of an account: AccessDenied, 403."""
        self._answering.sts.refuse(account)

    def require_external_id(self, account: str, external_id: str) -> None:
        """Let the roles of an account be assumed with this external id alone."""
        self._answering.sts.require_external_id(account, external_id)

    def fail(  # noqa: PLR0913 - each is one facet of an error, and nearly all have defaults
        self,
        operation: str | None,
        error: str = "ThrottlingException",
        status: int = 400,
        message: str | None = None,
        *,
        account: str | None = None,
        region: str | None = None,
        times: int | None = None,
    ) -> None:
        """Let calls fail.

        Args:
            operation: which, `None` for every one.
            error: AWS's error code.
            status: the HTTP status.
            message: the sentence; AWS's own for that code unless told.
            account: whose calls alone; of AssumeRole the account of the role.
            region: those in one region alone.
            times: how often; for ever unless told.
        """
        self._faults.add(Failure(Scope(operation, account, region), error, status, message, times))

    def slow(
        self, seconds: float, operation: str | None = None, account: str | None = None, region: str | None = None
    ) -> None:
        """Let calls wait before they are answered; several delays add up."""
        self._faults.add(Delay(Scope(operation, account, region), seconds))

    def hang(self, account: str | None = None, region: str | None = None, operation: str | None = None) -> None:
        """Let calls be taken and not be answered before `release`, `clear` or `stop`."""
        self._faults.silence(Scope(operation, account, region))

    def release(self) -> None:
        """Answer the calls that hang now; those to come hang on."""
        self._front.release()

    def throttle(self, rate: float, burst: float | None = None) -> None:
        """Give each account, region and operation of ECR a token bucket: above it, ThrottlingException.

        Args:
            rate: calls a second.
            burst: how many may come at once; a second's worth unless told.
        """
        self._faults.add(Rate(rate, max(rate, 1) if burst is None else burst))

    def rewrite(
        self,
        operation: str | None,
        function: Callable[[Json], Json | None],
        account: str | None = None,
        region: str | None = None,
    ) -> None:
        """Let a function change ECR's JSON answers: in place, or by returning another."""
        self._faults.add(Rewrite(Scope(operation, account, region), function))

    def clear(self) -> None:
        """Take all faults and refused roles away, and answer what hangs; what is settings stays."""
        self._faults.clear()
        self._answering.sts.admit()
        self._front.release()

    # What was seen.

    @property
    def calls(self) -> Counter[tuple[str, str, str]]:
        """How often each (operation, account, region) was called, retries included; AssumeRole counts as the role's."""
        return self._answering.calls.snapshot()

    def reset_calls(self) -> None:
        """Count from nought again."""
        self._answering.calls.reset()

    def reset(self) -> None:
        """Make it as new: no repositories, rules, templates, faults or counts. Keys that were handed out stay good."""
        self.clear()
        self._answering.reset()
