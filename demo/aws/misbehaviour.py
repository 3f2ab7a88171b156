"""What goes wrong in the local AWS when a test says so: refusals, delays, silence, throttles, answers that lag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.aws.faults import Delay, Failure, Rate, Rewrite, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws.answering import Answering
    from demo.aws.calls import Json
    from demo.aws.faults import Faults
    from demo.aws.front import Front
    from demo.aws.moto_state import MotoState


class Misbehaviour:
    """The part of `LocalAws` that lets it fail."""

    _state: MotoState
    _answering: Answering
    _faults: Faults
    _front: Front

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

    def unthrottle(self) -> None:
        """Let calls come as fast as they like again; all other faults stay."""
        self._faults.unthrottle()

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
        """Take all faults, lags, events and refused roles away, and answer what hangs; what is settings stays."""
        self._faults.clear()
        self._answering.sts.admit()
        self._answering.events.reset()
        with self._state.lock:
            self._answering.ecr.repositories.lag.reset()
        self._front.release()

    def lag(self, seconds: float, account: str | None = None, region: str | None = None) -> None:
        """Let DescribeRepositories show what is put from now on only after so many seconds."""
        with self._state.lock:
            self._answering.ecr.repositories.lag.add(Scope(None, account, region), seconds)

    def block_scanning(self, account: str, region: str | None = None) -> None:
        """Let a policy of the organization manage an account's scanning: nobody in it can put the registry's rules."""
        self.fail(
            "PutRegistryScanningConfiguration", "BlockedByOrganizationPolicyException", account=account, region=region
        )

    def before(
        self,
        operation: str,
        function: Callable[[], object],
        account: str | None = None,
        region: str | None = None,
    ) -> None:
        """Call a function once, before the next call of an operation is carried out: somebody else's write, say.

        Args:
            operation: which.
            function: what to call; it may call this AWS.
            account: before a call of this account alone.
            region: before one in this region alone.
        """
        self._answering.events.add(Scope(operation, account, region), function, before=True)

    def after(
        self,
        operation: str,
        function: Callable[[], object],
        account: str | None = None,
        region: str | None = None,
    ) -> None:
        """Call a function once, after the next call of an operation was carried out and before it is answered.

        Args:
            operation: which.
            function: what to call; it may call this AWS.
            account: after a call of this account alone.
            region: after one in this region alone.
        """
        self._answering.events.add(Scope(operation, account, region), function)
