"""What Slack shows of requests for guardrails, and of a registry's rules: word for word, honest where it is cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from ecr.changes import Choice, undone
from ecr.home import Home
from ecr.model import Policy, Rule, ScanFilter, ScanRule, Target
from ecr.planning import Planned
from ecr.request import Item, Kind, Request, State
from ecr.setting import RegistryFilter
from handlers.blocks.change import MOST_FILTERS, change, in_words
from handlers.blocks.form import confirmation, denial, guarding, remediation, undoing
from handlers.blocks.home_requests import asked
from handlers.blocks.request import card, details, line, needs_details, outcome
from handlers.blocks.text import moment
from tests.handlers.blocks.examples import (
    AT,
    KEPT,
    MUTABLE,
    STAGING,
    TOUCHES,
    accepted,
    adding,
    applied,
    buttons,
    ended,
    failed,
    item,
    opened,
    registry,
    request,
    retagging,
    texts,
)
from tests.handlers.blocks.test_form import fields, ticked

POLICY = Policy(accepted_exclusions=frozenset({"latest"}))
GUARDRAIL: dict[str, Any] = {"kind": Kind.GUARDRAIL}
WHERE = "prod (111111111111) in eu-west-1"
FOR_ALL = "CREATE_ON_PUSH, REPLICATION"
SCANNING = "*scan-on-push* `BASIC, SCAN_ON_PUSH: team-000` → `BASIC, SCAN_ON_PUSH: team-000, *`"
CHANGES = (
    f"{SCANNING}\nThe filter * scans 3 repositories that no rule scans yet: &lt;a&gt;, b, c.\n"
    f"*tag-immutability* `no template ROOT` → `template ROOT with IMMUTABLE for {FOR_ALL}`\n{KEPT}\n"
    f"*tag-immutability* `template team-a with MUTABLE for {FOR_ALL}` → "
    f"`template team-a with IMMUTABLE for {FOR_ALL}`\n{KEPT}"
)
UNDOING = "Undo takes out exactly what this adds, and leaves what others added."
LONG = adding(there=99, scan_type="ENHANCED", lines=(TOUCHES,))
LINK = "https://team.slack.example/archives/C0APPROVE/p1"
PART = "Long lists are shown in part here: they are in the thread as a whole."


def shown(one: Request) -> list[str]:
    return texts(accepted(card(one, ("S0ONCALL",), AT)))


def test_the_card_says_whose_guardrails_and_what_would_change_and_what_it_touches() -> None:
    one = request(registry(), **GUARDRAIL)
    told = shown(one)
    assert told[0].splitlines()[0] == f":large_yellow_circle: *Requested* · Guardrails for {WHERE}"
    assert told[1] == CHANGES
    assert not needs_details(one)
    assert card(one, (), AT).text.startswith(f"Guardrails for {WHERE}, requested. ")


def test_of_several_each_is_named_by_where_it_is_and_they_are_registries() -> None:
    one = ended(applied(registry()), failed(registry(target=STAGING)), state=State.FAILED, **GUARDRAIL)
    told = shown(one)
    assert told[0].splitlines()[0] == ":x: *Failed* · Guardrails for 2 registries"
    assert told[1].splitlines()[1] == f"Ended {moment(AT.replace(minute=29))}. 1 of 2 applied, 1 failed:"
    assert told[2].startswith(":x: staging (222222222222) in us-east-1: AWS refused")
    assert told[3] == f":white_check_mark: {WHERE}\n{CHANGES}"
    assert told[4].startswith(":x: staging (222222222222) in us-east-1\n:white_check_mark: *scan-on-push*")
    assert "repositories" not in told[0] + told[1]


def test_what_came_of_it_is_told_in_its_own_words() -> None:
    changes = SCANNING.replace("*scan-on-push*", "scan-on-push")
    one = ended(applied(registry(adding())), **GUARDRAIL)
    assert line(one).text == f"{WHERE} was guarded by <@U0EVA>, approved by <@U0LEAD>: {changes}."
    back = applied(registry(*undone((adding(),))))
    undo = ended(back, kind=Kind.UNDO, undoes="R1")
    swapped = "scan-on-push `BASIC, SCAN_ON_PUSH: team-000, *` → `BASIC, SCAN_ON_PUSH: team-000`"
    assert line(undo).text == (f"The guardrails of {WHERE} were undone by <@U0EVA>, approved by <@U0LEAD>: {swapped}.")
    assert shown(undo)[0].startswith(f":white_check_mark: *Applied* · Undo the guardrails for {WHERE}")
    some = ended(applied(registry(adding())), failed(registry(target=STAGING)), state=State.FAILED, **GUARDRAIL)
    assert line(some).text.startswith("1 of 2 registries was guarded by <@U0EVA>")
    assert line(some).text.endswith(" 1 failed: staging (222222222222) in us-east-1.")


def test_what_failed_can_be_asked_anew_by_guard() -> None:
    one = ended(failed(registry(adding())), state=State.FAILED, **GUARDRAIL)
    payload = accepted(outcome(one, AT))
    assert buttons(payload) == {"Guard": "111111111111 eu-west-1"}
    assert texts(payload)[1] == f"{SCANNING}\nTo ask anew, press Guard."
    two = ended(failed(registry()), failed(registry(target=STAGING)), state=State.FAILED, **GUARDRAIL)
    assert [b["accessory"]["value"] for b in accepted(outcome(two, AT))["blocks"] if "accessory" in b] == [
        "111111111111 eu-west-1",
        "222222222222 us-east-1",
    ]
    assert buttons(accepted(outcome(ended(applied(registry()), **GUARDRAIL), AT))) == {}


def test_a_long_list_of_rules_says_what_is_added_and_to_how_many_and_back() -> None:
    listed = ", ".join(f"team-{n:03}" for n in range(20))
    said = f"ENHANCED, SCAN_ON_PUSH: {listed} and 79 more"
    assert in_words(LONG) == f"`{said}` (99 filters) → `the same and * (100 filters)`"
    assert change(LONG) == f"*scan-on-push* {in_words(LONG)}"
    [back] = undone((LONG,))
    assert (
        in_words(back)
        == f"`ENHANCED, SCAN_ON_PUSH: {listed} and 80 more` (100 filters) → `the same without * (99 filters)`"
    )


@pytest.mark.parametrize(("there", "is_whole"), [(MOST_FILTERS - 1, True), (MOST_FILTERS, False)])
def test_a_list_is_cut_only_where_it_says_so_and_what_is_added_never_is(there: int, is_whole: bool) -> None:  # noqa: FBT001 - given by pytest
    had = ScanRule("SCAN_ON_PUSH", tuple(ScanFilter(f"t{n:02}") for n in range(there)))
    before = RegistryFilter("new", is_there=False, scan_type="BASIC", rules=(had,))
    after = replace(before, is_there=True, rules=(replace(had, filters=(*had.filters, ScanFilter("new"))),))
    said = in_words(replace(LONG, before=before, after=after))
    assert said.endswith("t38, new`" if is_whole else "→ `the same and new (41 filters)`")
    assert all(f"t{n:02}" in said for n in range(there))
    assert ("filters)" in said) is not is_whole


def test_what_has_no_room_on_the_card_follows_in_its_thread_as_a_whole() -> None:
    many_names = ", ".join(f"repository-{n:04}" for n in range(100))
    one = request(registry(replace(LONG, lines=(f"The filter * scans 100 repositories: {many_names}.",))), **GUARDRAIL)
    assert needs_details(one)
    assert shown(one)[2] == PART
    assert "The filter * scans 100 repositories" in shown(one)[1]
    told = texts(accepted(details(one)))
    said = "\n".join(told)
    assert told[0] == f":large_yellow_circle: *Requested* · Guardrails for {WHERE}"
    assert [said.count(f"repository-{n:04}") for n in range(100)] == [1] * 100
    rules = said.partition(f"*The rules of {WHERE} before* (ENHANCED)\n")[2]
    assert rules.startswith("`SCAN_ON_PUSH, 99 filters: team-000, ")
    assert [rules.count(f"team-{n:03}") for n in range(99)] == [1] * 99


def test_more_changes_than_a_card_has_room_for_are_counted_and_listed_in_the_thread() -> None:
    one = request(registry(*(retagging(f"prefix-{n:02}") for n in range(50))), **GUARDRAIL)
    told = shown(one)
    assert needs_details(one)
    assert (told[3], told[4]) == ("And 34 more, which the request lists in its thread.", PART)
    said = "\n".join(texts(accepted(details(one))))
    assert [said.count(f"template prefix-{n:02} with IMMUTABLE") for n in range(50)] == [1] * 50


def test_a_repository_that_only_the_rules_can_mend_shows_that_with_what_else_it_touches() -> None:
    rule = adding(
        "payments-api", lines=("The filter payments-api has no asterisk: it scans 1 other: payments-api-old.",)
    )
    one = item("payments-api", MUTABLE, rule)
    view = opened(remediation("D1", Planned(items=(one,), found=1), Choice(), POLICY))
    assert texts(view)[0] == (
        f"`payments-api` · {WHERE}\n*tag-immutability* `MUTABLE` → `IMMUTABLE_WITH_EXCLUSION (dev-*)`\n"
        "*scan-on-push* `BASIC, SCAN_ON_PUSH: team-000` → `BASIC, SCAN_ON_PUSH: team-000, payments-api`\n"
        "The filter payments-api has no asterisk: it scans 1 other: payments-api-old."
    )
    assert texts(accepted(card(request(one), (), AT)))[1] == texts(view)[0].partition("\n")[2]


def test_many_repositories_with_the_same_long_rules_have_them_once_in_the_thread() -> None:
    some = tuple(item(f"n{n:02}", replace(LONG, lines=())) for n in range(100))
    said = "\n".join(texts(accepted(details(request(*some)))))
    assert [said.count(f"`n{n:02}`") for n in range(100)] == [1] * 100
    assert said.count("*The rules of") == 1


def test_the_form_shows_each_registry_and_offers_both_guardrails_by_their_names() -> None:
    view = opened(guarding("D1", Planned(items=(registry(),), found=1), Choice(), POLICY))
    assert texts(view) == [f"{WHERE}\n{CHANGES}", UNDOING]
    assert ticked(view, "rules") == (["scan-on-push", "tag-immutability"],) * 2
    options = {one["value"]: one["text"]["text"] for one in fields(view)["rules"]["element"]["options"]}
    assert options == {
        "scan-on-push": "Scan everything on push",
        "tag-immutability": "Immutable tags for what ECR creates itself",
    }
    assert list(fields(view)) == ["rules", "exclusions", "reason"]
    assert (view["callback_id"], view["private_metadata"]) == ("form-guard", "D1")


def test_exclusions_are_asked_for_only_where_the_policy_accepts_some() -> None:
    view = opened(guarding("D1", Planned(items=(registry(),), found=1), Choice(), Policy()))
    assert list(fields(view)) == ["rules", "reason"]


def test_the_form_has_every_filter_of_a_long_list_and_every_change_of_ten_registries() -> None:
    one = opened(guarding("D1", Planned(items=(registry(LONG),), found=1), Choice(), POLICY))
    said = "\n".join(texts(one))
    assert all(f"team-{n:03}" in said for n in range(99))
    ten = tuple(registry(target=replace(STAGING, account=f"{n:012}", name=None)) for n in range(10))
    said = "\n".join(texts(opened(guarding("D1", Planned(items=ten, found=10), Choice(), POLICY))))
    assert said.count("template team-a with IMMUTABLE") == 10


def test_what_needs_nothing_or_cannot_be_done_says_so_and_asks_for_nothing() -> None:
    good = replace(registry(), changes=())
    bad = replace(registry(target=STAGING), changes=(), advice=("The role <r> may not call DescribeX.",))
    view = opened(guarding("D1", Planned(idle=(good, bad), found=2), Choice(), POLICY))
    assert texts(view) == [
        "*Nothing to do.* Nothing is missing that a request could put in place.",
        (
            f":large_green_circle: {WHERE}: is guarded already\n"
            "staging (222222222222) in us-east-1\n:warning: The role &lt;r&gt; may not call DescribeX."
        ),
    ]
    assert fields(view) == {}
    none = opened(guarding("D1", Planned(idle=(good,), found=1), Choice(frozenset({Rule.SCAN_ON_PUSH})), POLICY))
    assert texts(none)[0] == "*Nothing would be changed* by what is chosen."
    assert texts(none)[1].endswith("needs no change by what is chosen")


def test_the_forms_about_such_a_request_speak_of_where_it_is() -> None:
    one = ended(applied(registry(adding(), retagging("team-a"))), **GUARDRAIL)
    losing = undone((adding(),))[0].lines
    assert losing
    assert texts(opened(denial(one)))[0].startswith(f"{WHERE}\n")
    assert texts(opened(undoing(one, at_once=False)))[2] == (
        f"{WHERE}\n*tag-immutability* `template team-a with IMMUTABLE for {FOR_ALL}` → "
        f"`template team-a with MUTABLE for {FOR_ALL}`\n"
        "*scan-on-push* `BASIC, SCAN_ON_PUSH: team-000, *` → `BASIC, SCAN_ON_PUSH: team-000`\n" + "\n".join(losing)
    )
    ten = opened(confirmation(request(*(registry(target=replace(STAGING, region=f"r-{n}")) for n in range(11)))))
    assert texts(ten)[0].startswith("You approve a request for *11 registries* in 1 account, 11 regions.")


def test_the_home_tab_speaks_of_where_it_is() -> None:
    one = request(registry(), **GUARDRAIL)
    told = [block.to_dict() for block in asked(Home(cast("Any", None), asked=(one,), asked_count=1), {one.id: LINK})]
    assert told[1]["text"]["text"].startswith(f":large_yellow_circle: *Requested* · Guardrails for {WHERE}\n")
    assert told[1]["accessory"]["accessibility_label"] == f"Open the card of the request for {WHERE}"[:75]


def largest(number: int) -> Item:
    """Return a registry of which everything is as long as ECR takes it: two full rules, and fifty templates."""
    filters = tuple(ScanFilter(f"{n:03}{'f' * 253}") for n in range(100))
    rules = (ScanRule("SCAN_ON_PUSH", filters[:99]), ScanRule("CONTINUOUS_SCAN", filters))
    before = RegistryFilter("*", is_there=False, scan_type="ENHANCED", rules=rules)
    after = replace(before, is_there=True, rules=(ScanRule("SCAN_ON_PUSH", (*filters[:99], ScanFilter("*"))), rules[1]))
    names = ", ".join(f"{n:03}{'r' * 253}" for n in range(50))
    lines = (f"The filter * scans 900 repositories: {names}.",)
    scanning = replace(LONG, before=before, after=after, lines=lines)
    templates = (retagging(f"p{n:02}{'p' * 253}") for n in range(50))
    target = Target(f"{number:012}", "eu-west-1", "&" * 100)
    return failed(registry(scanning, *templates, target=target, advice=("&" * 4000,) * 4))


@pytest.mark.parametrize("count", [1, 10])
def test_the_largest_registries_fit_wherever_they_are_shown(count: int) -> None:
    items = tuple(map(largest, range(count)))
    waiting, over = request(*items, **GUARDRAIL), ended(*items, state=State.FAILED, **GUARDRAIL)
    for one in (waiting, over):
        for message in (card(one, ("S0ONCALL",), AT), details(one), outcome(one, AT), line(one)):
            assert len(message.blocks) <= 50
            assert accepted(message)["blocks"][-1] == message.payload()["blocks"][-1]
    assert list(buttons(accepted(card(waiting, (), AT)))) == ["Approve", "Deny", "Cancel"]
    assert list(buttons(accepted(card(over, (), AT)))) == ["Undo"]
    view = opened(guarding("D1", Planned(items, items, found=count), Choice(), POLICY, "&" * 4000))
    assert list(fields(view)) == ["rules", "exclusions", "reason"]
    for other in (undoing(over, at_once=True), denial(over), confirmation(over)):
        opened(other)
