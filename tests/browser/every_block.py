"""An example of every block and of every element that Slack has, as its schema takes them."""

from __future__ import annotations

from typing import Any

Block = dict[str, Any]

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
AT = 1_764_038_000
"""2025-11-25, 02:33:20 UTC."""


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def option(text: str, **more: Any) -> Block:
    return {"text": plain(text), "value": text.lower(), **more}


def button(text: str = "Press", **more: Any) -> Block:
    return {"type": "button", "action_id": "press", "text": plain(text), "value": "R1", **more}


def section(text: str, **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "block_id": "row", "elements": list(elements)}


def field(element: Block, name: str = "field", **more: Any) -> Block:
    label = plain(f"The {name}")
    return {"type": "input", "block_id": name, "label": label, "element": {"action_id": "put", **element}, **more}


def rich(*parts: Block) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(parts)}]}


def text(words: str, **style: bool) -> Block:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


def chart(kind: str, series: dict[str, list[float]], categories: list[str] | None = None, **axis: str) -> Block:
    labels = categories or [f"{day} Nov" for day in range(1, len(next(iter(series.values()))) + 1)]
    data = [
        {"name": name, "data": [{"label": label, "value": value} for label, value in zip(labels, values, strict=True)]}
        for name, values in series.items()
    ]
    shown = {"type": kind, "series": data, "axis_config": {"categories": labels, **axis}}
    return {"type": "data_visualization", "title": "Non-compliant", "chart": shown}


def pie(**segments: float) -> Block:
    shown = [{"label": label, "value": value} for label, value in segments.items()]
    return {"type": "data_visualization", "title": "Verdicts", "chart": {"type": "pie", "segments": shown}}


ABROAD = {"type": "image", "image_url": "https://pictures.example/whale.png", "alt_text": "a whale"}
OWN = {"type": "image", "image_url": PIXEL, "alt_text": "a dot"}
OPTIONS = [option("Alpha"), option("Beta", description=plain("The second.")), option("Gamma")]
GROUPS = [{"label": plain("Greek"), "options": OPTIONS[:2]}, {"label": plain("More"), "options": OPTIONS[2:]}]
CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("Really *deny*?"), "confirm": plain("Deny it"), "deny": plain("No")}
ITEMS = [{"type": "rich_text_section", "elements": [text(words)]} for words in ("one", "two")]
CARD = {
    "type": "card",
    "icon": ABROAD,
    "title": mrkdwn("*payments-api*"),
    "subtitle": mrkdwn("prod"),
    "body": mrkdwn("Two rules fail."),
    "actions": [button("Mend")],
}
TASK = {
    "type": "task_card",
    "task_id": "t1",
    "title": "Read ECR",
    "status": "in_progress",
    "details": rich(text("Six regions.")),
    "output": rich(text("All read.")),
}

BLOCKS: dict[str, Block] = {
    "section": section("*bold*", fields=[mrkdwn("*One*"), plain("Two")], accessory=button()),
    "header": {"type": "header", "text": plain("A header :rocket:")},
    "context": {"type": "context", "elements": [OWN, mrkdwn("small print"), plain("more")]},
    "divider": {"type": "divider"},
    "actions": actions(button(), {"type": "datepicker", "action_id": "day"}),
    "image": {**ABROAD, "title": plain("A picture")},
    "input": field({"type": "plain_text_input"}, hint=plain("Anything."), optional=True),
    "rich_text": rich(text("words")),
    "table": {
        "type": "table",
        "column_settings": [{"is_wrapped": True}, {"align": "right"}],
        "rows": [
            [{"type": "raw_text", "text": "Name"}, {"type": "raw_text", "text": "Images"}],
            [rich(text("api", bold=True)), {"type": "raw_number", "text": "1,200", "value": 1200}],
        ],
    },
    "data_table": {
        "type": "data_table",
        "caption": "Repositories",
        "rows": [[{"type": "raw_text", "text": "Name"}], [{"type": "raw_text", "text": "payments-api"}]],
    },
    "markdown": {"type": "markdown", "text": "# Title\n\nSome **bold** text"},
    "data_visualization": chart("line", {"Failing": [4, 7, 5]}),
    "alert": {"type": "alert", "level": "warning", "text": mrkdwn("Careful *now*")},
    "card": CARD,
    "carousel": {"type": "carousel", "elements": [CARD, {"type": "card", "title": mrkdwn("Another")}]},
    "container": {
        "type": "container",
        "title": plain("Details"),
        "subtitle": plain("of the request"),
        "is_collapsible": True,
        "child_blocks": [section("inside")],
    },
    "context_actions": {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": plain("Good"), "value": "good"},
                "negative_button": {"text": plain("Bad"), "value": "bad"},
            },
            {"type": "icon_button", "action_id": "away", "icon": "trash", "text": plain("Throw away")},
        ],
    },
    "task_card": TASK,
    "plan": {"type": "plan", "title": "What is done", "tasks": [TASK]},
    "video": {
        "type": "video",
        "title": plain("A film"),
        "description": plain("Of whales."),
        "alt_text": "whales",
        "thumbnail_url": "https://pictures.example/film.png",
        "video_url": "https://pictures.example/film",
    },
    "file": {"type": "file", "external_id": "F0REPORT", "source": "remote"},
}

INPUTS: dict[str, Block] = {
    "plain_text_input": {"type": "plain_text_input", "initial_value": "typed"},
    "email_text_input": {"type": "email_text_input", "initial_value": "eva@example.com"},
    "url_text_input": {"type": "url_text_input", "initial_value": "https://example.com/"},
    "number_input": {"type": "number_input", "is_decimal_allowed": True, "initial_value": "1.5"},
    "checkboxes": {"type": "checkboxes", "options": OPTIONS, "initial_options": OPTIONS[:2]},
    "radio_buttons": {"type": "radio_buttons", "options": OPTIONS, "initial_option": OPTIONS[1]},
    "static_select": {"type": "static_select", "option_groups": GROUPS, "initial_option": OPTIONS[2]},
    "multi_static_select": {"type": "multi_static_select", "option_groups": GROUPS, "initial_options": OPTIONS[1:]},
    "datepicker": {"type": "datepicker", "initial_date": "2026-12-25"},
    "timepicker": {"type": "timepicker", "initial_time": "09:00"},
}
"""Elements of a field, each with something in it."""

STANDING: dict[str, Block] = {
    "plain_text_input": {"value": "typed"},
    "email_text_input": {"value": "eva@example.com"},
    "url_text_input": {"value": "https://example.com/"},
    "number_input": {"value": "1.5"},
    "checkboxes": {"selected_options": OPTIONS[:2]},
    "radio_buttons": {"selected_option": OPTIONS[1]},
    "static_select": {"selected_option": OPTIONS[2]},
    "multi_static_select": {"selected_options": OPTIONS[1:]},
    "datepicker": {"selected_date": "2026-12-25"},
    "timepicker": {"selected_time": "09:00"},
}
"""What Slack says of them."""
