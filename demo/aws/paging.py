"""Pages of a list, as ECR cuts them: by a token that says where the page before ended."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from typing import TYPE_CHECKING

from demo.aws.answers import RefusalError

if TYPE_CHECKING:
    from demo.aws.calls import Json

_DEFAULT = 100


def page(names: list[str], parameters: Json) -> tuple[list[str], str | None]:
    """Return one page of sorted names and the token of the next, or `None` after the last.

    Args:
        names: all names, sorted.
        parameters: `maxResults` (100 where it is absent) and `nextToken` are read from these.

    Raises:
        RefusalError: InvalidParameterException, for a token that no answer handed out.
    """
    start = bisect_right(names, _read(parameters["nextToken"])) if parameters.get("nextToken") else 0
    size = parameters.get("maxResults") or _DEFAULT
    chosen = names[start : start + size]
    more = start + size < len(names)
    return chosen, _token(chosen[-1]) if more else None


def _token(name: str) -> str:
    return base64.b64encode(f"after:{name}".encode()).decode()


def _read(token: str) -> str:
    try:
        mark, _, name = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        mark, name = "", ""
    if mark != "after":
        raise RefusalError("InvalidParameterException", "Invalid parameter at 'nextToken': it was not handed out.")
    return name
