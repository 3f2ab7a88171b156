"""What a method is: a function on the state, the scope that it takes, and the refusal that it may end in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo.workspace.state import State

Arguments = dict[str, Any]
Answer = dict[str, Any]
Run = Callable[[State, Arguments], Answer]


class ApiError(Exception):
    """An answer with `ok: false`; `details` go into it."""

    def __init__(self, error: str, **details: Any) -> None:  # noqa: ANN401 - whatever Slack adds
        super().__init__(error)
        self.answer = {"ok": False, "error": error, **details}


@dataclass(frozen=True, slots=True)
class Method:
    """A method, and the one scope it always takes; `None` where there is none, or where it depends on the channel."""

    run: Run
    scope: str | None = None


def require_scope(state: State, needed: str) -> None:
    """Refuse what the bot's token may not do.

    Raises:
        ApiError: the token has not got the scope.
    """
    if needed not in state.scopes:
        raise missing_scope(state, needed)


def missing_scope(state: State, needed: str) -> ApiError:
    """Return Slack's refusal for want of a scope."""
    return ApiError("missing_scope", needed=needed, provided=",".join(state.scopes))
