"""What Slack shows of a request: every state of its card word for word, and within Slack's limits whatever it is of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecr.changes import Action, Change
from ecr.model import Rule, ScanFilter, ScanRule, Target
from ecr.request import ECRBOT, UNDO_FOR, Actor, Decided, Item, Kind, Outcome, Request, State
from ecr.setting import RegistryFilter, Tags, TemplateTags
from handlers.blocks.request import asked, card, details, line, needs_details, outcome
from handlers.blocks.text import moment
from tests.handlers.blocks.examples import (
    AT,
    EVA,
    EXEMPTING,
    HCL,
    HEAD,
    LATEST,
    LEAD,
    MUTABLE,
    RICH,
    accepted,
    applied,
    buttons,
    ended,
    failed,
    item,
    many,
    registry,
    request,
    texts,
)

MENTIONS = ("S0ONCALL", "U0LEAD")
ASKED = f"Asked by <@U0EVA>, {moment(AT - timedelta(minutes=2))}\n>Audit of &lt;Q4&gt; &amp; more"
TITLE = "Remediate `payments-api` · prod (111111111111) in eu-west-1"
CHANGES = (
    "*tag-immutability* `MUTABLE` → `IMMUTABLE_WITH_EXCLUSION (dev-*)`\n"
    "*scan-on-push* `scanOnPush false` → `scanOnPush true`\n"
    ":warning: The registry's rules decide &lt;here&gt;."
)
BREAKS = f"*What may break*\n• {LATEST.replace('&', '&amp;')}"
CODE = f"```\n{HCL}\n```"
UNTIL = moment(AT - timedelta(minutes=2) + timedelta(hours=24))
MINUTE_AGO = moment(AT - timedelta(minutes=1))
UNDO_UNTIL = moment(AT - timedelta(minutes=1) + UNDO_FOR)
APPROVED = f"Approved by <@U0LEAD> as a member of <!subteam^S0ONCALL>, {MINUTE_AGO}"
VERIFIED = "Verified: the tags are immutable, and images are scanned on push."
REFUSED = "AWS refused PutImageScanningConfiguration: &lt;denied&gt;."
PRINT = f"Request `R0123456789` · Audit event 12, head `{HEAD.hash}`"
BACK = replace(MUTABLE, before=MUTABLE.after, after=MUTABLE.before)
UNDOING: dict[str, Any] = {"kind": Kind.UNDO, "undoes": "R1", "break_glass": True}


def shown(one: Request, done: int | None = None) -> list[str]:
    return texts(accepted(card(one, MENTIONS, AT, done)))


def offered(one: Request) -> dict[str, str]:
    return buttons(accepted(card(one, MENTIONS, AT)))


def test_a_request_that_waits_shows_what_would_change_and_what_may_break_and_calls_the_approvers() -> None:
    message = card(request(), MENTIONS, AT)
    assert texts(accepted(message)) == [
        f":large_yellow_circle: *Requested* · {TITLE}\n{ASKED}",
        CHANGES,
        BREAKS,
        CODE,
        f"<!subteam^S0ONCALL> <@U0LEAD>: approve or deny it until {UNTIL}; then it expires.",
        "Request `R0123456789`",
    ]
    assert message.text == f"Remediate payments-api (prod (111111111111) in eu-west-1), requested. {ASKED}"


def test_it_can_be_approved_denied_and_cancelled_by_its_id_alone() -> None:
    payload = accepted(card(request(), MENTIONS, AT))
    elements = payload["blocks"][-2]["elements"]
    assert [(e["action_id"], e["value"], e.get("style")) for e in elements] == [
        ("approve", "R0123456789", "primary"),
        ("deny", "R0123456789", "danger"),
        ("cancel", "R0123456789", None),
    ]


def test_where_nobody_can_approve_it_says_why_and_can_be_cancelled_alone() -> None:
    one = request(no_approver="The groups of <slack.approvers> have no members.")
    assert shown(one)[-2] == (
        ":warning: *Nobody can approve this.* The groups of &lt;slack.approvers&gt; have no members."
    )
    assert list(offered(one)) == ["Cancel"]


@pytest.mark.parametrize(
    ("state", "done", "said"),
    [
        (State.APPROVED, None, "Approved: it is applied next."),
        (State.APPLYING, None, "Being applied …"),
        (State.APPLYING, 12, "Being applied: 12 of 40 done …"),
    ],
)
def test_one_that_is_approved_says_how_far_it_is_and_offers_nothing(state: State, done: int | None, said: str) -> None:
    one = ended(*many(), state=state, ended_at=None)
    assert shown(one, done)[1] == f"{APPROVED}\n{said}"
    assert offered(one) == {}


def test_an_applied_one_says_who_approved_as_what_and_what_was_verified_and_can_be_undone() -> None:
    assert shown(ended()) == [
        f":white_check_mark: *Applied* · {TITLE}\n{ASKED}",
        f"{APPROVED}\nApplied {MINUTE_AGO}. {VERIFIED}",
        CHANGES,
        BREAKS,
        CODE,
        PRINT,
    ]
    assert offered(ended()) == {"Undo": "R0123456789"}


def test_seven_days_later_undo_is_over() -> None:
    ended_at = AT - UNDO_FOR
    assert offered(ended(ended_at=ended_at + timedelta(seconds=1))) == {"Undo": "R0123456789"}
    assert offered(ended(ended_at=ended_at)) == {}


def test_a_failed_one_shows_which_change_was_made_and_which_was_not() -> None:
    told = shown(ended(failed(RICH), state=State.FAILED))
    assert told[0].startswith(":x: *Failed* · ")
    assert told[1] == f"{APPROVED}\nFailed {MINUTE_AGO}: {REFUSED}"
    assert [text.split(" `")[0] for text in told[2].splitlines()[:2]] == [
        ":white_check_mark: *tag-immutability*",
        ":x: *scan-on-push*",
    ]
    assert offered(ended(failed(RICH), state=State.FAILED)) == {"Undo": "R0123456789"}


def test_of_many_each_that_failed_is_named_with_why_and_the_rest_is_numbers() -> None:
    told = shown(ended(*many(40, 3), state=State.FAILED))
    assert told == [
        f":x: *Failed* · Remediate 40 repositories\n{ASKED}",
        f"{APPROVED}\nEnded {MINUTE_AGO}. 37 of 40 applied, 3 failed:",
        (
            f":x: `team-37` · staging (222222222222) in us-east-1: {REFUSED}\n"
            f":x: `team-38` · prod (111111111111) in eu-west-1: {REFUSED}\n"
            f":x: `team-39` · staging (222222222222) in us-east-1: {REFUSED}"
        ),
        ("• 20 repositories: prod (111111111111) in eu-west-1\n• 20 repositories: staging (222222222222) in us-east-1"),
        (
            "40 repositories: *tag-immutability* `MUTABLE` → `IMMUTABLE_WITH_EXCLUSION (dev-*)`\n"
            "40 repositories: *scan-on-push* `scanOnPush false` → `scanOnPush true`"
        ),
        f"*What may break*\n• 40 repositories: {LATEST.replace('&', '&amp;')}",
        "The list is in the thread: each repository with its changes, what may break, and lines for its code.",
        PRINT,
    ]


def test_a_denied_one_says_by_whom_and_why() -> None:
    one = request(state=State.DENIED, decided=Decided(LEAD, "U0LEAD", AT, "Not <tonight>\n& not so"))
    assert shown(one)[1] == (
        f"Denied by <@U0LEAD> as an approver by name, {moment(AT)}\n>Not &lt;tonight&gt; &amp; not so"
    )
    assert offered(one) == {}
    assert shown(one)[-1] == PRINT


def test_several_memberships_are_all_named() -> None:
    one = request(state=State.DENIED, decided=Decided(LEAD, "S0PROD, S0STAGING", AT))
    assert shown(one)[1] == (
        "Denied by <@U0LEAD> as a member of <!subteam^S0PROD> and a member of <!subteam^S0STAGING>, " + moment(AT)
    )


def test_an_expired_one_says_so_and_a_cancelled_one_by_whom() -> None:
    expired = request(state=State.EXPIRED, decided=Decided(ECRBOT, "ecrbot", AT))
    assert shown(expired)[1] == f"Nobody decided until {UNTIL}, so nothing was done. Ask anew."
    assert offered(expired) == {}
    cancelled = request(state=State.CANCELLED, decided=Decided(EVA, "requester", AT))
    assert shown(cancelled)[1] == f"Cancelled by <@U0EVA>, {moment(AT)}"
    withdrawn = request(state=State.CANCELLED, decided=Decided(ECRBOT, "ecrbot", AT, "Archived."))
    assert shown(withdrawn)[1] == f"Cancelled by ecrbot, {moment(AT)}\n>Archived."


def test_an_undone_one_says_by_which_request_and_cannot_be_undone_again() -> None:
    one = ended(state=State.UNDONE, undone_by="R9")
    assert shown(one)[1] == f"{APPROVED}\nEnded {MINUTE_AGO}, and undone since by request `R9`."
    assert offered(one) == {}


def test_a_break_glass_undo_says_so_loudly() -> None:
    one = ended(applied(item("payments-api", BACK)), **UNDOING)
    assert shown(one)[:3] == [
        (
            ":rotating_light: *Break-glass* · :white_check_mark: *Applied* · "
            f"Undo `payments-api` · prod (111111111111) in eu-west-1\n{ASKED}\nIt undoes request `R1`."
        ),
        (
            f"Run at once by <@U0LEAD> as a member of <!subteam^S0ONCALL>, {MINUTE_AGO}; nobody else approved it.\n"
            f"Applied {MINUTE_AGO}. {VERIFIED}"
        ),
        "*tag-immutability* `IMMUTABLE_WITH_EXCLUSION (dev-*)` → `MUTABLE`",
    ]
    assert card(one, MENTIONS, AT).text.startswith("Break-glass: Undo payments-api (prod ")


def test_an_exemption_says_from_what_until_when() -> None:
    one = request(item(), kind=Kind.EXEMPTION, exempts=EXEMPTING)
    assert shown(one)[0].splitlines()[-1] == (
        f"Exempt from *scan-on-push* until {moment(EXEMPTING.until)}; then what fails is told of again."
    )
    assert offered(ended(applied(replace(item(), changes=())), kind=Kind.EXEMPTION, exempts=EXEMPTING)) == {
        "Undo": "R0123456789"
    }


def test_ten_repositories_are_shown_in_full_and_more_go_to_the_thread() -> None:
    ten, eleven = request(*(replace(RICH, name=f"n{n}") for n in range(10))), request(*many(11))
    assert (needs_details(ten), needs_details(eleven)) == (False, True)
    assert sum("n9" in text for text in shown(ten)) == 1
    assert sum("What may break" in text for text in shown(ten)) == 10
    told = texts(accepted(details(eleven)))
    assert told[0] == ":large_yellow_circle: *Requested* · Remediate 11 repositories"
    assert told[1].splitlines()[:4] == [
        "`team-00` · prod (111111111111) in eu-west-1",
        "*tag-immutability* `MUTABLE` → `IMMUTABLE_WITH_EXCLUSION (dev-*)`",
        "*scan-on-push* `scanOnPush false` → `scanOnPush true`",
        f"• {LATEST.replace('&', '&amp;')}",
    ]


def test_the_list_has_every_one_of_a_hundred_with_its_code_and_its_outcome() -> None:
    waiting = request(*(replace(RICH, name=f"team-{n:02}") for n in range(100)))
    said = "\n".join(texts(accepted(details(waiting))))
    assert [said.count(f"`team-{n:02}`") for n in range(100)] == [1] * 100
    assert said.count(CODE) == 100
    over = "\n".join(texts(accepted(details(ended(*many(100, 3), state=State.FAILED)))))
    assert (over.count(VERIFIED), over.count(REFUSED)) == (97, 3)


def test_who_asked_is_told_what_was_verified_by_whose_approval() -> None:
    message = outcome(ended(), AT)
    assert texts(accepted(message)) == [
        f":white_check_mark: *Applied* · {TITLE}\n{APPROVED}\nApplied {MINUTE_AGO}. {VERIFIED}",
        "\n".join(CHANGES.splitlines()[:2]),
        f"Request `R0123456789` in <#C0APPROVE> · Undo is on its card until {UNDO_UNTIL}",
    ]
    assert buttons(accepted(message)) == {}


@pytest.mark.parametrize("one", [ended(failed(RICH), state=State.FAILED), request(state=State.EXPIRED)])
def test_what_came_to_nothing_can_be_asked_anew(one: Request) -> None:
    payload = accepted(outcome(one, AT))
    assert buttons(payload) == {"Remediate": RICH.arn}
    assert texts(payload)[1].endswith("To ask anew, press Remediate.")


def test_what_is_no_remediation_or_was_denied_offers_no_remediate_button() -> None:
    undo = ended(failed(item("payments-api", BACK)), state=State.FAILED, **UNDOING)
    denied = request(state=State.DENIED, decided=Decided(LEAD, "U0LEAD", AT, "No"))
    assert buttons(accepted(outcome(undo, AT))) == {}
    assert buttons(accepted(outcome(denied, AT))) == {}


def test_of_many_who_asked_is_told_each_with_its_evidence() -> None:
    payload = accepted(outcome(ended(*many(40, 12), state=State.FAILED), AT))
    said = "\n".join(texts(payload))
    assert [said.count(f"`team-{n:02}`") for n in range(40)] == [1] * 40
    assert [b["accessory"]["value"][-7:] for b in payload["blocks"] if "accessory" in b] == [
        f"team-{n}" for n in range(28, 38)
    ]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            ended(applied(item("payments-api", MUTABLE))),
            (
                "`payments-api` (prod (111111111111) in eu-west-1) was remediated by <@U0EVA>, approved by "
                "<@U0LEAD>: tag-immutability `MUTABLE` → `IMMUTABLE_WITH_EXCLUSION (dev-*)`."
            ),
        ),
        (
            ended(applied(replace(RICH, changes=(MUTABLE,)))),
            (
                "`payments-api` (prod (111111111111) in eu-west-1) was remediated by <@U0EVA>, approved by <@U0LEAD>: "
                "tag-immutability `MUTABLE` → `IMMUTABLE_WITH_EXCLUSION (dev-*)`."
            ),
        ),
        (
            ended(*many(40, 3), state=State.FAILED),
            (
                "37 of 40 repositories were remediated by <@U0EVA>, approved by <@U0LEAD>: "
                "37 times tag-immutability `MUTABLE` → `IMMUTABLE_WITH_EXCLUSION (dev-*)`, "
                "37 times scan-on-push `scanOnPush false` → `scanOnPush true`. "
                "3 failed: `team-37`, `team-38`, `team-39`."
            ),
        ),
        (
            ended(failed(RICH), state=State.FAILED),
            (
                "`payments-api` (prod (111111111111) in eu-west-1) was to be remediated by <@U0EVA>, approved by "
                f"<@U0LEAD>, and it failed: {REFUSED}"
            ),
        ),
        (
            ended(applied(item("payments-api", BACK)), **UNDOING),
            (
                ":rotating_light: Break-glass: The remediation of `payments-api` (prod (111111111111) in eu-west-1) "
                "was undone by <@U0EVA>: tag-immutability `IMMUTABLE_WITH_EXCLUSION (dev-*)` → `MUTABLE`."
            ),
        ),
        (
            ended(applied(replace(item(), changes=())), kind=Kind.EXEMPTION, exempts=EXEMPTING),
            (
                "`payments-api` (prod (111111111111) in eu-west-1) was exempted from scan-on-push until "
                f"{moment(EXEMPTING.until)} by <@U0EVA>, approved by <@U0LEAD>."
            ),
        ),
        (
            ended(applied(replace(item(), changes=())), kind=Kind.UNDO, exempts=EXEMPTING, undoes="R1"),
            (
                "The exemption of `payments-api` (prod (111111111111) in eu-west-1) was undone by <@U0EVA>, "
                "approved by <@U0LEAD>."
            ),
        ),
    ],
)
def test_a_channel_is_told_in_one_line(one: Request, said: str) -> None:
    assert texts(accepted(line(one))) == [said]
    assert line(one).text == said


def test_who_asks_is_told_where_it_waits() -> None:
    assert texts(accepted(asked(request(), "https://example.slack.com/p1?a|b&c", is_new=True)))[0] == (
        f"*Asked.* It waits for an approver in <#C0APPROVE> until {UNTIL}. "
        "<https://example.slack.com/p1?a%7Cb&amp;c|See it.>"
    )
    nobody = asked(request(no_approver="Nobody is in <it>."), None, is_new=True)
    assert texts(accepted(nobody))[0].endswith("\n:warning: *Nobody can approve this.* Nobody is in &lt;it&gt;.")


def test_who_asks_for_the_same_is_pointed_at_the_first() -> None:
    at = moment(AT - timedelta(minutes=2))
    assert texts(accepted(asked(request(), "https://example.slack.com/p1", is_new=False)))[0] == (
        f"*This is asked for already*: <@U0EVA> did {at}, and it waits in <#C0APPROVE>. "
        "<https://example.slack.com/p1|See it.>"
    )
    applying = ended(state=State.APPLYING, card=None)
    assert texts(accepted(asked(applying, None, is_new=False)))[0] == (
        "*This is asked for already*: request `R0123456789` of <@U0EVA> is applying, approved by <@U0LEAD>. "
        "Slack has not taken its card yet, which is tried again."
    )


WORDS = st.text(alphabet="<>&`*_|@! \nab→", max_size=60).map(lambda text: text * 50)
TAGS = st.builds(Tags, WORDS, st.lists(WORDS, max_size=1).map(tuple))
TEMPLATES = st.builds(TemplateTags, WORDS, WORDS | st.none(), st.just(()), st.tuples(WORDS))
RULES = st.builds(
    ScanRule, WORDS, st.lists(st.builds(ScanFilter, WORDS), max_size=3).map(lambda some: tuple(some * 33))
)
FILTERS = st.builds(RegistryFilter, WORDS, st.booleans(), WORDS, st.lists(RULES, max_size=2).map(tuple))
CHANGE = st.sampled_from((TAGS, TEMPLATES, FILTERS)).flatmap(
    lambda settings_: st.builds(
        Change, st.sampled_from(Rule), st.sampled_from(Action), settings_, settings_, st.tuples(WORDS, WORDS)
    )
)
ITEM = st.builds(
    Item,
    WORDS,
    st.builds(Target, st.sampled_from(["1" * 12, None]), st.sampled_from(["eu-west-1", "us-east-1"]), WORDS),
    st.sampled_from((RICH.arn, registry().arn)),
    st.lists(CHANGE, max_size=2).map(tuple),
    st.tuples(WORDS),
    st.tuples(WORDS, WORDS, WORDS),
    WORDS | st.none(),
    st.sampled_from(Outcome),
    WORDS,
    st.just((0,)),
).map(lambda one: replace(one, made=one.made[: len(one.changes)]))
REQUEST = st.builds(
    request,
    st.just(RICH),
    state=st.sampled_from(State),
    kind=st.sampled_from(Kind),
    by=st.builds(Actor, WORDS, WORDS),
    reason=WORDS,
    items=st.lists(ITEM, min_size=1, max_size=3).flatmap(
        lambda some: st.sampled_from([1, 4, 10, 34]).map(lambda times: tuple(some * times)[:100])
    ),
    exempts=st.just(EXEMPTING) | st.none(),
    break_glass=st.booleans(),
    no_approver=WORDS | st.none(),
    decided=st.builds(Decided, st.builds(Actor, WORDS, WORDS), WORDS, st.just(AT), WORDS | st.none()) | st.none(),
    ended_at=st.just(AT) | st.none(),
    sentence=WORDS,
)


@given(REQUEST, st.lists(WORDS, max_size=5), st.integers(0, 100) | st.none())
@settings(max_examples=40, deadline=None)
def test_slack_takes_whatever_a_request_holds_and_nothing_of_it_is_markup(
    one: Request, mentions: list[str], done: int | None
) -> None:
    for message in (
        card(one, mentions, AT, done),
        details(one),
        outcome(one, AT),
        line(one),
        asked(one, None, is_new=done is None),
    ):
        payload = accepted(message)
        assert all("<!channel" not in text and "<a" not in text for text in texts(payload))
        assert all(text.count("```") % 2 == 0 for text in texts(payload))
        assert payload["blocks"][-1] == message.payload()["blocks"][-1]
        assert len(message.blocks) <= 50
    said = buttons(accepted(card(one, mentions, AT, done)))
    assert set(said.values()) <= {one.id}
    assert ("Approve" in said) is (one.state is State.REQUESTED and not one.no_approver)


def largest(number: int) -> Item:
    """Return a repository of which everything is longer than it can be."""
    change = Change(
        Rule.TAG_IMMUTABILITY,
        Action.PUT_IMAGE_TAG_MUTABILITY,
        Tags("MUTABLE_WITH_EXCLUSION", ("<" * 128,) * 5),
        Tags("IMMUTABLE_WITH_EXCLUSION", ("&" * 128,) * 5),
        ("&" * 900,) * 5,
    )
    name = f"n{number:02}{'n' * 253}"
    sentences = ("``` & " * 400,) * 8
    return replace(
        failed(item(name, change, change, target=Target("1" * 12, f"r-{number}", "&" * 900))),
        advice=sentences,
        impact=sentences,
        code="`<x>`\n" * 2000,
        sentence="<" * 4000,
    )


def test_the_largest_request_is_shown_without_losing_a_repository_of_its_list_or_the_end_of_its_card() -> None:
    hundred = request(*map(largest, range(100)), reason="&" * 1000)
    said = "\n".join(texts(accepted(details(hundred))))
    assert [said.count(f"`n{n:02}n") for n in range(100)] == [1] * 100
    over = replace(hundred, state=State.FAILED, ended_at=AT, decided=Decided(LEAD, "S0ONCALL", AT, "<" * 1000))
    for one in (over, replace(over, items=over.items[:10]), replace(over, items=over.items[:1])):
        message = card(one, MENTIONS, AT)
        assert len(message.blocks) <= 50
        assert texts(accepted(message))[-1] == PRINT
        assert list(offered(one)) == ["Undo"]
        assert all(text.count("```") in (0, 2) for text in texts(accepted(message)))
        assert len(outcome(one, AT).blocks) <= 50
        accepted(outcome(one, AT))
        accepted(line(one))
