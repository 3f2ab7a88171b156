"""What a page asks for, done in the workspace in the name of whoever sits before it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from demo.live.hints import fitting
from demo.live.shown import block_of
from demo.workspace.deliveries import action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from demo.live.stage import Stage
    from demo.workspace import Delivery, Message

_CHOSEN = frozenset(
    {
        "selected_option",
        "selected_options",
        "selected_date",
        "selected_time",
        "selected_date_time",
        "selected_user",
        "selected_users",
        "selected_conversation",
        "selected_conversations",
        "selected_channel",
        "selected_channels",
    }
)
LONGEST = 4000
"""Characters that somebody may say or type at once."""


class Doing:
    """Does what a person asks for by a page; every answer is a JSON object, and `error` in it is a sentence."""

    def __init__(self, stage: Stage, person: str) -> None:
        self._stage = stage
        self._slack = stage.slack
        self._person = person
        self._deliveries: dict[str, Callable[[Mapping[str, Any]], Delivery]] = {
            "command": self._command,
            "click": self._click,
            "press": self._press,
            "submit": lambda asked: self._slack.submit(self._view(asked), _values(asked), user=person),
            "home": lambda _: self._slack.open_home(person),
        }

    async def do(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Do something and return what came of it.

        Args:
            asked: `do` names what; the rest is what it is done with.
        """
        try:
            return await self._done(asked)
        except LookupError as error:
            return {"error": str(error.args[0])}
        except (TimeoutError, ConnectionError):
            return {
                "error": "ecrbot did not answer within three seconds: it may be down. Nothing is lost by another try."
            }

    async def _done(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if deliver := self._deliveries.get(str(asked.get("do"))):
            return await self._acknowledged(deliver(asked))
        match asked.get("do"):
            case "hint":
                return fitting(str(asked.get("text") or ""), (str(row["name"]) for row in self._stage.rows()))
            case "say":
                thread = asked.get("thread") or None
                self._slack.say(_text(asked), user=self._person, channel=self._channel(asked), thread=thread)
            case "close":
                self._slack.close(self._view(asked), user=self._person)
            case "play":
                return {"said": await asyncio.to_thread(self._stage.play, str(asked.get("deed")), _repository(asked))}
            case "saw":
                self._stage.tour.saw(str(asked.get("step")))
            case other:
                raise LookupError(f"The page asked for something unknown: {other!r}.")
        return {}

    async def _acknowledged(self, delivery: Delivery) -> dict[str, Any]:
        ack = await asyncio.to_thread(delivery.wait_ack)
        errors = (ack.payload or {}).get("errors") if delivery.payload.get("type") == "view_submission" else None
        return {"errors": errors} if errors else {}

    def _command(self, asked: Mapping[str, Any]) -> Delivery:
        command, _, text = _text(asked).partition(" ")
        if command != "/ecr":
            raise LookupError(f"{command} is no command here: /ecr is the one there is.")
        return self._slack.command(text.strip(), user=self._person, channel=self._channel(asked))

    def _click(self, asked: Mapping[str, Any]) -> Delivery:
        message = self._message(asked)
        return self._slack.choose(message, _action(message.blocks, asked), user=self._person)

    def _press(self, asked: Mapping[str, Any]) -> Delivery:
        home = self._slack.home(self._person)
        view = home if home is not None and home["id"] == asked.get("view") else self._view(asked)
        return self._slack.press(view, _action(view["blocks"], asked), values=_values(asked), user=self._person)

    def _message(self, asked: Mapping[str, Any]) -> Message:
        message = self._slack.message(str(asked.get("ts")))
        if message is None or message.ephemeral_to not in {None, self._person}:
            raise LookupError("This message is gone.")
        return message

    def _view(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        for view in self._slack.views(self._person):
            if view["id"] == asked.get("view"):
                return view
        raise LookupError("This form was closed meanwhile.")

    def _channel(self, asked: Mapping[str, Any]) -> str:
        for channel in self._slack.channels:
            if channel.id == asked.get("channel") and (not channel.is_im or channel.name == self._person):
                return channel.id
        raise LookupError("This channel is not there.")


def _text(asked: Mapping[str, Any]) -> str:
    text = str(asked.get("text") or "").strip()
    if not text:
        raise LookupError("There is nothing to send.")
    if len(text) > LONGEST:
        raise LookupError(f"That is too long: {len(text)} characters, and {LONGEST} are the most.")
    return text


def _values(asked: Mapping[str, Any]) -> dict[str, Any]:
    values = asked.get("values")
    return values if isinstance(values, dict) else {}


def _repository(asked: Mapping[str, Any]) -> tuple[str, str, str] | None:
    given = asked.get("repository")
    if not isinstance(given, list) or len(given) != 3:  # noqa: PLR2004 - account, region, name
        return None
    account, region, name = map(str, given)
    return account, region, name


def _action(blocks: Any, asked: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a list or a tuple of blocks
    """Return the action of an element: what the app put there, and of the page what was chosen alone."""
    block = block_of(blocks, str(asked.get("block")))
    for element in _elements(block):
        if element.get("action_id") == asked.get("action"):
            given = asked.get("chosen")
            chosen = given if isinstance(given, dict) else {}
            made = action(dict(block), dict(element))
            if "value" in chosen and element.get("type") != "button":
                made["value"] = chosen["value"]
            return {**made, **{key: chosen[key] for key in _CHOSEN & chosen.keys()}}
    raise LookupError("What was clicked is not there any more.")


def _elements(block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in (*block.get("elements", ()), *block.get("actions", ()), block.get("accessory"), block.get("element")):
        if isinstance(one, dict):
            yield one
    for inner in (*block.get("child_blocks", ()), *(block.get("elements") or ())):
        if isinstance(inner, dict) and inner.get("type") in {"card", "actions", "section"}:
            yield from _elements(inner)
