"""What Slack refuses of a message or a view: Block Kit's schema with its limits, and the rules no schema can say.

The schema is generated from Slack's own types; the limits are those of https://docs.slack.dev/reference/block-kit.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BLOCKS = {"message": 50, "view": 100}
LONGEST_TEXT = 40_000
MOST_CHARTS = 2

_SCHEMA = Path(__file__).parent.parent / "schema" / "blocks.schema.json"
_CHART = "data_visualization"
_ONLY_IN_MESSAGES = frozenset({"table", "markdown", "container", "data_table", _CHART, "context_actions"})
_ONLY_IN_VIEWS = frozenset({"alert"})
_NO_SUCH_DEFINITION = frozenset({"call", "auth_provider"})


def message_problems(payload: dict[str, Any]) -> tuple[str, ...]:
    """Return what Slack would refuse about a message; nothing where it is fine."""
    text, blocks = payload.get("text"), payload.get("blocks")
    problems = []
    if isinstance(text, str) and len(text) > LONGEST_TEXT:
        problems.append("[ERROR] msg_too_long [json-pointer:/text]")
    if blocks is not None:
        problems.extend(_problems(blocks, "message"))
    return tuple(problems)


def charts(payload: dict[str, Any]) -> tuple[str, ...]:
    """Return what a workspace that has no charts yet would refuse about a message that is fine otherwise."""
    return tuple(
        f"[ERROR] unsupported type: {_CHART} [json-pointer:/blocks/{index}/type]"
        for index, block in enumerate(payload.get("blocks") or ())
        if block.get("type") == _CHART
    )


def view_problems(view: dict[str, Any]) -> tuple[str, ...]:
    """Return what Slack would refuse about a modal or a Home tab; nothing where it is fine."""
    definition = {"modal": "ModalView", "home": "HomeView"}.get(str(view.get("type")))
    if definition is None:
        return (f"[ERROR] unsupported type: {view.get('type')} [json-pointer:/view/type]",)
    shell = {**view, "blocks": []}
    problems = [f"[ERROR] {e.message[:300]} [json-pointer:/view]" for e in _validator(definition).iter_errors(shell)]
    problems.extend(_problems(view.get("blocks", []), "view"))
    return tuple(problems)


def _problems(blocks: object, surface: str) -> Iterator[str]:
    if not isinstance(blocks, list):
        yield "[ERROR] must be an array [json-pointer:/blocks]"
        return
    if len(blocks) > MOST_BLOCKS[surface]:
        yield f"[ERROR] no more than {MOST_BLOCKS[surface]} items allowed [json-pointer:/blocks]"
    for index, block in enumerate(blocks):
        yield from (f"[ERROR] {said} [json-pointer:/blocks/{index}{where}]" for said, where in _block(block, surface))
    yield from _together(blocks)


def _block(block: Any, surface: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - what was posted
    kind = block.get("type") if isinstance(block, dict) else None
    definition = _definitions().get(str(kind))
    if definition is None or kind in _NO_SUCH_DEFINITION:
        yield f"unsupported type: {kind}", "/type"
        return
    if kind in (_ONLY_IN_VIEWS if surface == "message" else _ONLY_IN_MESSAGES):
        yield f"{kind} is not supported in a {surface}", "/type"
    for error in _validator(definition).iter_errors(block):
        yield error.message[:300], "".join(f"/{part}" for part in error.absolute_path)
    if kind == "section" and not (block.get("text") or block.get("fields")):
        yield "a section needs text or fields", ""
    yield from _texts(block, "")
    ids = [element.get("action_id") for element in block.get("elements", ()) if isinstance(element, dict)]
    named = [action_id for action_id in ids if action_id]
    if len(named) != len(set(named)):
        yield "action_id already exists in this block", "/elements"


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - what was posted
    """Find text objects that are empty or longer than any of Slack's limits."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text") and isinstance(value.get("text"), str):
            if not value["text"]:
                yield "must be more than 0 characters", f"{where}/text"
            elif len(value["text"]) > 3000:  # noqa: PLR2004 - the largest limit of a text object
                yield "must be less than 3001 characters", f"{where}/text"
        for key, inner in value.items():
            yield from _texts(inner, f"{where}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{where}/{index}")


def _together(blocks: list[Any]) -> Iterator[str]:
    kinds = [block.get("type") for block in blocks if isinstance(block, dict)]
    ids = [block["block_id"] for block in blocks if isinstance(block, dict) and block.get("block_id")]
    if len(ids) != len(set(ids)):
        yield "[ERROR] block_id already exists [json-pointer:/blocks]"
    if kinds.count("table") > 1:
        yield "[ERROR] only one table is allowed in a message [json-pointer:/blocks]"
    if kinds.count(_CHART) > MOST_CHARTS:
        yield f"[ERROR] only {MOST_CHARTS} {_CHART} blocks are allowed [json-pointer:/blocks]"


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return content


@lru_cache(maxsize=1)
def _definitions() -> dict[str, str]:
    """Return the definition of each block type."""
    found = {"image": "ImageBlock"}
    for name, definition in _schema()["definitions"].items():
        kind = definition.get("properties", {}).get("type", {}).get("const")
        if kind and name.endswith("Block"):
            found[kind] = name
    return found


@lru_cache(maxsize=64)
def _validator(definition: str) -> Draft7Validator:
    return Draft7Validator({"$ref": f"#/definitions/{definition}", "definitions": _schema()["definitions"]})
