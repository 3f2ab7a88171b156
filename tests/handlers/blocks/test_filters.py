"""Filters keep every asterisk wherever ecrbot shows them: as Slack shows mrkdwn, of which an asterisk is a mark."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from demo.text import plain, show
from ecr.changes import Action, Change, Choice, undone
from ecr.guardrails import Guard, Guarded, Guardrail
from ecr.model import (
    CreationTemplate,
    Exclusion,
    Policy,
    RegistryScanning,
    RegistryState,
    Rule,
    ScanFilter,
    ScanRule,
    Verdict,
)
from ecr.planning import Planned
from ecr.request import Item, Kind, Request, State
from ecr.setting import RegistryFilter, TemplateTags
from handlers.blocks.form import guarding, remediation, undoing
from handlers.blocks.guardrails import GuardrailsView, Reading, guarded
from handlers.blocks.request import card, details, line, outcome
from handlers.blocks.text import clipped, code
from handlers.blocks.text import plain as message_of
from tests.handlers.blocks.examples import AT, PROD, STAGING, accepted, applied, ended, failed, registry, request, texts
from tests.handlers.blocks.test_form import fields

if TYPE_CHECKING:
    from handlers.blocks.text import Message

FILTERS = ("*", "checkout-*", "*-web", "*a*b*")
NAMED = ", ".join(FILTERS)
SENTENCE = f"The filters {NAMED}: {'; '.join(FILTERS)}."
RULE = ScanRule("SCAN_ON_PUSH", tuple(map(ScanFilter, FILTERS)))
HAD = replace(RULE, filters=RULE.filters[1:])
SETTING = f"BASIC, SCAN_ON_PUSH: {NAMED}"
SCANNING = Change(
    Rule.SCAN_ON_PUSH,
    Action.PUT_REGISTRY_SCANNING_CONFIGURATION,
    RegistryFilter("*", is_there=False, scan_type="BASIC", rules=(HAD,)),
    RegistryFilter("*", is_there=True, scan_type="BASIC", rules=(RULE,)),
    (SENTENCE,),
)
FILTERED = TemplateTags("ROOT", "IMMUTABLE_WITH_EXCLUSION", FILTERS, ("REPLICATION",))
TEMPLATE = Change(
    Rule.TAG_IMMUTABILITY,
    Action.UPDATE_REPOSITORY_CREATION_TEMPLATE,
    replace(FILTERED, filters=("x",)),
    FILTERED,
    (SENTENCE,),
)
UNDO_SAYS = "Undo takes out exactly what this adds, and leaves what others added."
GUARDRAIL: dict[str, Any] = {"kind": Kind.GUARDRAIL}
POLICY = Policy(accepted_exclusions=frozenset({"latest"}))


def one(*changes: Change, **more: Any) -> Item:
    return registry(*(changes or (SCANNING, TEMPLATE)), **{"advice": (SENTENCE,), **more})


def seen(payload: dict[str, Any]) -> str:
    """Return what people see of a message or a form; a word joiner is nothing that they see."""
    said = "\n".join(show(block, {}) for block in payload["blocks"])
    return f"{said}\n{plain(payload.get('text', ''))}".replace("\u2060", "")


def seen_of(message: Message) -> str:
    return seen(accepted(message))


def with_sentence(item: Item) -> Item:
    return replace(item, sentence=SENTENCE)


WAITING = request(one(), **GUARDRAIL)
APPLIED = ended(with_sentence(applied(one())), **GUARDRAIL)
FAILED = ended(with_sentence(failed(one())), state=State.FAILED, **GUARDRAIL)
MANY = ended(with_sentence(applied(one())), with_sentence(failed(one(target=STAGING))), **GUARDRAIL)


@pytest.mark.parametrize("of", [WAITING, APPLIED, FAILED, MANY])
def test_a_card_and_its_thread_show_every_filter_whole(of: Request) -> None:
    for said in (seen_of(card(of, (), AT)), seen_of(details(of))):
        assert SETTING in said
        assert f"IMMUTABLE_WITH_EXCLUSION ({NAMED})" in said
        assert f"⚠️ {SENTENCE}" in said
        assert said.count(SENTENCE) >= 3 * len(of.items)


def test_the_text_of_a_card_that_notifications_show_has_every_filter_whole() -> None:
    text = card(request(one(SCANNING), **GUARDRAIL), (), AT).text
    assert f"BASIC, SCAN_ON_PUSH: {', '.join(FILTERS[1:])}` → `{SETTING}`" in plain(text)


@pytest.mark.parametrize("of", [APPLIED, FAILED])
def test_what_came_of_it_shows_every_filter_whole(of: Request) -> None:
    said = seen_of(outcome(of, AT))
    assert SETTING in said
    assert SENTENCE in said


def test_a_line_in_a_digest_channel_shows_every_filter_whole() -> None:
    assert SETTING in seen_of(line(APPLIED))
    assert seen_of(line(MANY)).count(f"once scan-on-push `BASIC, SCAN_ON_PUSH: {', '.join(FILTERS[1:])}` → ") == 2
    failure = ended(with_sentence(failed(one())), with_sentence(failed(one())), state=State.FAILED, **GUARDRAIL)
    assert f"it failed: {SENTENCE}" in seen_of(line(failure))


def test_every_form_shows_every_filter_whole() -> None:
    planned = Planned(items=(one(),), found=1)
    for view in (guarding("D1", planned, Choice(), POLICY, SENTENCE), remediation("D1", planned, Choice(), POLICY)):
        assert SETTING in seen(view)
        assert seen(view).count(SENTENCE) >= 3
    assert seen(guarding("D1", planned, Choice(), POLICY, SENTENCE)).startswith(f"⚠️ {SENTENCE}")
    assert SETTING in seen(undoing(APPLIED, at_once=False))


def test_a_refusal_shows_every_filter_whole() -> None:
    assert seen_of(message_of(SENTENCE)) == f"{SENTENCE}\n{SENTENCE}"


def guards(*sentences: str, verdict: Verdict = Verdict.FAIL) -> Guarded:
    templates = tuple(
        CreationTemplate(f"t{n:02}", ("REPLICATION",), "IMMUTABLE_WITH_EXCLUSION", tuple(map(Exclusion, FILTERS)))
        for n in range(30)
    )
    found = (
        Guard(Guardrail.SCANNING_RULE, Verdict.FAIL, (SENTENCE,)),
        Guard(Guardrail.CREATION_TEMPLATE, verdict, sentences),
    )
    state = RegistryState("1" * 12, RegistryScanning("BASIC", (RULE,)), templates)
    return Guarded(PROD, state, found, 2, AT)


def answer(found: Guarded) -> dict[str, Any]:
    return accepted(guarded([found], GuardrailsView(), Reading(datetime(2026, 11, 25, 2, 30, tzinfo=UTC))))


def test_what_guards_shows_every_filter_whole() -> None:
    said = seen(answer(guards(SENTENCE, "Another.")))
    assert f"Scanning {SENTENCE}" in said
    assert f"Creation templates {SENTENCE} Another." in said
    assert f"Its rules: `{SETTING}`" in said


def test_evidence_without_room_is_cut_between_sentences_and_templates_between_each_other() -> None:
    sentences = tuple(f"Template t{n:02}: Tag mutability is MUTABLE: every tag can be overwritten." for n in range(30))
    lines = texts(answer(guards(*sentences)))[1].splitlines()
    evidence, there = lines[3:]
    assert evidence == f":red_circle: *Creation templates* {' '.join(sentences[:11])} And 19 more templates."
    template = "`template t{:02} with IMMUTABLE_WITH_EXCLUSION (*, checkout-*, *-web, *a*b*) for REPLICATION`"
    assert there == f"Its templates: {', '.join(template.format(n) for n in range(5))} and 25 more"


def test_one_sentence_that_has_no_room_is_cut_and_the_one_left_is_counted() -> None:
    lines = texts(answer(guards("x" * 4000, "y" * 400)))[1].splitlines()
    assert lines[3] == f":red_circle: *Creation templates* {'x' * 499}… And 1 more template."


@pytest.mark.parametrize("longest", range(3, 14))
def test_code_that_is_cut_is_closed_again(longest: int) -> None:
    said = clipped(f"{code('ab')} {code('cd & ef')}", longest)
    assert len(said) <= longest
    assert said.count("`") % 2 == 0


def test_what_undo_will_do_is_said_while_it_can_be_done() -> None:
    assert UNDO_SAYS in texts(accepted(card(WAITING, (), AT)))
    assert UNDO_SAYS in texts(accepted(card(APPLIED, (), AT)))
    assert UNDO_SAYS in texts(guarding("D1", Planned(items=(one(),), found=1), Choice(), POLICY))
    denied = replace(WAITING, state=State.DENIED)
    undo = request(one(*undone((SCANNING, TEMPLATE))), kind=Kind.UNDO, undoes="R1")
    for other in (denied, undo, request()):
        assert UNDO_SAYS not in texts(accepted(card(other, (), AT)))


def test_what_an_undo_gives_up_is_shown_in_its_form_and_on_its_card() -> None:
    back = undone((SCANNING,))
    [losing, *_] = back[0].lines
    assert losing in seen(undoing(ended(applied(one(SCANNING)), **GUARDRAIL), at_once=True))
    assert losing in seen_of(card(request(one(*back), kind=Kind.UNDO, undoes="R1"), (), AT))


@pytest.mark.parametrize("made", [guarding, remediation])
def test_which_tags_may_stay_mutable_is_asked_only_where_tags_are_to_be_immutable(made: Any) -> None:
    planned = Planned(items=(one(SCANNING),), found=1)
    unticked = made("D1", planned, Choice(frozenset({Rule.SCAN_ON_PUSH})), POLICY)
    assert list(fields(unticked)) == ["rules", "reason"]
    ticked = made("D1", Planned(items=(one(),), found=1), Choice(), POLICY)
    assert list(fields(ticked)) == ["rules", "exclusions", "reason"]


def test_the_number_decides_between_was_and_were() -> None:
    two = ended(applied(one()), applied(one(target=STAGING)), failed(one()), state=State.FAILED, **GUARDRAIL)
    assert line(two).text.startswith("2 of 3 registries were guarded by <@U0EVA>")
    assert ": 2 times scan-on-push `" in line(two).text
    assert line(MANY).text.startswith("1 of 2 registries was guarded by <@U0EVA>")
