"""The answer to a check: within Block Kit's limits whatever was found, and readable as text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from ecr.checked import CheckReport, QueryResult
from ecr.errors import UsageError
from ecr.model import Assessment, Finding, Repository, Rule, ScanFrequency, Target, Verdict
from ecr.names import Query
from handlers.blocks.finding import View, checked
from handlers.blocks.help import usage
from handlers.blocks.text import Message, clipped, code, escaped, plain

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SCHEMA = json.loads((Path(__file__).parents[3] / "demo/schema/blocks.schema.json").read_text(encoding="utf-8"))
KINDS = {"section": "SectionBlock", "actions": "ActionsBlock", "context": "ContextBlock", "divider": "DividerBlock"}


def assessment(name: str, verdict: Verdict = Verdict.FAIL, account: str = "111111111111") -> Assessment:
    arn = f"arn:aws:ecr:eu-west-1:{account}:repository/{name}"
    repository = Repository(account, "eu-west-1", name, arn, "MUTABLE", (), scan_on_push=True)
    findings = (
        Finding(Rule.TAG_IMMUTABILITY, verdict, f"Evidence of {name} & <others>."),
        Finding(Rule.SCAN_ON_PUSH, Verdict.PASS, "It is scanned."),
    )
    return Assessment(name, Target(account, "eu-west-1", "prod"), repository, ScanFrequency.SCAN_ON_PUSH, findings)


def unread(name: str) -> Assessment:
    reason = "Role arn:aws:iam::222222222222:role/r could not be assumed."
    findings = tuple(Finding(rule, Verdict.UNKNOWN, reason) for rule in Rule)
    return Assessment(name, Target("222222222222", "eu-west-1"), None, None, findings)


def report(*rows: Assessment, asked: str = "payments-api", suggestions: tuple[str, ...] = ()) -> CheckReport:
    return CheckReport((QueryResult(Query(asked), rows, suggestions),), AT)


def accepted(message: Message) -> dict[str, Any]:
    """Return the payload, once Block Kit's schema took every block of it."""
    payload = message.payload()
    assert payload["text"]
    assert len(payload["blocks"]) <= 50
    for block in payload["blocks"]:
        schema = {"$ref": f"#/definitions/{KINDS[block['type']]}", "definitions": SCHEMA["definitions"]}
        Draft7Validator(schema).validate(block)
    return payload


def labels(payload: dict[str, Any]) -> list[str]:
    elements = [
        element
        for block in payload["blocks"]
        for element in (*block.get("elements", ()), *filter(None, [block.get("accessory")]))
        if element["type"] == "button"
    ]
    return [element["text"]["text"] for element in elements]


def test_one_repository_shows_both_rules_with_their_evidence() -> None:
    payload = accepted(checked(report(assessment("payments-api")), View(("payments-api",))))
    assert payload["blocks"][0]["text"]["text"] == (
        ":red_circle: *Non-compliant* · `payments-api` · prod (111111111111) in eu-west-1\n"
        ":red_circle: tag-immutability · fail: Evidence of payments-api &amp; &lt;others&gt;.\n"
        ":large_green_circle: scan-on-push · pass: It is scanned."
    )
    assert labels(payload) == ["Remediate", "Fix in code", "Exempt", "Share"]
    arn = "arn:aws:ecr:eu-west-1:111111111111:repository/payments-api"
    assert [(e["action_id"], e["value"]) for e in payload["blocks"][1]["elements"]] == [
        ("remediate", arn),
        ("fix", arn),
        ("exempt", arn),
    ]
    assert payload["text"] == "payments-api: Non-compliant (prod (111111111111) in eu-west-1)"


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.EXEMPT, Verdict.UNKNOWN])
def test_what_does_not_fail_has_nothing_to_remediate(verdict: Verdict) -> None:
    payload = accepted(checked(report(assessment("payments-api", verdict)), View(("payments-api",))))
    assert labels(payload) == ["Share"]


def test_the_worst_comes_first_and_what_was_not_read_last_once_for_its_reason() -> None:
    other = replace(unread("payments-api"), target=Target("222222222222", "us-east-1"))
    rows = (assessment("payments-api", Verdict.PASS), unread("payments-api"), other, assessment("payments-api"))
    payload = accepted(checked(report(*rows), View(("payments-api",))))
    shown = [block["text"]["text"] for block in payload["blocks"] if block["type"] == "section"]
    assert [text.split("*")[1] for text in shown] == ["Non-compliant", "Compliant", "Unknown"]
    assert shown[2] == (
        ":white_circle: *Unknown* · `payments-api` · 222222222222 in eu-west-1, us-east-1\n"
        "Role arn:aws:iam::222222222222:role/r could not be assumed."
    )


def test_thousands_of_targets_that_were_not_read_fit_into_one_message() -> None:
    rows = tuple(replace(unread("api"), target=Target(f"{number:012}", "eu-west-1")) for number in range(3400))
    payload = accepted(checked(report(*rows), View(("api",))))
    assert "And 3392 more accounts or reasons could" in str(payload["blocks"])


def test_a_glob_that_matches_400_repositories_is_counted_and_paged() -> None:
    rows = tuple(assessment(f"team-{index:03}", Verdict.FAIL if index < 100 else Verdict.PASS) for index in range(400))
    found = report(*rows, asked="team-*")
    first = accepted(checked(found, View(("team-*",))))
    last = accepted(checked(found, View(("team-*",), 26)))
    assert first["blocks"][0]["text"]["text"] == "*400 results* for `team-*`: 100 non-compliant, 300 compliant"
    assert labels(first)[-2:] == ["Next", "Share"]
    assert labels(last) == ["Previous", "Share"]
    assert len([block for block in last["blocks"] if "team-" in str(block.get("text"))]) == 11


def test_a_page_beyond_the_last_shows_the_last() -> None:
    rows = tuple(assessment(f"team-{index:03}") for index in range(20))
    payload = accepted(checked(report(*rows, asked="team-*"), View(("team-*",), 99)))
    assert "Page 2 of 2, worst first" in str(payload["blocks"])


def test_a_name_that_is_nowhere_offers_the_nearest() -> None:
    payload = accepted(checked(report(asked="paymnts-api", suggestions=("payments-api", "payments-web")), View(("x",))))
    assert payload["blocks"][0]["text"]["text"] == (
        "No repository is named `paymnts-api` in any configured account and region. "
        "Did you mean `payments-api`, `payments-web`?"
    )
    assert labels(payload) == ["Check payments-api", "Check payments-web"]
    assert payload["text"].endswith("Did you mean payments-api, payments-web?")


def test_what_is_shared_says_by_whom_and_cannot_be_shared_again() -> None:
    payload = accepted(checked(report(assessment("payments-api")), View(("payments-api",)), shared_by="U0EVA"))
    assert labels(payload) == ["Remediate", "Fix in code", "Exempt"]
    assert "shared by <@U0EVA>" in str(payload["blocks"][-1])


def test_the_longest_names_and_evidence_stay_within_the_limits() -> None:
    long = Finding(Rule.TAG_IMMUTABILITY, Verdict.FAIL, "<" * 5000)
    row = Assessment(
        "n" * 256, Target("1" * 12, "eu-west-1", "&" * 900), assessment("x").repository, None, (long, long)
    )
    accepted(checked(report(row, asked="n" * 256), View(("n" * 256,) * 5)))
    accepted(checked(report(*[row] * 7, asked="n" * 256), View(("n" * 256,) * 20)))


def test_help_is_accepted() -> None:
    accepted(usage(said=""))
    accepted(usage(said="“<!channel>” is nothing that ecrbot knows."))


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_no_text_gets_through_unescaped_or_cut_within_an_escape(text: str, longest: int) -> None:
    cut = clipped(escaped(text), longest)
    assert len(cut) <= max(longest, 1)
    rest = cut.removesuffix("…") if len(escaped(text)) > longest else cut
    assert "<" not in rest
    assert rest.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").count("&") == 0
    assert "`" not in code(text)[1:-1]


@given(st.text(min_size=1))
def test_a_value_that_is_not_ours_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="older message"):
        View.of(value)


def test_a_view_survives_its_button() -> None:
    view = View(("team-*", "core/x"), 3)
    assert View.of(view.value()) == view
    assert View.of(view.value(4)) == View(view.asked, 4)


def test_an_error_is_a_message() -> None:
    assert accepted(plain("a < b"))["blocks"][0]["text"]["text"] == "a &lt; b"
