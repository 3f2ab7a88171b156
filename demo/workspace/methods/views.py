"""`views.*`: modals and Home tabs."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from demo.workspace.methods.method import ApiError, Method
from demo.workspace.people import APP_ID, BOT_ID, TEAM
from demo.workspace.validation import view_problems

if TYPE_CHECKING:
    from demo.workspace.methods.method import Answer, Arguments
    from demo.workspace.state import State

MOST_VIEWS = 3


def _open(state: State, given: Arguments) -> Answer:
    user = _triggered(state, given)
    state.views[user] = []
    return _put_on_top(state, user, given)


def _push(state: State, given: Arguments) -> Answer:
    user = _triggered(state, given)
    if len(state.views.get(user, [])) >= MOST_VIEWS:
        raise ApiError("push_limit_reached")
    return _put_on_top(state, user, given)


def _update(state: State, given: Arguments) -> Answer:
    view = _valid(state, given, "views.update")
    for stack in state.views.values():
        for index, open_view in enumerate(stack):
            if given.get("view_id") == open_view["id"]:
                if given.get("hash") and given["hash"] != open_view["hash"]:
                    raise ApiError("hash_conflict")
                stack[index] = {**view, "id": open_view["id"], "hash": secrets.token_hex(4)}
                return {"view": stack[index]}
    raise ApiError("not_found")


def _publish(state: State, given: Arguments) -> Answer:
    view = _valid(state, given, "views.publish")
    user = str(given.get("user_id"))
    if user not in state.people:
        raise ApiError("user_not_found")
    with state.changed:
        state.homes[user] = {**view, "id": f"V{state.number()}"}
        state.changed.notify_all()
    return {"view": state.homes[user]}


def _put_on_top(state: State, user: str, given: Arguments) -> Answer:
    view = _valid(state, given, "views.open")
    with state.changed:
        made = {**view, "id": f"V0{state.number()}", "hash": secrets.token_hex(4), "app_id": APP_ID}
        made["team_id"], made["bot_id"] = TEAM, BOT_ID
        state.views.setdefault(user, []).append(made)
        state.changed.notify_all()
    return {"view": made}


def _triggered(state: State, given: Arguments) -> str:
    trigger = str(given.get("trigger_id"))
    problem = state.use_trigger(trigger)
    if problem:
        raise ApiError(problem)
    return str(state.trigger_users.get(trigger, ""))


def _valid(state: State, given: Arguments, method: str) -> dict[str, Any]:
    view = given.get("view")
    if not isinstance(view, dict):
        raise ApiError("invalid_arguments")
    if problems := view_problems(view):
        state.refuse(method, problems)
        raise ApiError("invalid_arguments", response_metadata={"messages": list(problems)})
    return view


METHODS = {
    "views.open": Method(_open),
    "views.push": Method(_push),
    "views.update": Method(_update),
    "views.publish": Method(_publish),
}
