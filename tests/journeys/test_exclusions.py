"""Tags that may stay mutable: chosen in the form among those that the policy accepts, kept where it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.text import render
from tests.journeys.approvals import SETTINGS_OF_REQUESTS, undated

if TYPE_CHECKING:
    from tests.journeys.approvals import Approvals

EXCLUDING = "IMMUTABLE_WITH_EXCLUSION"


def test_a_chosen_tag_stays_mutable(approvals: Approvals) -> None:
    name = approvals.create("chosen-api", scan_on_push=True)
    card = render(approvals.approved(name, saying="Verified", exclusions="latest dev-*"))
    assert f"tag-immutability `MUTABLE` → `{EXCLUDING} (latest, dev-*)`" in card
    mutability, filters, _ = approvals.settings(name)
    assert (mutability, sorted(filters)) == (EXCLUDING, ["dev-*", "latest"])
    assert approvals.ecr(f"check {name}").startswith("🟢 Compliant")


def test_pressing_enter_shows_the_plan_with_the_tag(approvals: Approvals) -> None:
    name = approvals.create("entered-api", scan_on_push=True)
    view = approvals.open(f"remediate {name}")
    assert EXCLUDING not in str(view)
    approvals.change(view, exclusions="latest")
    assert f"`{EXCLUDING} (latest)`" in str(approvals.form())


def test_filters_that_the_policy_accepts_stay_and_the_others_go_by_name(approvals: Approvals) -> None:
    name = approvals.create("kept-api", mutability=EXCLUDING, filters=("latest", "junk-*"), scan_on_push=True)
    card = undated(approvals.approved(name, saying="Verified"))
    assert f"tag-immutability `{EXCLUDING} (latest, junk-*)` → `{EXCLUDING} (latest)`" in card
    assert "The filter junk-* goes: tags that match it can not be overwritten any more." in card
    assert approvals.settings(name) == (EXCLUDING, ("latest",), True)


def test_filters_of_a_mutable_one_mean_the_opposite_and_are_never_carried_over(approvals: Approvals) -> None:
    name = approvals.create(
        "opposite-api", mutability="MUTABLE_WITH_EXCLUSION", filters=("latest", "v*"), scan_on_push=True
    )
    card = undated(approvals.approved(name, saying="Verified"))
    assert "tag-immutability `MUTABLE_WITH_EXCLUSION (latest, v*)` → `IMMUTABLE`" in card
    for text in ("latest", "v*"):
        assert f"The filter {text} goes: it kept some tags from being overwritten, and now none can be." in card
    assert approvals.settings(name) == ("IMMUTABLE", (), True)


def test_one_that_is_not_accepted_is_an_error_beside_its_field(approvals: Approvals) -> None:
    view = approvals.open(f"remediate {approvals.create('excluded-api')}")
    missing = "policy.accepted_exclusions does not have {}; it has dev-*, latest."
    for given, said in (
        ("nightly", missing.format("nightly")),
        ("latest, nightly", missing.format("nightly")),
        ("*", "The filter * would let every tag be overwritten."),
        ("a/b", "a/b is no tag filter: those have up to 128 letters, digits and . _ - and at most two asterisks."),
    ):
        ack = approvals.submit(view, reason="the audit", exclusions=given).wait_ack()
        assert ack.payload == {"response_action": "errors", "errors": {"exclusions": said}}
    approvals.send(view, exclusions="latest")  # nothing that was typed is lost
    approvals.card(saying="Requested · Remediate `excluded-api`")


def test_in_literal_mode_there_is_no_such_field(alone: Approvals) -> None:
    alone.bot.settings = SETTINGS_OF_REQUESTS.replace("[policy]\n", '[policy]\nmode = "literal"\n')
    alone.bot.start()
    name = alone.create("literal-api", mutability=EXCLUDING, filters=("latest",))
    view = alone.open(f"remediate {name}")
    assert [block["block_id"] for block in view["blocks"] if block["type"] == "input"] == ["rules", "reason"]
    alone.send(view)
    alone.card(saying=name)
    alone.press("Approve")
    alone.card(saying="Verified")
    assert alone.settings(name) == ("IMMUTABLE", (), True)
