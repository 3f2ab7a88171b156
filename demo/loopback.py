"""The guard that keeps the demo on this machine: no address leaves it that is not a loopback one."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Names are refused, localhost too: what they resolve to is not ours. So is whatever URL parsers disagree about.
_URL = re.compile(r"(?:https?|wss?)://(?:(?P<four>[0-9.]+)|\[(?P<six>[0-9a-f:]+)\])(?::[0-9]{1,5})?(?:/[!-\[\]-~]*)?")


class NotLoopbackError(ValueError):
    """An address that is not on this machine."""


def require_loopback(url: str) -> str:
    """Return a URL whose host is a loopback address.

    Raises:
        NotLoopbackError: it is not, or the URL can be read in more than one way.
    """
    match = _URL.fullmatch(url)
    try:
        loopback = match is not None and ipaddress.ip_address(match["four"] or match["six"]).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopbackError(f"The demo speaks to this machine alone, and {url!r} is not a loopback address.")
    return url


def require_loopback_everywhere(environment: Mapping[str, str]) -> None:
    """Check every URL that an environment holds.

    Raises:
        NotLoopbackError: one of them leaves this machine.
    """
    for value in environment.values():
        if "://" in value:
            require_loopback(value)
