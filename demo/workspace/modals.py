"""The modals that people have open, one on top of another, and what becomes of one when it is submitted.

See https://docs.slack.dev/surfaces/modals.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from demo.workspace.people import APP_ID, BOT_ID, TEAM
from demo.workspace.validation import view_problems

if TYPE_CHECKING:
    from demo.workspace.state import State

View = dict[str, Any]

MOST_VIEWS = 3


def put_on_top(state: State, user: str, view: View) -> View:
    """Open a modal on top of those that somebody has open, and return it."""
    with state.changed:
        made = _made(view, f"V0{state.number()}")
        state.views.setdefault(user, []).append(made)
        state.changed.notify_all()
    return made


def found(state: State, view_id: object) -> View | None:
    """Return an open modal; `None` where there is none of that id."""
    with state.changed:
        return next((view for stack in state.views.values() for view in stack if view["id"] == view_id), None)


def put_in_place(state: State, there: View, view: View) -> View:
    """Show something else in an open modal, which keeps its id and gets a new hash, and return it."""
    made = _made(view, there["id"])
    with state.changed:
        for stack in state.views.values():
            stack[:] = [made if one["id"] == there["id"] else one for one in stack]
        state.changed.notify_all()
    return made


def close(state: State, there: View) -> None:
    """Close an open modal; what is below it comes to light."""
    with state.changed:
        for stack in state.views.values():
            stack[:] = [one for one in stack if one["id"] != there["id"]]
        state.changed.notify_all()


def answered(state: State, submitted: View, answer: dict[str, Any] | None) -> None:
    """Do to a submitted modal what the acknowledgement says; one that nobody has open is left alone.

    What Slack can make no sense of leaves the modal as it is, and is remembered among the refusals.
    """
    with state.changed:
        there = found(state, submitted.get("id"))
        if there is None:
            return
        if problems := _problems(there, answer or {}):
            state.refuse("view_submission", problems)
            return
        _apply(state, there, answer or {})


def _apply(state: State, there: View, answer: dict[str, Any]) -> None:
    user = next(user for user, stack in state.views.items() if there in stack)
    match answer.get("response_action"):
        case None:
            close(state, there)
        case "clear":
            state.views[user] = []
            state.changed.notify_all()
        case "update":
            put_in_place(state, there, answer["view"])
        case "push":
            put_on_top(state, user, answer["view"])


def _problems(there: View, answer: dict[str, Any]) -> tuple[str, ...]:
    match answer.get("response_action"):
        case None | "clear":
            return ()
        case "errors":
            fields = {block.get("block_id") for block in there["blocks"] if block["type"] == "input"}
            unknown = [name for name in answer.get("errors") or (None,) if name not in fields]
            return tuple(f"[ERROR] no input block {name!r} [json-pointer:/errors]" for name in unknown)
        case "update" | "push":
            return view_problems(answer.get("view") or {})
    return (f"[ERROR] unknown response_action: {answer['response_action']} [json-pointer:/response_action]",)


def _made(view: View, view_id: str) -> View:
    own = {"app_id": APP_ID, "team_id": TEAM, "bot_id": BOT_ID}
    return {**view, **own, "id": view_id, "hash": secrets.token_hex(4)}
