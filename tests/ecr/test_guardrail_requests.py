"""Requests for guardrails: asked for, approved, merged into what is there, read back, and taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ecr.approval import Decision
from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.errors import BlockedByOrganizationError, UnreachableError, UsageError
from ecr.guardrail_plan import LITERAL
from ecr.guardrails import REGISTRY
from ecr.model import CreationTemplate, Mode, RegistryScanning, Rule, ScanFilter, ScanRule, Verdict
from ecr.names import parse
from ecr.request import Kind, State
from tests.company import ENGINEER, ONCALL, PROD, SECOND, Company
from tests.ecr.plain_registry import repository
from tests.plain_writer import shown

if TYPE_CHECKING:
    from pathlib import Path

    from ecr.request import Request

PUT = "PutRegistryScanningConfiguration"


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Return a company whose two repositories nothing scans."""
    names = ("payments-api", "web")
    return Company(tmp_path / "ecrbot.db", {PROD: tuple(repository(PROD, name, scan_on_push=False) for name in names)})


def rules(*texts: str, frequency: str = "SCAN_ON_PUSH") -> ScanRule:
    return ScanRule(frequency, tuple(map(ScanFilter, texts)))


def approved(company: Company, *wanted: Rule, by: str = ENGINEER) -> Request:
    """Ask for guardrails, approve them and have them applied."""
    asked = company.ask_to_guard(*wanted, by=by).request
    return carried_out(company, asked.id)


def carried_out(company: Company, request: str, by: str = ONCALL) -> Request:
    company.deciding.decide(request, Decision.APPROVE, by)
    company.fulfilment.fulfil(request)
    return company.now(request)


def undone(company: Company, request: str) -> Request:
    """Have an approver undo a request, at once."""
    asked = company.asking.undo(request, "it was too much", SECOND).request
    company.fulfilment.fulfil(asked.id)
    return company.now(asked.id)


def present(company: Company) -> str:
    return shown(company.registry.configuration.get(PROD, RegistryScanning("BASIC")))


def test_a_bare_account_is_guarded_by_two_requests_and_bare_again_by_two_undos(company: Company) -> None:
    first, second = approved(company, Rule.SCAN_ON_PUSH), approved(company, Rule.TAG_IMMUTABILITY)
    assert (first.kind, first.state, second.state) == (Kind.GUARDRAIL, State.APPLIED, State.APPLIED)
    assert present(company) == "BASIC SCAN_ON_PUSH:*"
    assert company.registry.made_by[PROD] == (CreationTemplate("ROOT", ("CREATE_ON_PUSH", "REPLICATION"), "IMMUTABLE"),)
    assert [undone(company, one.id).state for one in (second, first)] == [State.APPLIED, State.APPLIED]
    assert (present(company), company.registry.made_by[PROD]) == ("BASIC", ())
    assert [company.now(one.id).state for one in (first, second)] == [State.UNDONE, State.UNDONE]


def test_what_is_applied_is_told_as_it_was_read_back(company: Company) -> None:
    one = approved(company)
    assert one.sentence == (
        "Verified: The BASIC registry rule with the filter * scans every repository on push. "
        "Template ROOT: Tag mutability is IMMUTABLE: no tag can be overwritten."
    )
    assert [(item.name, item.made) for item in one.items] == [(REGISTRY, (0, 1))]


def test_other_teams_rules_and_templates_are_kept(company: Company) -> None:
    company.registry.configuration[PROD] = RegistryScanning(
        "ENHANCED", (rules("team-a"), rules("team-b", frequency="CONTINUOUS_SCAN"))
    )
    theirs = CreationTemplate("cache", ("PULL_THROUGH_CACHE",), "MUTABLE")
    company.registry.made_by[PROD] = (theirs,)
    one = approved(company)
    assert present(company) == "ENHANCED SCAN_ON_PUSH:team-a,* CONTINUOUS_SCAN:team-b"
    assert theirs in company.registry.made_by[PROD]
    undone(company, one.id)
    assert present(company) == "ENHANCED SCAN_ON_PUSH:team-a CONTINUOUS_SCAN:team-b"
    assert company.registry.made_by[PROD] == (theirs,)


def test_an_edit_between_asking_and_applying_is_kept_and_told(company: Company) -> None:
    asked = company.ask_to_guard(Rule.SCAN_ON_PUSH).request
    company.registry.configuration[PROD] = RegistryScanning("BASIC", (rules("theirs"),))
    one = carried_out(company, asked.id)
    assert (present(company), one.state) == ("BASIC SCAN_ON_PUSH:theirs,*", State.APPLIED)
    assert one.sentence.endswith("Somebody else added theirs (SCAN_ON_PUSH) meanwhile.")


def test_an_edit_right_after_the_write_is_found_by_reading_back_and_told(company: Company) -> None:
    def edit(written: RegistryScanning) -> None:
        only = written.rules[0]
        company.registry.configuration[PROD] = RegistryScanning(
            "BASIC", (ScanRule(only.frequency, (*only.filters, ScanFilter("late"))),)
        )

    company.writer.after_rules = edit
    one = approved(company, Rule.SCAN_ON_PUSH)
    assert one.state is State.APPLIED
    assert one.sentence.endswith("Somebody else added late (SCAN_ON_PUSH) meanwhile.")
    company.writer.after_rules = lambda _written: None
    undone(company, one.id)
    assert present(company) == "BASIC SCAN_ON_PUSH:late"


def test_what_another_writer_overwrote_is_applied_and_not_verified_and_who_did_is_told(company: Company) -> None:
    def overwrite(_written: RegistryScanning) -> None:
        company.registry.configuration[PROD] = RegistryScanning("BASIC", (rules("theirs"),))

    company.writer.after_rules = overwrite
    one = approved(company, Rule.SCAN_ON_PUSH)
    assert one.state is State.FAILED
    assert one.sentence == (
        "Applied, not verified: scan-on-push is not BASIC, SCAN_ON_PUSH: *: it is BASIC, SCAN_ON_PUSH: theirs. "
        "Somebody else added theirs (SCAN_ON_PUSH) meanwhile."
    )


def test_a_registry_that_became_enhanced_is_left_alone(company: Company) -> None:
    asked = company.ask_to_guard(Rule.SCAN_ON_PUSH).request
    company.registry.configuration[PROD] = RegistryScanning("ENHANCED")
    one = carried_out(company, asked.id)
    assert (present(company), one.state, company.writer.puts) == ("ENHANCED", State.FAILED, [])
    assert "Changed since: scan-on-push was BASIC without any scanning rule and is ENHANCED" in one.sentence


def test_a_template_that_changed_since_is_left_alone(company: Company) -> None:
    asked = company.ask_to_guard(Rule.TAG_IMMUTABILITY).request
    theirs = CreationTemplate("ROOT", ("REPLICATION",), "MUTABLE")
    company.registry.made_by[PROD] = (theirs,)
    one = carried_out(company, asked.id)
    assert (company.registry.made_by[PROD], one.state) == ((theirs,), State.FAILED)
    assert "Changed since: tag-immutability was no template ROOT and is template ROOT with MUTABLE" in one.sentence


def test_a_filter_that_somebody_else_added_meanwhile_is_theirs(company: Company) -> None:
    asked = company.ask_to_guard(Rule.SCAN_ON_PUSH).request
    company.registry.configuration[PROD] = RegistryScanning("BASIC", (rules("*"),))
    one = carried_out(company, asked.id)
    assert (one.state, one.items[0].made, company.writer.puts) == (State.APPLIED, (), [])
    assert "was there already, so nothing was written" in one.sentence
    assert not one.can_be_undone(company.clock())


def test_a_filter_that_two_requests_needed_goes_with_the_last_of_them(company: Company) -> None:
    company.registry.configuration[PROD] = RegistryScanning("BASIC", (rules("other"),))
    one = company.ask("payments-api", rules=frozenset({Rule.SCAN_ON_PUSH})).request
    both = company.ask("payments-api", "web", rules=frozenset({Rule.SCAN_ON_PUSH})).request
    assert carried_out(company, one.id).state is State.APPLIED
    assert carried_out(company, both.id).state is State.APPLIED
    assert present(company) == "BASIC SCAN_ON_PUSH:other,payments-api,web"
    first = undone(company, one.id)
    assert (present(company), first.state) == ("BASIC SCAN_ON_PUSH:other,payments-api,web", State.APPLIED)
    assert first.sentence.endswith(f"The filter payments-api stays, for request {both.id} needs it.")
    assert undone(company, both.id).state is State.APPLIED
    assert present(company) == "BASIC SCAN_ON_PUSH:other"


def test_what_only_the_registry_can_mend_is_one_write_for_all_repositories_of_a_request(company: Company) -> None:
    company.registry.configuration[PROD] = RegistryScanning("ENHANCED", (rules("other"),))
    asked = company.ask("payments-api", "web").request
    one = carried_out(company, asked.id)
    assert [put for _, name, put in company.writer.puts if name == REGISTRY] == [
        "ENHANCED SCAN_ON_PUSH:other,payments-api,web"
    ]
    assert one.state is State.APPLIED


def test_what_the_organization_blocks_is_told_as_that_and_nothing_is_changed(company: Company) -> None:
    company.writer.refuse[REGISTRY, PUT] = BlockedByOrganizationError("An organization policy manages scanning.")
    one = approved(company, Rule.SCAN_ON_PUSH)
    assert (present(company), one.state) == ("BASIC", State.FAILED)
    assert one.sentence == (
        "Nothing was changed. scan-on-push failed: An organization policy manages scanning. Ask anew to try again."
    )


def test_a_lost_answer_is_not_taken_for_a_refusal(company: Company) -> None:
    def lose(written: RegistryScanning) -> None:
        company.registry.configuration[PROD] = written
        raise UnreachableError("No answer.")

    company.writer.before_rules = lose
    one = approved(company, Rule.SCAN_ON_PUSH)
    assert (one.state, one.items[0].made) == (State.APPLIED, (0,))


def test_while_another_request_has_the_turn_nothing_is_written(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecr.rules_writing.TURN_SECONDS", 0.0)
    assert company.memory.turns.take(str(PROD.account), PROD.region, "R0OTHER", at=company.clock())
    one = approved(company, Rule.SCAN_ON_PUSH)
    assert (one.state, company.writer.puts) == (State.FAILED, [])
    assert "Another request writes the rules of this registry" in one.sentence


def test_the_turn_is_given_back(company: Company) -> None:
    approved(company, Rule.SCAN_ON_PUSH)
    assert company.memory.turns.take(str(PROD.account), PROD.region, "R0OTHER", at=company.clock())


def test_a_registry_that_changed_since_the_form_was_opened_is_not_asked_for(company: Company) -> None:
    theirs = RegistryScanning("BASIC", (rules("theirs"),))
    with pytest.raises(UsageError, match="has changed since the form was opened"):
        company.ask_to_guard(meanwhile=lambda: company.registry.configuration.update({PROD: theirs}))


def test_a_new_repository_passes_because_of_the_rule(company: Company) -> None:
    approved(company)
    company.registry.holds[PROD] += (repository(PROD, "new", scan_on_push=False),)
    report = Checker(company.registry, company.policy, company.clock).check((parse("new"),), Deadline.after(5))
    assert report.verdict is Verdict.PASS


def test_an_undo_leaves_a_template_alone_that_somebody_has_set_more_in(company: Company) -> None:
    one = approved(company, Rule.TAG_IMMUTABILITY)
    [made] = company.registry.made_by[PROD]
    theirs = replace(made, others=("lifecyclePolicy", "repositoryPolicy"))
    company.registry.made_by[PROD] = (theirs,)
    undo = undone(company, one.id)
    assert (company.registry.made_by[PROD], undo.state) == ((theirs,), State.FAILED)
    assert "and its own lifecyclePolicy, repositoryPolicy" in undo.sentence
    assert company.now(one.id).state is State.APPLIED


def test_a_template_that_is_as_wanted_by_then_holds_up_nothing_and_is_not_ours(company: Company) -> None:
    asked = company.ask_to_guard().request
    theirs = CreationTemplate("ROOT", ("CREATE_ON_PUSH", "REPLICATION"), "IMMUTABLE")
    company.registry.made_by[PROD] = (theirs,)
    one = carried_out(company, asked.id)
    assert (one.state, present(company)) == (State.APPLIED, "BASIC SCAN_ON_PUSH:*")
    assert "Template ROOT was so already" in one.sentence
    undone(company, one.id)
    assert (company.registry.made_by[PROD], present(company)) == ((theirs,), "BASIC")


def test_a_template_that_is_gone_already_is_undone(company: Company) -> None:
    one = approved(company, Rule.TAG_IMMUTABILITY)
    company.registry.made_by[PROD] = ()
    assert undone(company, one.id).state is State.APPLIED
    assert company.now(one.id).state is State.UNDONE


def test_a_refusal_without_a_try_is_no_deed_of_ours_where_somebody_else_has_done_it(company: Company) -> None:
    company.registry.configuration[PROD] = RegistryScanning("BASIC", (rules("other"),))
    asked = company.ask("web", rules=frozenset({Rule.SCAN_ON_PUSH})).request
    full = rules(*(f"team-{number}" for number in range(100)))
    company.registry.configuration[PROD] = RegistryScanning("BASIC", (full,))
    one = carried_out(company, asked.id)
    assert (one.state, one.items[0].made) == (State.FAILED, ())
    assert "has its 100 filters" in one.sentence


def test_in_literal_mode_it_is_said_that_verdicts_stay(company: Company) -> None:
    company.policy = replace(company.policy, mode=Mode.LITERAL)
    one = company.ask_to_guard(Rule.SCAN_ON_PUSH).request
    assert one.items[0].changes[0].lines[-1] == LITERAL
