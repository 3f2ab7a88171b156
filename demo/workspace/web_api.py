"""The Web API: a call's token and scope are checked, then the method is asked. The methods are in methods/."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.workspace.methods import chat, conversations, history, people, views
from demo.workspace.methods.method import ApiError, Method, require_scope
from demo.workspace.people import BOT_ID, BOT_USER, TEAM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from demo.workspace.methods.method import Answer, Arguments
    from demo.workspace.state import State


@dataclass(frozen=True, slots=True)
class WebApi:
    """The methods, over one workspace's state. `socket_url` is asked for a new Socket Mode address."""

    state: State
    bot_token: str
    app_token: str
    socket_url: Callable[[], str]

    def call(self, method: str, token: str | None, arguments: Arguments) -> Answer:
        """Answer a call as Slack does."""
        found = self._methods().get(method)
        if found is None:
            return ApiError("unknown_method", req_method=method).answer
        try:
            self._authorize(method, found, token)
            return {"ok": True, **found.run(self.state, arguments)}
        except ApiError as error:
            return error.answer

    def _methods(self) -> Mapping[str, Method]:
        own = {"auth.test": Method(_auth_test), "apps.connections.open": Method(self._open_connection)}
        return own | chat.METHODS | conversations.METHODS | history.METHODS | people.METHODS | views.METHODS

    def _authorize(self, name: str, method: Method, token: str | None) -> None:
        if not token:
            raise ApiError("not_authed")
        if token != (self.app_token if name == "apps.connections.open" else self.bot_token):
            raise ApiError("invalid_auth")
        if method.scope is not None:
            require_scope(self.state, method.scope)

    def _open_connection(self, _state: State, _: Arguments) -> Answer:
        return {"url": self.socket_url()}


def _auth_test(_state: State, _: Arguments) -> Answer:
    return {
        "url": "https://local.slack.example/",
        "team": "Local",
        "user": "ecrbot",
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }
