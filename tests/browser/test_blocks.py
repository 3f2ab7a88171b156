"""Blocks on the demo's page: every one that Slack has is drawn, and one that nobody knows takes nothing else away."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

import demo
from demo.workspace.validation import message_problems, view_problems
from ecr.changes import Choice
from ecr.model import Policy
from ecr.planning import Planned
from ecr.request import Kind, State
from handlers.blocks.digest import parts
from handlers.blocks.form import choosing, confirmation, denial, exemption, reading, remediation, told, undoing
from handlers.blocks.request import asked, card, details, outcome
from tests.browser.every_block import BLOCKS, INPUTS, field, mrkdwn, plain, rich, section, text
from tests.digests import quiet
from tests.digests import rich as rich_digest
from tests.handlers.blocks.examples import AT, EXEMPTING, RICH, ended, failed, item, many, request

if TYPE_CHECKING:
    from tests.browser.sheet import Sheet

APPROVERS = ("S0ONCALL", "U0LEAD")
UNTIL = date(2026, 12, 25)
POLICY = Policy(accepted_exclusions=frozenset({"latest"}))
SCHEMA = Path(demo.__file__).parent / "schema" / "blocks.schema.json"

MESSAGES = {
    "requested": card(request(), APPROVERS, AT),
    "nobody can approve": card(request(no_approver="The group is empty."), APPROVERS, AT),
    "being applied": card(ended(RICH, state=State.APPLYING, ended_at=None), APPROVERS, AT, 0),
    "applied": card(ended(), APPROVERS, AT),
    "failed": card(ended(failed(RICH), state=State.FAILED), APPROVERS, AT),
    "of many": card(request(*many()), APPROVERS, AT),
    "the list": details(request(*many(100))),
    "an exemption": card(request(kind=Kind.EXEMPTION, exempts=EXEMPTING), APPROVERS, AT),
    "what came of it": outcome(ended(*many(40, 3), state=State.FAILED), AT),
    "asked": asked(request(), "https://local.slack.example/C0APPROVE/p1764038000000100", is_new=True),
    "a quiet digest": parts(quiet())[0],
    "a digest": parts(rich_digest())[0],
}
VIEWS = {
    "reading": reading("Remediate"),
    "told": told("Remediate", "Nothing to do."),
    "remediation": remediation("D1", Planned(items=(RICH,), found=1), Choice(), POLICY),
    "remediation of many": remediation("D1", Planned(items=many(), found=40), Choice(), POLICY),
    "choosing": choosing("D1", Planned(choices=(item("a"), item("b")), found=2)),
    "choosing of many": choosing("D1", Planned(choices=many(30), found=30)),
    "exemption": exemption("D1", Planned(items=(RICH,), found=1), UNTIL),
    "denial": denial(request()),
    "confirmation": confirmation(request(*many())),
    "undoing": undoing(ended(), at_once=True),
}


def known_types() -> set[str]:
    """Return the type of every block in Slack's schema."""
    definitions = json.loads(SCHEMA.read_text(encoding="utf-8"))["definitions"]
    names = [one["$ref"].rpartition("/")[2] for one in definitions["KnownBlock"]["anyOf"]]
    return {_constant(definitions[name]) for name in names}


def _constant(definition: dict[str, Any]) -> str:
    inside = definition if "properties" in definition else definition["anyOf"][0]
    return str(inside.get("properties", {}).get("type", {}).get("const", "section"))


def test_there_is_an_example_of_every_block_in_slacks_schema_and_slack_takes_it() -> None:
    assert {*BLOCKS} == known_types()
    views = {"alert", "input"}
    for kind, block in BLOCKS.items():
        view = {"type": "modal", "title": plain("x"), "submit": plain("x"), "blocks": [block]}
        assert (kind, (view_problems(view) if kind in views else message_problems({"blocks": [block]}))) == (kind, ())


@pytest.mark.parametrize("kind", BLOCKS)
def test_every_block_is_drawn(sheet: Sheet, kind: str) -> None:
    root = sheet.draw([BLOCKS[kind]])
    expect(root.locator(f".block[data-type={kind}]")).to_have_count(1)
    assert [said for said in root.locator(".unknown").all_inner_texts() if "Unknown" in said] == []


SAID = {
    "section": "bold\nOne\nTwo\nPress",
    "header": "A header 🚀",
    "context": "small print\nmore",
    "rich_text": "words",
    "table": "Name\tImages\napi\n1,200",
    "data_table": "Repositories\nName\npayments-api",
    "markdown": "Title\nSome bold text",
    "alert": "warning\nCareful now",
    "card": "🖼️ a whale\npayments-api\nprod\nTwo rules fail.\nMend",
    "container": "Details\nof the request\ninside",
    "context_actions": "Good\nBad\nThrow away",
    "task_card": "Read ECR\nin_progress\nSix regions.\nAll read.",
    "plan": "What is done\nRead ECR\nin_progress\nSix regions.\nAll read.",
    "video": "A film\nOf whales.",
    "file": "F0REPORT",
    "image": "A picture\n🖼️ a whale",
}


@pytest.mark.parametrize("kind", SAID)
def test_a_block_says_all_that_is_in_it(sheet: Sheet, kind: str) -> None:
    said = sheet.draw([BLOCKS[kind]]).inner_text()
    assert [line.strip() for line in said.splitlines() if line.strip()] == SAID[kind].splitlines()


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_of_the_bot_is_drawn_whole(sheet: Sheet, name: str) -> None:
    payload = MESSAGES[name].payload()
    root = sheet.draw(payload["blocks"])
    expect(root.locator("> .block")).to_have_count(len(payload["blocks"]))
    expect(root.locator(".unknown")).to_have_count(0)
    assert ":" not in "".join(part for part in root.inner_text().split() if part.startswith(":") and part.endswith(":"))


@pytest.mark.parametrize("name", VIEWS)
def test_every_form_of_the_bot_is_drawn_whole(sheet: Sheet, name: str) -> None:
    blocks = VIEWS[name]["blocks"]
    root = sheet.draw(blocks)
    expect(root.locator("> .block")).to_have_count(len(blocks))
    expect(root.locator(".unknown")).to_have_count(0)
    fields = {block["block_id"]: block["element"]["type"] for block in blocks if block["type"] == "input"}
    assert {name: value[name]["type"] for name, value in sheet.standing().items()} == fields


def test_a_card_that_waits_reads_as_the_bot_meant_it(sheet: Sheet) -> None:
    said = sheet.draw(MESSAGES["requested"].payload()["blocks"]).inner_text()
    lines = [line for line in said.splitlines() if line]
    assert lines[:4] == [
        "🟡 Requested · Remediate payments-api · prod (111111111111) in eu-west-1",
        "Asked by @eva, Nov 25, 2026 04:28",
        "Audit of <Q4> & more",
        "tag-immutability MUTABLE → IMMUTABLE_WITH_EXCLUSION (dev-*)",
    ]
    assert lines[-5:] == [
        "@oncall @lead: approve or deny it until Nov 26, 2026 04:28; then it expires.",
        "Approve",
        "Deny",
        "Cancel",
        "Request R0123456789",
    ]


BAD: dict[str, object] = {
    "nonsense": {"type": "nonsense"},
    "constructor": {"type": "constructor"},
    "__proto__": {"type": "__proto__"},
    "section": {"type": "section"},
    "context": {"type": "context", "elements": []},
    "actions": {"type": "actions", "elements": "x"},
    "header": {"type": "header", "text": {"type": "plain_text", "text": 7}},
    "input · no_such_element": field({"type": "no_such_element"}),
    "input · file_input": field({"type": "file_input"}),
    "input · users_select": field({"type": "users_select"}),
    "input · multi_external_select": field({"type": "multi_external_select"}),
    "input · datetimepicker": field({"type": "datetimepicker"}),
    "input · rich_text_input": field({"type": "rich_text_input"}),
    "table": {"type": "table", "rows": []},
    "markdown": {"type": "markdown"},
    "image": {"type": "image", "alt_text": "nothing"},
    "data_visualization": {"type": "data_visualization", "title": "x", "chart": {"type": "line", "series": []}},
    "card": {"type": "card"},
    "null": None,
    "7": 7,
    "words": "words",
}


@pytest.mark.parametrize("said", BAD)
def test_what_is_unknown_or_malformed_is_a_grey_box_between_its_neighbours(sheet: Sheet, said: str) -> None:
    root = sheet.draw([section("before"), BAD[said], section("after")])
    assert root.inner_text().split("\n") == ["before", f"Unknown: {said}", "after"]


def test_one_bad_element_leaves_its_neighbours(sheet: Sheet) -> None:
    row = {"type": "actions", "elements": [{"type": "lever"}, {"type": "button", "text": plain("Press")}, None]}
    small = {"type": "context", "elements": [mrkdwn("good"), {"type": "mrkdwn"}]}
    cells = [[{"type": "raw_text", "text": "head"}], [{"type": "raw_text"}]]
    said = sheet.draw([row, small, {"type": "table", "rows": cells}, rich(text("fine"), {"type": "hologram"})])
    assert said.locator(".unknown").all_inner_texts() == [
        "Unknown: lever",
        "Unknown: null",
        "Unknown: mrkdwn",
        "Unknown: raw_text",
        "Unknown: hologram",
    ]
    assert all(word in said.inner_text() for word in ("Press", "good", "head", "fine"))


def test_no_blocks_are_nothing_and_what_is_no_list_is_a_grey_box(sheet: Sheet) -> None:
    assert sheet.draw([]).inner_text() == ""
    assert sheet.draw(None).inner_text() == "Unknown: null"


LONG_NAME = "averylongnameofarepository" * 12


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_is_wider_than_its_window(sheet: Sheet, width: int) -> None:
    everything = [*BLOCKS.values(), *(field(one, name) for name, one in INPUTS.items())]
    sheet.resize(width)
    sheet.draw([*everything, section(f"`{LONG_NAME}` {LONG_NAME}", accessory=BLOCKS["section"]["accessory"])])
    assert not sheet.is_wider_than_its_window()
    for message in MESSAGES.values():
        sheet.draw(message.payload()["blocks"])
        assert not sheet.is_wider_than_its_window()
