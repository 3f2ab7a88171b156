"""The Web API's methods, as pure requests on the state: arguments in, Slack's answer out."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.workspace.people import APP_ID, BOT_ID, BOT_USER, TEAM, Channel
from demo.workspace.state import Message
from demo.workspace.validation import message_problems, view_problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.workspace.state import State

    Arguments = dict[str, Any]
    Answer = dict[str, Any]

MOST_VIEWS = 3

_SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "users.info": "users:read",
    "users.list": "users:read",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "conversations.info": "channels:read",
    "conversations.list": "channels:read",
    "conversations.members": "channels:read",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.open": "im:write",
}


class ApiError(Exception):
    """An answer with `ok: false`; `details` go into it."""

    def __init__(self, error: str, **details: Any) -> None:  # noqa: ANN401 - whatever Slack adds
        super().__init__(error)
        self.answer = {"ok": False, "error": error, **details}


@dataclass(frozen=True, slots=True)
class WebApi:
    """The methods, over one workspace's state. `socket_url` is asked for a new Socket Mode address."""

    state: State
    bot_token: str
    app_token: str
    socket_url: Callable[[], str]

    def call(self, method: str, token: str | None, arguments: Arguments) -> Answer:
        """Answer a call as Slack does."""
        handler = getattr(self, "_" + method.replace(".", "_"), None)
        try:
            if handler is None:
                return ApiError("unknown_method", req_method=method).answer
            self._authorize(method, token)
            return {"ok": True, **handler(arguments)}
        except ApiError as error:
            return error.answer

    def _authorize(self, method: str, token: str | None) -> None:
        if not token:
            raise ApiError("not_authed")
        if token != (self.app_token if method == "apps.connections.open" else self.bot_token):
            raise ApiError("invalid_auth")
        needed = _SCOPES.get(method)
        if needed and needed not in self.state.scopes:
            raise ApiError("missing_scope", needed=needed, provided=",".join(self.state.scopes))

    # auth, apps

    def _auth_test(self, _: Arguments) -> Answer:
        return {
            "url": "https://local.slack.example/",
            "team": "Local",
            "user": "ecrbot",
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def _apps_connections_open(self, _: Arguments) -> Answer:
        return {"url": self.socket_url()}

    # chat

    def _chat_postMessage(self, given: Arguments) -> Answer:  # noqa: N802 - Slack's own name
        channel = self._writable(given)
        self._require_content(given, "chat.postMessage")
        message = self.state.put(
            Message(
                channel=channel.id,
                ts=self.state.timestamp(),
                user=BOT_USER,
                text=given.get("text") or "",
                blocks=tuple(given.get("blocks") or ()),
                thread_ts=given.get("thread_ts"),
                metadata=given.get("metadata"),
            )
        )
        return {"channel": channel.id, "ts": message.ts, "message": payload(message)}

    def _chat_postEphemeral(self, given: Arguments) -> Answer:  # noqa: N802 - Slack's own name
        channel = self._writable(given)
        self._require_content(given, "chat.postEphemeral")
        if given.get("user") not in self.state.people:
            raise ApiError("user_not_in_channel")
        ts = self.state.timestamp()
        blocks = tuple(given.get("blocks") or ())
        self.state.put(Message(channel.id, ts, BOT_USER, given.get("text") or "", blocks, ephemeral_to=given["user"]))
        return {"message_ts": ts}

    def _chat_update(self, given: Arguments) -> Answer:
        channel, message = self._writable(given), self._own(given, "cant_update_message")
        self._require_content(given, "chat.update")
        changed = {"text": given.get("text") or "", "blocks": tuple(given.get("blocks") or ())}
        if given.get("metadata"):
            changed["metadata"] = given["metadata"]
        message = self.state.edit(message.ts, **changed)
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": payload(message)}

    def _chat_delete(self, given: Arguments) -> Answer:
        self.state.delete(self._own(given, "cant_delete_message").ts)
        return {"channel": given["channel"], "ts": given["ts"]}

    def _chat_getPermalink(self, given: Arguments) -> Answer:  # noqa: N802 - Slack's own name
        ts = str(given.get("message_ts", "")).replace(".", "")
        return {
            "channel": given.get("channel"),
            "permalink": f"https://local.slack.example/{given.get('channel')}/p{ts}",
        }

    # conversations

    def _conversations_info(self, given: Arguments) -> Answer:
        return {"channel": self._channel(given).payload()}

    def _conversations_list(self, _: Arguments) -> Answer:
        return {"channels": [channel.payload() for channel in self.state.channels.values() if not channel.is_im]}

    def _conversations_members(self, given: Arguments) -> Answer:
        self._channel(given)
        return {"members": list(self.state.people), "response_metadata": {"next_cursor": ""}}

    def _conversations_history(self, given: Arguments) -> Answer:
        channel = self._channel(given)
        if not channel.has_bot:
            raise ApiError("not_in_channel")
        oldest, latest = float(given.get("oldest") or 0), float(given.get("latest") or "inf")
        found = [m for m in self._visible(channel) if oldest <= float(m.ts) <= latest and m.thread_ts in (None, m.ts)]
        found = found[::-1][: int(given.get("limit") or 100)]
        return {"messages": [payload(message) for message in found], "has_more": False}

    def _conversations_replies(self, given: Arguments) -> Answer:
        channel, ts = self._channel(given), given.get("ts")
        found = [message for message in self._visible(channel) if ts in (message.ts, message.thread_ts)]
        return {"messages": [payload(message) for message in found], "has_more": False}

    def _conversations_open(self, given: Arguments) -> Answer:
        user = str(given.get("users", "")).split(",")[0]
        if user not in self.state.people:
            raise ApiError("user_not_found")
        channel = Channel(f"D0{user[2:]}", user, is_im=True)
        self.state.channels.setdefault(channel.id, channel)
        return {"channel": {"id": channel.id}}

    # people

    def _users_info(self, given: Arguments) -> Answer:
        person = self.state.people.get(str(given.get("user")))
        if person is None:
            raise ApiError("user_not_found")
        return {"user": person.payload()}

    def _users_list(self, _: Arguments) -> Answer:
        return {"members": [person.payload() for person in self.state.people.values()]}

    def _usergroups_list(self, _: Arguments) -> Answer:
        groups = [
            {"id": group, "handle": group.lower(), "users": list(users)} for group, users in self.state.groups.items()
        ]
        return {"usergroups": groups}

    def _usergroups_users_list(self, given: Arguments) -> Answer:
        group = self.state.groups.get(str(given.get("usergroup")))
        if group is None:
            raise ApiError("no_such_subteam")
        return {"users": list(group)}

    # views

    def _views_open(self, given: Arguments) -> Answer:
        user = self._triggered(given)
        self.state.views[user] = []
        return self._push(user, given)

    def _views_push(self, given: Arguments) -> Answer:
        user = self._triggered(given)
        if len(self.state.views.get(user, [])) >= MOST_VIEWS:
            raise ApiError("push_limit_reached")
        return self._push(user, given)

    def _views_update(self, given: Arguments) -> Answer:
        view = self._valid(given, "views.update")
        for stack in self.state.views.values():
            for index, open_view in enumerate(stack):
                if given.get("view_id") == open_view["id"]:
                    if given.get("hash") and given["hash"] != open_view["hash"]:
                        raise ApiError("hash_conflict")
                    stack[index] = {**view, "id": open_view["id"], "hash": secrets.token_hex(4)}
                    return {"view": stack[index]}
        raise ApiError("not_found")

    def _views_publish(self, given: Arguments) -> Answer:
        view = self._valid(given, "views.publish")
        user = str(given.get("user_id"))
        if user not in self.state.people:
            raise ApiError("user_not_found")
        with self.state.changed:
            self.state.homes[user] = {**view, "id": f"V{self.state.number()}"}
            self.state.changed.notify_all()
        return {"view": self.state.homes[user]}

    def _push(self, user: str, given: Arguments) -> Answer:
        view = self._valid(given, "views.open")
        with self.state.changed:
            made = {**view, "id": f"V0{self.state.number()}", "hash": secrets.token_hex(4), "app_id": APP_ID}
            made["team_id"], made["bot_id"] = TEAM, BOT_ID
            self.state.views.setdefault(user, []).append(made)
            self.state.changed.notify_all()
        return {"view": made}

    # what they share

    def _triggered(self, given: Arguments) -> str:
        trigger = str(given.get("trigger_id"))
        problem = self.state.use_trigger(trigger)
        if problem:
            raise ApiError(problem)
        return str(self.state.trigger_users.get(trigger, ""))

    def _valid(self, given: Arguments, method: str) -> dict[str, Any]:
        view = given.get("view")
        if not isinstance(view, dict):
            raise ApiError("invalid_arguments")
        if problems := view_problems(view):
            self.state.refuse(method, problems)
            raise ApiError("invalid_arguments", response_metadata={"messages": list(problems)})
        return view

    def _channel(self, given: Arguments) -> Channel:
        channel = self.state.channels.get(str(given.get("channel")))
        if channel is None:
            raise ApiError("channel_not_found")
        return channel

    def _writable(self, given: Arguments) -> Channel:
        user = str(given.get("channel"))
        if user in self.state.people:  # a user's id stands for the direct message with them
            given["channel"] = self._conversations_open({"users": user})["channel"]["id"]
        channel = self._channel(given)
        if channel.is_archived:
            raise ApiError("is_archived")
        if not channel.has_bot:
            raise ApiError("not_in_channel")
        return channel

    def _own(self, given: Arguments, refusal: str) -> Message:
        message = self.state.messages.get(str(given.get("ts")))
        if message is None or message.channel != given.get("channel") or message.ephemeral:
            raise ApiError("message_not_found")
        if message.user != BOT_USER:
            raise ApiError(refusal)
        return message

    def _visible(self, channel: Channel) -> list[Message]:
        return sorted(
            (m for m in self.state.messages.values() if m.channel == channel.id and not m.ephemeral), key=lambda m: m.ts
        )

    def _require_content(self, given: Arguments, method: str) -> None:
        if not given.get("text") and not given.get("blocks"):
            raise ApiError("no_text")
        if problems := message_problems(given):
            self.state.refuse(method, problems)
            raise ApiError("invalid_blocks", response_metadata={"messages": list(problems)})


def payload(message: Message) -> dict[str, Any]:
    """Return a message as the API shows it."""
    shown: dict[str, Any] = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "blocks": list(message.blocks),
    }
    if message.user == BOT_USER:
        shown["bot_id"], shown["app_id"] = BOT_ID, APP_ID
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.metadata:
        shown["metadata"] = message.metadata
    return shown


def fresh(made_at: float, seconds: float) -> bool:
    """Tell whether something made then is still valid."""
    return time.monotonic() - made_at <= seconds
