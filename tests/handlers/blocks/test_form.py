"""The forms of requests: what they show, what can be chosen in them, and that Slack opens them whatever they are of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecr.changes import Choice
from ecr.checked import QueryResult
from ecr.model import Assessment, Finding, Mode, Policy, Rule, Target, Verdict
from ecr.names import Query
from ecr.planning import Planned
from ecr.request import Kind
from handlers.blocks.form import (
    choosing,
    confirmation,
    denial,
    exemption,
    guarding,
    reading,
    remediation,
    told,
    undoing,
)
from tests.handlers.blocks.examples import (
    EXEMPTING,
    HCL,
    LATEST,
    MUTABLE,
    RICH,
    STAGING,
    UNSCANNED,
    applied,
    ended,
    failed,
    item,
    many,
    opened,
    request,
    texts,
)
from tests.handlers.blocks.test_request import ASKED, ITEM, REQUEST, WORDS, largest

POLICY = Policy(accepted_exclusions=frozenset({"latest", "dev-*"}))
PLANNED = Planned(items=(RICH,), found=1)
PASSES = replace(item("core/ok"), changes=(), failing=())
UNREAD = Assessment("x", STAGING, None, None, (Finding(Rule.SCAN_ON_PUSH, Verdict.UNKNOWN, "Role <r> was refused."),))
UNTIL = date(2026, 12, 25)


def fields(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields of a form by their names."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def ticked(view: dict[str, Any], field: str) -> tuple[list[str], list[str]]:
    """Return which options a field offers, and which of them are chosen at first."""
    element = fields(view)[field]["element"]
    return [one["value"] for one in element["options"]], [one["value"] for one in element.get("initial_options", [])]


def test_the_form_shows_what_would_change_what_may_break_and_the_code_to_put_in_the_place() -> None:
    view = opened(remediation("D1", PLANNED, Choice(), POLICY))
    assert texts(view) == [
        (
            "`payments-api` · prod (111111111111) in eu-west-1\n"
            "*tag-immutability* `MUTABLE` → `IMMUTABLE_WITH_EXCLUSION (dev-*)`\n"
            "*scan-on-push* `scanOnPush false` → `scanOnPush true`\n"
            ":warning: The registry's rules decide &lt;here&gt;."
        ),
        f"*What may break*\n• {LATEST.replace('&', '&amp;')}",
        f"```\n{HCL}\n```",
    ]
    assert (view["callback_id"], view["private_metadata"]) == ("form-remediate", "D1")
    assert view["submit"]["text"] == "Ask for approval"


def test_rules_are_those_that_something_is_planned_for_and_tell_of_every_change() -> None:
    one = opened(remediation("D1", Planned(items=(item("a", UNSCANNED),), found=1), Choice(), POLICY))
    assert ticked(one, "rules") == (["scan-on-push"], ["scan-on-push"])
    assert fields(one)["rules"]["dispatch_action"] is True
    assert list(fields(one)) == ["rules", "reason"]


def test_a_rule_that_was_taken_out_can_be_put_back() -> None:
    chosen = Choice(frozenset({Rule.SCAN_ON_PUSH}))
    one = opened(remediation("D1", Planned(items=(item("a", UNSCANNED),), found=1), chosen, POLICY))
    assert ticked(one, "rules") == (["tag-immutability", "scan-on-push"], ["scan-on-push"])
    none = opened(remediation("D1", Planned(idle=(PASSES,), found=1), Choice(frozenset()), POLICY))
    assert ticked(none, "rules") == (["tag-immutability", "scan-on-push"], [])
    assert texts(none) == [
        "*Nothing would be changed* by the chosen rules.",
        ":large_green_circle: `core/ok` · prod (111111111111) in eu-west-1: needs no change by the chosen rules",
    ]


def test_exclusions_are_asked_for_with_those_that_the_policy_accepts() -> None:
    choice = Choice(exclusions=("latest", "dev-*"))
    field = fields(opened(remediation("D1", PLANNED, choice, POLICY)))["exclusions"]
    assert field["hint"]["text"] == (
        "Tags that can still be overwritten. The setting policy.accepted_exclusions has dev-*, latest. "
        "Press Enter to see the plan with them."
    )
    assert (field["optional"], field["dispatch_action"]) == (True, True)
    assert field["element"]["initial_value"] == "latest, dev-*"
    assert field["element"]["dispatch_action_config"] == {"trigger_actions_on": ["on_enter_pressed"]}


def test_a_policy_that_accepts_none_is_named_and_a_literal_one_is_not_asked() -> None:
    none = fields(opened(remediation("D1", PLANNED, Choice(), Policy())))
    assert none["exclusions"]["hint"]["text"] == (
        "The setting policy.accepted_exclusions has none, so no tag can stay mutable."
    )
    literal = fields(opened(remediation("D1", PLANNED, Choice(), Policy(Mode.LITERAL))))
    assert list(literal) == ["rules", "reason"]


def test_a_reason_is_required_and_no_longer_than_a_thousand_characters() -> None:
    field = fields(opened(remediation("D1", PLANNED, Choice(), POLICY)))["reason"]
    assert "optional" not in field
    assert (field["element"]["multiline"], field["element"]["max_length"]) == (True, 1000)


def test_what_was_refused_is_said_above_the_plan() -> None:
    view = opened(remediation("D1", PLANNED, Choice(), POLICY, "policy.accepted_exclusions does not have <x>."))
    assert texts(view)[0] == ":warning: policy.accepted_exclusions does not have &lt;x&gt;."


def test_where_nothing_would_change_nothing_can_be_asked_and_each_says_why() -> None:
    advised = replace(PASSES, name="scanned", advice=("Add the filter <scanned> to a rule.",))
    near = QueryResult(Query("paymnts"), (), ("payments-api",))
    planned = Planned(idle=(PASSES, advised), missing=(near,), unread=(UNREAD,), found=2)
    view = opened(remediation("D1", planned, Choice(), POLICY))
    assert ("submit" in view, fields(view)) == (False, {})
    assert texts(view) == [
        "*Nothing to do.* Nothing that was read fails in a way that a request could mend.",
        (
            ":large_green_circle: `core/ok` · prod (111111111111) in eu-west-1: complies already\n"
            "`scanned` · prod (111111111111) in eu-west-1\n:warning: Add the filter &lt;scanned&gt; to a rule."
        ),
        (
            ":white_circle: No repository is named `paymnts` in any configured account and region. "
            "Did you mean `payments-api`?"
        ),
        ":white_circle: staging (222222222222) in us-east-1 could not be read: Role &lt;r&gt; was refused.",
    ]


def test_more_than_a_hundred_are_refused_with_their_number() -> None:
    for view in (remediation("D1", Planned(found=412), Choice(), POLICY), exemption("D1", Planned(found=412), UNTIL)):
        assert texts(opened(view))[0].startswith("*That is 412 repositories*, and one request takes 100")
        assert fields(view) == {}


def test_above_five_it_is_a_summary_and_every_repository_in_short() -> None:
    planned = Planned(items=many(100), found=100)
    said = "\n".join(texts(opened(remediation("D1", planned, Choice(), POLICY))))
    assert said.startswith(
        "*100 repositories* would be changed.\n• 50 repositories: prod (111111111111) in eu-west-1\n"
    )
    assert [said.count(f"`team-{n:02}`") for n in range(100)] == [1] * 100


def test_a_name_in_several_places_asks_which_and_chooses_none() -> None:
    view = opened(choosing("D1", Planned(choices=(item(), item(target=STAGING)), found=2)))
    assert ticked(view, "which") == (["0", "1"], [])
    options = fields(view)["which"]["element"]["options"]
    assert [one["text"]["text"] for one in options] == [
        "prod (111111111111) in eu-west-1",
        "staging (222222222222) in us-east-1",
    ]
    assert (view["callback_id"], view["private_metadata"], view["submit"]["text"]) == ("form-choose", "D1", "Next")


@pytest.mark.parametrize(("count", "kind", "offered"), [(10, "checkboxes", 10), (400, "multi_static_select", 100)])
def test_a_name_in_many_places_is_a_menu(count: int, kind: str, offered: int) -> None:
    places = tuple(item(target=Target(f"{n:012}", "eu-west-1")) for n in range(count))
    view = opened(choosing("D1", Planned(choices=places, found=count)))
    element = fields(view)["which"]["element"]
    assert (element["type"], len(element["options"])) == (kind, offered)
    assert ("The first 100 are offered" in str(view)) is (count > 100)


def test_an_exemption_is_asked_for_from_what_fails_now() -> None:
    view = opened(exemption("D1", Planned(items=(item("a", MUTABLE),), found=1), UNTIL))
    assert texts(view) == [
        "`a` · prod (111111111111) in eu-west-1\n:red_circle: tag-immutability fails: It is MUTABLE."
    ]
    assert ticked(view, "rules") == (["tag-immutability"], ["tag-immutability"])
    assert fields(view)["until"]["element"]["initial_date"] == "2026-12-25"
    assert list(fields(view)) == ["rules", "until", "reason"]
    assert (view["callback_id"], view["private_metadata"]) == ("form-exempt", "D1")


def test_of_two_rules_that_fail_none_is_chosen_for_an_exemption() -> None:
    view = opened(exemption("D1", Planned(items=(item(),), found=1), UNTIL))
    assert ticked(view, "rules") == (["tag-immutability", "scan-on-push"], [])


def test_what_passes_cannot_be_exempt() -> None:
    view = opened(exemption("D1", Planned(idle=(PASSES,), found=1), UNTIL))
    assert (texts(view), fields(view)) == (["*Nothing to exempt.* No rule fails here."], {})


def test_a_denial_asks_why() -> None:
    view = opened(denial(request()))
    assert texts(view) == [f"`payments-api` · prod (111111111111) in eu-west-1\n{ASKED}"]
    assert (view["callback_id"], view["private_metadata"], list(fields(view))) == (
        "form-deny",
        "R0123456789",
        ["reason"],
    )


def test_an_undo_shows_what_was_changed_the_other_way_round_and_nothing_else() -> None:
    view = opened(undoing(ended(applied(item("a", MUTABLE)), failed(item("b")), item("c", UNSCANNED)), at_once=False))
    assert texts(view) == [
        "This asks for approval first, as the request itself did.",
        "*What is put back* of request `R0123456789`",
        (
            "`a` · prod (111111111111) in eu-west-1\n"
            "*tag-immutability* `IMMUTABLE_WITH_EXCLUSION (dev-*)` → `MUTABLE`\n"
            "`b` · prod (111111111111) in eu-west-1\n"
            "*tag-immutability* `IMMUTABLE_WITH_EXCLUSION (dev-*)` → `MUTABLE`"
        ),
    ]
    assert (view["callback_id"], view["private_metadata"]) == ("form-undo", "R0123456789")
    assert view["submit"]["text"] == "Ask for approval"


def test_an_undo_at_once_says_that_it_is_break_glass() -> None:
    view = opened(undoing(ended(), at_once=True))
    assert texts(view)[0] == (
        ":rotating_light: *Break-glass*: you are an approver, so this runs at once, approved by nobody else. "
        "The approvals channel is told, and the audit keeps it."
    )
    assert view["submit"]["text"] == "Undo now"


def test_an_exemption_is_undone_by_ending_it() -> None:
    one = ended(applied(replace(item("a"), changes=())), kind=Kind.EXEMPTION, exempts=EXEMPTING)
    assert texts(opened(undoing(one, at_once=False)))[2] == (
        "`a` · prod (111111111111) in eu-west-1\nThe exemption ends now."
    )


def test_many_are_approved_with_their_number_and_accounts_in_view() -> None:
    view = opened(confirmation(request(*many(100))))
    assert texts(view)[0] == (
        "You approve a request for *100 repositories* in 2 accounts, 2 regions.\n"
        "*Accounts*: `prod` (`111111111111`), `staging` (`222222222222`)\n"
        "*Regions*: `eu-west-1`, `us-east-1`"
    )
    assert view["title"]["text"] == "Approve 100 repositories"
    assert (view["callback_id"], view["private_metadata"], fields(view)) == ("form-confirm", "R0123456789", {})
    assert view["submit"]["text"] == "Approve"


def test_while_ecr_is_read_and_where_nothing_can_be_asked_nothing_can_be_submitted() -> None:
    for view, said in (
        (reading("Remediate"), ":hourglass_flowing_sand: Reading … from ECR"),
        (told("Remediate a long-named repository", "Not <you>."), "Not &lt;you&gt;."),
    ):
        assert texts(opened(view)) == [said]
        assert "submit" not in view


PLAN = st.builds(
    Planned,
    st.lists(ITEM, max_size=4).flatmap(lambda some: st.sampled_from([1, 25]).map(lambda times: tuple(some * times))),
    st.lists(ITEM, max_size=4).map(lambda some: tuple(some * 25)),
    st.lists(ITEM, min_size=1, max_size=3).map(lambda some: tuple(some * 40)),
    st.lists(WORDS, max_size=2).map(
        lambda some: tuple(replace(UNREAD, target=Target(None, why), findings=UNREAD.findings) for why in some * 60)
    ),
    st.lists(WORDS, max_size=2).map(lambda some: tuple(QueryResult(Query(q), (), (q,)) for q in some * 30)),
    st.integers(0, 500),
)
CHOICE = st.builds(Choice, st.frozensets(st.sampled_from(Rule)), st.lists(WORDS, max_size=3).map(tuple))
POLICIES = st.builds(Policy, st.sampled_from(Mode), st.frozensets(WORDS, max_size=4))


@given(PLAN, CHOICE, POLICIES, WORDS)
@settings(max_examples=40, deadline=None)
def test_slack_opens_a_form_whatever_was_planned(planned: Planned, choice: Choice, policy: Policy, said: str) -> None:
    for view in (
        remediation("D1", planned, choice, policy, said),
        guarding("D1", planned, choice, policy, said),
        choosing("D1", planned),
        exemption("D1", planned, UNTIL),
        told(said, f"No{said}"),
        reading(f"R{said}"),
    ):
        opened(view)
        assert view.get("private_metadata") in (None, "D1")
        assert all("<!channel" not in text and "<a" not in text for text in texts(view))


def test_the_largest_plan_fits_into_a_form_with_all_of_its_fields() -> None:
    hundred = tuple(map(largest, range(100)))
    unread = tuple(replace(UNREAD, target=Target(None, "&" * 3000)) for _ in range(60))
    near = QueryResult(Query("q" * 256), (), ("s" * 256,) * 3)
    idle = tuple(replace(one, name=f"i{one.name}", changes=()) for one in hundred)
    planned = Planned(hundred, idle, hundred, unread, (near,) * 60, 100)
    view = opened(remediation("D1", planned, Choice(exclusions=("x" * 128,) * 20), POLICY, "&" * 4000))
    assert list(fields(view)) == ["rules", "exclusions", "reason"]
    said = "\n".join(texts(view))
    assert [said.count(f"`n{n:02}n") for n in range(100)] == [1] * 100
    for other in (
        opened(choosing("D1", planned)),
        opened(exemption("D1", planned, UNTIL)),
        opened(undoing(ended(*hundred), at_once=True)),
        opened(denial(ended(*hundred))),
        opened(confirmation(ended(*hundred))),
        opened(remediation("D1", replace(planned, items=hundred[:5]), Choice(), POLICY)),
    ):
        assert other["private_metadata"] in ("D1", "R0123456789")


@given(REQUEST, st.booleans())
@settings(max_examples=40, deadline=None)
def test_slack_opens_a_form_about_any_request(one: Any, at_once: bool) -> None:  # noqa: FBT001 - given by hypothesis
    for view in (denial(one), undoing(one, at_once), confirmation(one)):
        assert opened(view)["private_metadata"] == one.id
