"""`views.*`: modals and Home tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.workspace import modals
from demo.workspace.methods.method import ApiError, Method
from demo.workspace.validation import view_problems

if TYPE_CHECKING:
    from demo.workspace.methods.method import Answer, Arguments
    from demo.workspace.state import State


def _open(state: State, given: Arguments) -> Answer:
    user = _triggered(state, given)
    view = _valid(state, given, "views.open")
    state.views[user] = []
    return {"view": modals.put_on_top(state, user, view)}


def _push(state: State, given: Arguments) -> Answer:
    user = _triggered(state, given)
    if len(state.views.get(user, [])) >= modals.MOST_VIEWS:
        raise ApiError("push_limit_reached")
    return {"view": modals.put_on_top(state, user, _valid(state, given, "views.push"))}


def _update(state: State, given: Arguments) -> Answer:
    view = _valid(state, given, "views.update")
    with state.changed:
        there = modals.found(state, given.get("view_id"))
        if there is None:
            raise ApiError("not_found")
        if given.get("hash") and given["hash"] != there["hash"]:
            raise ApiError("hash_conflict")
        return {"view": modals.put_in_place(state, there, view)}


def _publish(state: State, given: Arguments) -> Answer:
    view = _valid(state, given, "views.publish")
    user = str(given.get("user_id"))
    if user not in state.people:
        raise ApiError("user_not_found")
    with state.changed:
        state.homes[user] = {**view, "id": f"V{state.number()}"}
        state.changed.notify_all()
    return {"view": state.homes[user]}


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
