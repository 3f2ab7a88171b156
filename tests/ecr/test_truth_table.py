"""The contract's truth table, row by row, in both modes, by the pure functions."""

from __future__ import annotations

from typing import Any

import pytest

from ecr import controls
from ecr.model import (
    Mode,
    Observation,
    Policy,
    RepositoryScanning,
    ScanFilter,
    ScanRule,
    Target,
    Unreadable,
    Verdict,
    worst,
)
from ecr.scanning import is_ambiguous
from tests.ecr.plain_registry import repository
from tests.ecr.truth_table import ACCEPTED, MISSED, NAME, SCANS, TAGS, Scans, Tags, basic, enhanced, rule

TARGET = Target("123456789012", "eu-west-1")
REFUSED = Unreadable("It may not be read.")


def observed(row: Scans, **values: Any) -> Observation:
    found = repository(TARGET, NAME, scan_on_push=row.flag, **values)
    return Observation(found, row.registry or REFUSED, row.batch)


@pytest.mark.parametrize("row", TAGS, ids=str)
@pytest.mark.parametrize("mode", Mode)
def test_tag_mutability_is_judged_as_the_table_says(row: Tags, mode: Mode) -> None:
    found = repository(TARGET, NAME, tag_mutability=row.value, exclusions=row.filters)
    finding = controls.tag_immutability(found, Policy(mode, row.accepted))
    assert finding.verdict == getattr(row, mode)


@pytest.mark.parametrize("row", SCANS, ids=str)
@pytest.mark.parametrize("mode", Mode)
def test_scanning_is_judged_as_the_table_says(row: Scans, mode: Mode) -> None:
    assessment = controls.evaluate(observed(row), Policy(mode), TARGET)
    assert (assessment.findings[1].verdict, assessment.effective_scanning) == (getattr(row, mode), row.frequency)


@pytest.mark.parametrize("row", SCANS, ids=str)
def test_batch_get_is_wanted_for_exactly_the_rows_that_it_decides(row: Scans) -> None:
    assert is_ambiguous(observed(row).repository, row.registry or REFUSED) == (row.batch is not None)


@pytest.mark.parametrize("row", [row for row in SCANS if row.batch], ids=str)
def test_what_batch_get_decides_is_unknown_before_it_was_asked(row: Scans) -> None:
    unasked = Observation(observed(row).repository, MISSED)
    assert controls.evaluate(unasked, Policy(), TARGET).findings[1].verdict == "unknown"


@pytest.mark.parametrize("row", [*TAGS, *SCANS], ids=str)
@pytest.mark.parametrize("mode", Mode)
def test_the_evidence_is_one_sentence(row: Tags | Scans, mode: Mode) -> None:
    if isinstance(row, Tags):
        seen = Observation(repository(TARGET, NAME, tag_mutability=row.value, exclusions=row.filters), basic())
        evidence = controls.evaluate(seen, Policy(mode, row.accepted), TARGET).findings[0].evidence
    else:
        evidence = controls.evaluate(observed(row), Policy(mode), TARGET).findings[1].evidence
    assert evidence[0].isupper() or evidence.startswith("scanOnPush")
    assert evidence.endswith(".")
    assert ". " not in evidence


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (SCANS[0], "The ENHANCED registry rule with the filter * scans it continuously, from the push on."),
        (SCANS[2], "The ENHANCED registry rule with the filter pay scans it on push."),
        (
            Scans(enhanced(rule("SCAN_ON_PUSH", "other-*")), False, "fail", "fail", "MANUAL"),
            "Registry scanning is ENHANCED and no rule matches this repository.",
        ),
        (
            Scans(basic(), False, "fail", "fail", "MANUAL"),
            "scanOnPush is false and the registry is BASIC without any scanning rule.",
        ),
        (
            Scans(None, True, "unknown", "pass", None),
            "The registry's scanning configuration could not be read: It may not be read.",
        ),
        (
            Scans(MISSED, True, "pass", "pass", "SCAN_ON_PUSH", RepositoryScanning("SCAN_ON_PUSH", scan_on_push=True)),
            "scanOnPush is true but no registry rule matches; ECR itself says that it is scanned on push.",
        ),
    ],
    ids=str,
)
def test_the_evidence_says_what_decided(row: Scans, said: str) -> None:
    assert controls.evaluate(observed(row), Policy(), TARGET).findings[1].evidence == said


def test_a_flag_that_is_left_over_under_enhanced_is_said_to_count_for_nothing() -> None:
    row = Scans(enhanced(), True, "fail", "pass", "MANUAL")
    evidence = controls.evaluate(observed(row), Policy(), TARGET).findings[1].evidence
    assert evidence.endswith("matches this repository, and its own scanOnPush flag counts for nothing there.")


def test_the_filter_that_is_shown_is_one_that_is_understood() -> None:
    both = ScanRule("SCAN_ON_PUSH", (ScanFilter("pay", understood=False), ScanFilter("api")))
    row = Scans(basic(both), False, "pass", "fail", "SCAN_ON_PUSH")
    evidence = controls.evaluate(observed(row), Policy(), TARGET).findings[1].evidence
    assert evidence == "The BASIC registry rule with the filter api scans it on push."


def test_what_the_policy_does_not_accept_is_named() -> None:
    row = next(row for row in TAGS if row.filters and [one.text for one in row.filters] == ["latest", "release-*"])
    found = repository(TARGET, NAME, tag_mutability=row.value, exclusions=row.filters)
    finding = controls.tag_immutability(found, Policy(Mode.EFFECTIVE, ACCEPTED - {"*", "**"}))
    assert finding.evidence == (
        "Tags matching release-* can be overwritten; the policy accepts dev-* and latest alone."
    )


def test_a_repository_whose_answer_has_a_defect_is_unknown_by_both_rules() -> None:
    found = repository(TARGET, NAME, tag_mutability="MUTABLE", scan_on_push=False, defect="It lacks its name.")
    for mode in Mode:
        assessment = controls.evaluate(Observation(found, basic()), Policy(mode), TARGET)
        assert [(one.verdict, one.evidence) for one in assessment.findings] == [("unknown", "It lacks its name.")] * 2
        assert assessment.effective_scanning is None


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((), "unknown"),
        (("pass", "pass"), "pass"),
        (("pass", "exempt"), "exempt"),
        (("exempt", "unknown"), "unknown"),
        (("unknown", "fail"), "fail"),
        (("fail", "pass"), "fail"),
    ],
)
def test_the_worst_verdict_counts(verdicts: tuple[str, ...], expected: str) -> None:
    assert worst(tuple(map(Verdict, verdicts))) == expected


def test_a_repository_s_verdict_is_the_worst_of_its_rules() -> None:
    mutable = Observation(repository(TARGET, NAME, tag_mutability="MUTABLE"), REFUSED)
    unread = Observation(repository(TARGET, NAME), REFUSED)
    assert controls.evaluate(mutable, Policy(), TARGET).verdict == "fail"
    assert controls.evaluate(unread, Policy(), TARGET).verdict == "unknown"
    assert controls.evaluate(unread, Policy(Mode.LITERAL), TARGET).verdict == "pass"
