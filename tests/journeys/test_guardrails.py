"""Guardrails for an account: what is there, asked for by a form, approved, merged into what others have, taken back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from demo.aws import LocalAws
from demo.aws.answers import RefusalError
from demo.text import render
from demo.workspace import Workspace
from tests.journeys.approvals import ENG, ENGINEER, NOW, ONCALL, REGION, SETTINGS_OF_REQUESTS, Approvals
from tests.journeys.conftest import staff
from tests.journeys.surroundings import PROD, SANDBOX, STAGING, Bot

if TYPE_CHECKING:
    from collections.abc import Iterator

SCAN, TAGS = "scan-on-push", "tag-immutability"
PUT = "PutRegistryScanningConfiguration"
ROOT = {"ROOT": ("IMMUTABLE", ("CREATE_ON_PUSH", "REPLICATION"))}


@pytest.fixture(scope="module")
def guarding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Approvals]:
    """A bot in Socket Mode, in accounts that have one repository each."""
    with LocalAws() as aws, Workspace() as slack:
        aws.reset()
        staff(slack)
        for account in (PROD, STAGING, SANDBOX):
            aws.create(account, REGION, "payments-api", mutability="IMMUTABLE")
        bot = Bot(slack, aws, tmp_path_factory.mktemp("bot"), "socket", SETTINGS_OF_REQUESTS)
        try:
            bot.start()
            yield Approvals(bot)
        finally:
            bot.kill()


@pytest.fixture
def guards(guarding: Approvals) -> Iterator[Approvals]:
    """That bot before bare registries; nothing that it said may have been refused by Slack."""
    yield guarding
    guarding.aws.clear()
    for account in (PROD, STAGING, SANDBOX):
        guarding.aws.scanning(account, REGION)
        for prefix in guarding.templates(account):
            guarding.aws.client("ecr", account, REGION).delete_repository_creation_template(prefix=prefix)
    assert guarding.slack.refusals == ()


def approved(guards: Approvals, *rules: str, saying: str = "Verified") -> str:
    """Ask for guardrails by the form, let on-call approve, and return the card as text once it says something."""
    guards.ask_to_guard(*rules)
    guards.press("Approve")
    return render(guards.card(saying=saying))


def undo(guards: Approvals, number: int) -> None:
    """Let on-call undo what a card tells of, at once."""
    before = len(guards.cards())
    guards.press("Undo", ONCALL, card=guards.cards()[number])
    guards.submit(guards.form(ONCALL), ONCALL, reason="it was too much")
    guards.slack.wait_for(lambda: len(guards.cards()) > before, timeout=20, what="the card of the undo")
    guards.card(saying="Verified: it is as it was before")


def test_a_bare_account_is_guarded_by_two_approved_requests_and_bare_again_by_two_undos(guards: Approvals) -> None:
    assert "is not guarded" in render(guards.guardrails())
    first = len(guards.cards())
    assert "`BASIC without any scanning rule` → `BASIC, SCAN_ON_PUSH: *`" in approved(guards, SCAN)
    assert "`no template ROOT` → `template ROOT with IMMUTABLE for CREATE_ON_PUSH, REPLICATION`" in approved(
        guards, TAGS
    )
    assert (guards.rules(), guards.templates()) == (("BASIC", ("SCAN_ON_PUSH", "*")), ROOT)
    assert "is guarded" in render(guards.guardrails())
    undo(guards, first + 1)
    undo(guards, first)
    assert (guards.rules(), guards.templates()) == (("BASIC",), {})
    assert "is not guarded" in render(guards.guardrails())


def test_other_teams_rules_and_templates_are_shown_and_kept(guards: Approvals) -> None:
    guards.aws.scanning(PROD, REGION, "ENHANCED", [("CONTINUOUS_SCAN", ["team-b"]), ("SCAN_ON_PUSH", ["team-a"])])
    ecr = guards.aws.client("ecr", PROD, REGION)
    ecr.create_repository_creation_template(
        prefix="cache", imageTagMutability="MUTABLE", appliedFor=["PULL_THROUGH_CACHE"]
    )
    shown = render(guards.guardrails())
    assert "team-a" in shown
    assert "team-b" in shown
    assert "template cache with MUTABLE for PULL_THROUGH_CACHE" in shown
    before = len(guards.cards())
    card = approved(guards)
    theirs = {"cache": ("MUTABLE", ("PULL_THROUGH_CACHE",))}
    merged = ("ENHANCED", ("CONTINUOUS_SCAN", "team-b"), ("SCAN_ON_PUSH", "team-a", "*"))
    assert (guards.rules(), guards.templates()) == (merged, {**ROOT, **theirs})
    assert "Amazon Inspector charges for each image" in card
    undo(guards, before)
    untouched = ("ENHANCED", ("CONTINUOUS_SCAN", "team-b"), ("SCAN_ON_PUSH", "team-a"))
    assert (guards.rules(), guards.templates()) == (untouched, theirs)


def test_an_edit_right_before_the_write_is_told_and_one_right_after_it_is_kept(guards: Approvals) -> None:
    guards.aws.after(PUT, lambda: _add_late(guards), account=PROD)
    card = approved(guards, SCAN)
    assert guards.rules() == ("BASIC", ("SCAN_ON_PUSH", "*", "late"))
    assert "Somebody else added late (SCAN_ON_PUSH) meanwhile." in card


def _add_late(guards: Approvals) -> None:
    guards.aws.scanning(PROD, REGION, "BASIC", [("SCAN_ON_PUSH", ["*", "late"])])


def test_what_is_created_afterwards_passes_because_of_the_template_and_the_rule(guards: Approvals) -> None:
    with pytest.raises(RefusalError, match="does not exist"):
        guards.aws.push(PROD, REGION, "new-api", ["1"])
    approved(guards)
    guards.aws.push(PROD, REGION, "new-api", ["1"])
    guards.aws.replicate(PROD, REGION, "copied-api", ["1"])
    for name in ("new-api", "copied-api"):
        answer = guards.ecr(f"check {name}")
        assert "Compliant" in answer
        assert "Non-compliant" not in answer
    # What somebody creates by themselves is scanned by the rule, and its tags no setting of ECR guards.
    guards.create("own-api")
    answer = guards.ecr("check own-api")
    assert "The BASIC registry rule with the filter * scans it on push" in answer
    assert "MUTABLE" in answer


def test_what_is_known_is_told_at_once_and_gives_way_to_what_aws_answers(guards: Approvals) -> None:
    guards.guardrails()
    guards.aws.scanning(PROD, REGION, "BASIC", [("SCAN_ON_PUSH", ["*"])])
    guards.aws.hang(account=PROD, operation="GetRegistryScanningConfiguration")
    delivery = guards.slack.command("guardrails prod", user=ENGINEER, channel=ENG)
    known = render(delivery.wait_answer()[-1])
    assert "Asking AWS…" in known
    assert "the BASIC registry has no scanning rule" in known
    guards.aws.clear()
    guards.slack.wait_for(lambda: NOW in render(delivery.messages()[-1]), timeout=20, what="the answer by now")
    [now] = delivery.messages()
    assert "with the filter * scans every repository on push" in render(now)


def test_an_organization_that_manages_scanning_is_told_as_that(guards: Approvals) -> None:
    guards.aws.block_scanning(PROD)
    card = approved(guards, SCAN, saying="Failed")
    assert "Nothing was changed." in card
    assert "organization" in card.lower()
    assert guards.rules() == ("BASIC",)


def test_without_the_rights_the_action_and_the_role_are_named(guards: Approvals) -> None:
    guards.aws.fail("DescribeRepositoryCreationTemplates", "AccessDeniedException", account=PROD)
    answer = render(guards.guardrails())
    assert "ecr:DescribeRepositoryCreationTemplates" in answer
    assert "ecrbot-read" in answer
    guards.aws.clear()
    guards.aws.fail(PUT, "AccessDeniedException", account=PROD)
    card = approved(guards, SCAN, saying="Failed")
    assert f"ecr:{PUT}" in card
    assert "ecrbot-remediate" in card
    assert guards.rules() == ("BASIC",)


def test_where_the_rule_has_a_hundred_filters_the_form_says_what_to_merge(guards: Approvals) -> None:
    full = [f"team-{number:03}" for number in range(100)]
    guards.aws.scanning(PROD, REGION, "BASIC", [("SCAN_ON_PUSH", full)])
    guards.press("Guard", ENGINEER, card=guards.guardrails())
    view = str(guards.form(ENGINEER))
    assert "The filter * cannot be added: the rule that scans on push has its 100 filters." in view
    assert "team-*" in view


def test_two_requests_at_once_write_one_registry_one_after_the_other(guards: Approvals) -> None:
    guards.aws.scanning(PROD, REGION, "BASIC", [("SCAN_ON_PUSH", ["theirs"])])
    name = guards.create("crowded-api", mutability="IMMUTABLE")
    guards.ask_to_guard(SCAN)
    guards.ask(name, rules=[SCAN])
    guards.aws.slow(0.5, PUT, account=PROD)
    cards = guards.cards()[-2:]
    for card in cards:
        guards.press("Approve", card=card)
    for number in (-1, -2):
        guards.card(saying="Verified", number=number)
    [scan_type, (frequency, *filters)] = guards.rules()
    assert (scan_type, frequency, filters[0], sorted(filters)) == (
        "BASIC",
        "SCAN_ON_PUSH",
        "theirs",
        ["*", name, "theirs"],
    )


def test_the_command_line_tells_the_same(guards: Approvals) -> None:
    bare = guards.bot.command("guardrails", "prod", "--json")
    assert bare.returncode == 1
    approved(guards)
    guarded = guards.bot.command("guardrails", "prod", "--json")
    assert guarded.returncode == 0
    [row], [before] = json.loads(guarded.stdout), json.loads(bare.stdout)
    assert (before["account"], row["account"], before["verdict"], row["verdict"]) == (PROD, PROD, "fail", "pass")
    fixed = guards.bot.command("fix", "payments-api", "--as", "cli")
    assert "payments-api" in fixed.stdout + fixed.stderr
