"""Which regions an account has enabled: EC2's DescribeRegions, and the refusal of calls to the others.

moto's EC2 takes seconds to load and lists every region as enabled, so it is not asked.
"""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

from demo.aws import models
from demo.aws.answers import XML, Answer, RefusalError

if TYPE_CHECKING:
    from demo.aws.calls import Call

_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


class Regions:
    """The regions that accounts have enabled: all of them until told otherwise."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._enabled: dict[str, tuple[str, ...]] = {}

    def reset(self) -> None:
        """Enable every region everywhere again."""
        with self._lock:
            self._enabled.clear()

    def enable(self, account: str, regions: tuple[str, ...]) -> None:
        """Let an account have these regions alone."""
        with self._lock:
            self._enabled[account] = regions

    def check(self, call: Call) -> None:
        """Check that a call goes to a region that its account has enabled.

        Raises:
            RefusalError: UnrecognizedClientException, as a disabled region answers.
        """
        if call.region not in self._of(call.account):
            message = "The security token included in the request is invalid."
            raise RefusalError("UnrecognizedClientException", message)

    def describe(self, call: Call) -> Answer:
        """Answer DescribeRegions: the enabled ones, or with `AllRegions` the others too."""
        enabled = self._of(call.account)
        shown = models.regions() if call.parameters.get("AllRegions") == "true" else enabled
        items = "".join(_item(region, enabled=region in enabled) for region in shown)
        body = (
            f'<DescribeRegionsResponse xmlns="{_NAMESPACE}"><requestId>{uuid.uuid4()}</requestId>'
            f"<regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
        )
        return Answer(200, body.encode(), XML)

    def _of(self, account: str) -> tuple[str, ...]:
        with self._lock:
            return self._enabled.get(account, models.regions())


def _item(region: str, *, enabled: bool) -> str:
    status = "opt-in-not-required" if enabled else "not-opted-in"
    return (
        f"<item><regionName>{region}</regionName><regionEndpoint>ec2.{region}.amazonaws.com</regionEndpoint>"
        f"<optInStatus>{status}</optInStatus></item>"
    )
