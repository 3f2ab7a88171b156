"""`users.*` and `usergroups.*`: who there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.workspace.methods.method import ApiError, Method

if TYPE_CHECKING:
    from demo.workspace.methods.method import Answer, Arguments
    from demo.workspace.state import State


def _info(state: State, given: Arguments) -> Answer:
    person = state.people.get(str(given.get("user")))
    if person is None:
        raise ApiError("user_not_found")
    return {"user": person.payload()}


def _list(state: State, _: Arguments) -> Answer:
    return {"members": [person.payload() for person in state.people.values()]}


def _groups(state: State, _: Arguments) -> Answer:
    groups = [{"id": group, "handle": group.lower(), "users": list(users)} for group, users in state.groups.items()]
    return {"usergroups": groups}


def _group_users(state: State, given: Arguments) -> Answer:
    group = state.groups.get(str(given.get("usergroup")))
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group)}


METHODS = {
    "users.info": Method(_info, "users:read"),
    "users.list": Method(_list, "users:read"),
    "usergroups.list": Method(_groups, "usergroups:read"),
    "usergroups.users.list": Method(_group_users, "usergroups:read"),
}
