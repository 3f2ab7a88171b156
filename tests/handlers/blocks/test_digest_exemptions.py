"""The digest in Slack tells of exemptions that ended, and shows the audit's head."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from demo.text import render
from demo.workspace import Message
from demo.workspace.validation import message_problems
from handlers.blocks.digest import rendered
from tests.digests import finding, quiet, rich, row

if TYPE_CHECKING:
    from ecr.digest import Digest

HEAD = "0123456789abcdef" * 4


def payload(digest: Digest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(rendered(digest)[0])
    assert message_problems(found) == ()
    return found


def shown(digest: Digest) -> list[str]:
    told = payload(digest)
    return render(Message("C0DIGEST", "1", "U0ECRBOT", told["text"], tuple(told["blocks"])), {}).splitlines()


def test_the_audit_s_head_is_in_the_small_print_with_all_of_its_characters() -> None:
    small_print = "ECR was swept 2026-11-25 07:46 UTC · changes since 2026-11-24 08:00 UTC"
    assert shown(rich())[-1] == small_print
    assert shown(replace(rich(), head=HEAD))[-1] == f"{small_print} · Audit head `{HEAD}`"


def test_a_day_with_nothing_to_tell_shows_the_head_below_its_line() -> None:
    before, after = shown(quiet()), shown(replace(quiet(), head=HEAD))
    assert after == [*before, f"Audit head `{HEAD}`"]
    assert payload(replace(quiet(), head=HEAD))["text"] == payload(quiet())["text"]


def test_what_fails_again_because_its_exemption_ended_says_so() -> None:
    ended = replace(row("payments-web"), findings=(replace(finding("payments-web"), was_exempt=True),))
    told = shown(replace(rich(), regressed=(row("payments-api"), ended), regressed_count=2))
    start = told.index("🔴 Regressed · 2 repositories, resolved before and failing again")
    assert told[start + 1 : start + 6] == [
        "`payments-api` · prod (111111111111) in eu-west-1   [Remediate]",
        "Tag mutability is MUTABLE: every tag can be overwritten.",
        "`payments-web` · prod (111111111111) in eu-west-1   [Remediate]",
        "Its exemption ended.",
        "Tag mutability is MUTABLE: every tag can be overwritten.",
    ]
