"""What was seen, as intervals: whatever is read in whatever order, nothing is open twice and nothing old comes back."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecr.model import Rule, Verdict
from ecr.swept import Changes
from tests.store.world import (
    AT,
    EXEMPT,
    FAIL,
    PASS,
    PROD,
    SCAN,
    STAGING,
    TAGS,
    UNKNOWN,
    after,
    checked,
    read,
    seen,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from store.history import SqliteHistory

NAMES = ("api", "web", "batch")
STEP = timedelta(minutes=10)

Judged = tuple[Verdict, Verdict]

FINDINGS = "SELECT rule, opened_at, closed_at, closed_how FROM findings ORDER BY id"
INVARIANTS = {
    "a present repository without exactly one open interval of settings, or a gone one with any": """
        SELECT r.name FROM repositories r LEFT JOIN settings s ON s.repository_id = r.id AND s.until IS NULL
        GROUP BY r.id HAVING count(s.since) <> (r.gone_at IS NULL)
    """,
    "two open findings of a rule, or any of a repository that is gone": """
        SELECT r.name FROM findings f JOIN repositories r ON r.id = f.repository_id WHERE f.closed_at IS NULL
        GROUP BY f.repository_id, f.rule HAVING count(*) > (r.gone_at IS NULL)
    """,
    "a wrong count of open findings": """
        SELECT r.name FROM repositories r WHERE r.open_findings <>
            (SELECT count(*) FROM findings f WHERE f.repository_id = r.id AND f.closed_at IS NULL)
    """,
    "a finding that was closed before it was opened": "SELECT id FROM findings WHERE closed_at < opened_at",
    "a closed finding without how, or an open one with it": """
        SELECT id FROM findings WHERE (closed_at IS NULL) <> (closed_how IS NULL)
            OR (closed_at IS NULL) <> (closed_change IS NULL)
    """,
    "findings of a rule that overlap": """
        SELECT a.id FROM findings a JOIN findings b ON b.repository_id = a.repository_id AND b.rule = a.rule
        WHERE b.id > a.id AND (a.closed_at IS NULL OR b.opened_at < a.closed_at)
    """,
    "settings that end before they begin": "SELECT repository_id FROM settings WHERE until < since",
    "settings that overlap": """
        SELECT a.repository_id FROM settings a JOIN settings b ON b.repository_id = a.repository_id
        WHERE b.since > a.since AND (a.until IS NULL OR b.since < a.until)
    """,
    "present settings that are not the repository's": """
        SELECT r.name FROM repositories r JOIN settings s ON s.repository_id = r.id AND s.until IS NULL
        WHERE s.values_id <> r.settings_id
    """,
    "keys that point nowhere": "PRAGMA foreign_key_check",
}


def broken(path: Path) -> list[str]:
    """Return the invariants that do not hold."""
    with closing(sqlite3.connect(path)) as database:
        return [what for what, sql in INVARIANTS.items() if database.execute(sql).fetchall()]


@dataclass(frozen=True)
class Look:
    """A reading: when it began, when it was saved, by a clock that nobody set back; what it saw, and of what."""

    began: int
    late: int
    holds: dict[str, Judged]
    whole: bool

    @property
    def saved(self) -> float:
        return self.began + self.late + 0.1


verdicts = st.sampled_from((PASS, FAIL, UNKNOWN, EXEMPT))
worlds = st.dictionaries(st.sampled_from(NAMES), st.tuples(verdicts, verdicts))
looks = st.lists(st.tuples(worlds, st.integers(0, 4), st.booleans()), min_size=1, max_size=7).map(
    lambda some: [Look(index, late, holds, whole) for index, (holds, late, whole) in enumerate(some)]
)


def save(history: SqliteHistory, look: Look, clock: Callable[[float], datetime]) -> None:
    judged = [seen(name, *each) for name, each in look.holds.items()]
    began_at, at = clock(look.began), clock(look.saved)
    if look.whole:
        history.record_target(PROD, judged, began_at=began_at, at=at)
    else:
        history.record_check(checked(began_at, *judged), by="eva", source="cli", at=at)


def stored(path: Path) -> dict[str, list[list[str]]]:
    """Return what each rule came to for each repository that is there."""
    found = read(
        path,
        "SELECT r.name, j.findings FROM repositories r JOIN judgements j ON j.id = r.judgement_id "
        "WHERE r.gone_at IS NULL",
    )
    return {name: json.loads(told) for name, told in found}


def as_stored(holds: dict[str, Judged]) -> dict[str, list[list[str]]]:
    return {
        name: [[TAGS, tags, f"Tags {tags}."], [SCAN, scan, f"Scanning {scan}."]] for name, (tags, scan) in holds.items()
    }


def open_rules(path: Path) -> set[tuple[str, str]]:
    return set(
        read(
            path,
            "SELECT r.name, f.rule FROM findings f JOIN repositories r ON r.id = f.repository_id "
            "WHERE f.closed_at IS NULL",
        )
    )


def known_in_the_end(some: list[Look]) -> dict[str, Judged]:
    """Return what the reading tells that began last, of those that tell anything of a repository."""
    found: dict[str, Judged] = {}
    for look in some:
        found = dict(look.holds) if look.whole else found | look.holds
    return found


@settings(max_examples=70)
@given(looks)
def test_in_the_end_is_stored_what_the_reading_saw_that_began_last(
    fresh_history: Callable[[], AbstractContextManager[SqliteHistory]], some: list[Look]
) -> None:
    with fresh_history() as history:
        for look in sorted(some, key=lambda one: one.saved):
            save(history, look, lambda moment: AT + moment * STEP)
            assert broken(history.path) == []

        last = known_in_the_end(some)
        assert stored(history.path) == as_stored(last)
        failing = {(name, rule) for name, both in last.items() for rule, v in zip(Rule, both, strict=True) if v is FAIL}
        undecided = {
            (name, rule) for name, both in last.items() for rule, v in zip(Rule, both, strict=True) if v is UNKNOWN
        }
        assert failing <= open_rules(history.path) <= failing | undecided


@settings(max_examples=50)
@given(looks, st.integers(0, 8), worlds)
def test_a_clock_that_goes_back_an_hour_breaks_nothing_and_hides_nothing_new(
    fresh_history: Callable[[], AbstractContextManager[SqliteHistory]],
    some: list[Look],
    jump: int,
    last: dict[str, Judged],
) -> None:
    def clock(moment: float) -> datetime:
        return AT + moment * STEP - (timedelta(hours=1) if moment >= jump else timedelta())

    with fresh_history() as history:
        for look in sorted(some, key=lambda one: one.saved):
            save(history, look, clock)
            assert broken(history.path) == []
        end = max(jump, *(look.saved for look in some)) + 0.5
        judged = [seen(name, *each) for name, each in last.items()]
        history.record_target(PROD, judged, began_at=clock(end), at=clock(end))

        assert broken(history.path) == []
        assert stored(history.path) == as_stored(last)


def test_a_finding_opens_carries_its_evidence_and_closes_with_how(history: SqliteHistory, path: Path) -> None:
    for day, tags in enumerate((FAIL, PASS, FAIL, EXEMPT)):
        history.record_target(PROD, [seen("api", tags)], began_at=after(day), at=after(day))
    history.record_target(PROD, [seen("api", FAIL)], began_at=after(4), at=after(4))
    history.record_target(PROD, [], began_at=after(5), at=after(5))

    assert read(path, FINDINGS) == [
        (TAGS, "2026-11-01T09:00:00.000000Z", "2026-11-02T09:00:00.000000Z", "fixed outside"),
        (TAGS, "2026-11-03T09:00:00.000000Z", "2026-11-04T09:00:00.000000Z", "exempted"),
        (TAGS, "2026-11-05T09:00:00.000000Z", "2026-11-06T09:00:00.000000Z", "deleted"),
    ]
    assert read(path, "SELECT gone_at FROM repositories") == [("2026-11-06T09:00:00.000000Z",)]


def test_a_rule_that_became_unknown_leaves_its_finding_open(history: SqliteHistory, path: Path) -> None:
    history.record_target(PROD, [seen("api", FAIL)], began_at=after(0), at=after(0))
    changes = history.record_target(PROD, [seen("api", UNKNOWN)], began_at=after(1), at=after(1))

    assert changes == Changes()
    assert read(path, "SELECT rule, closed_at FROM findings") == [(TAGS, None)]


def test_other_evidence_is_kept_without_a_new_finding(history: SqliteHistory, path: Path) -> None:
    history.record_target(PROD, [seen("api", FAIL)], began_at=after(0), at=after(0))
    before = seen("api", FAIL)
    said = tuple(replace(one, evidence=f"{one.evidence} Really.") for one in before.findings)
    changes = history.record_target(PROD, [replace(before, findings=said)], began_at=after(1), at=after(1))

    assert changes == Changes()
    assert read(path, "SELECT evidence, opened_at FROM open_findings") == [
        ("Tags fail. Really.", "2026-11-01T09:00:00.000000Z")
    ]


@pytest.mark.parametrize("whole", [True, False])
def test_a_page_read_before_a_fix_and_saved_after_it_reopens_nothing(
    history: SqliteHistory, path: Path, *, whole: bool
) -> None:
    history.record_target(PROD, [seen("api", FAIL)], began_at=after(0), at=after(0))
    history.record_check(checked(after(2), seen("api", PASS)), by="eva", source="cli", at=after(2))

    if whole:
        history.record_target(PROD, [seen("api", FAIL)], began_at=after(1), at=after(3))
    else:
        history.record_check(checked(after(1), seen("api", FAIL)), by="eva", source="cli", at=after(3))

    assert read(path, FINDINGS) == [
        (TAGS, "2026-11-01T09:00:00.000000Z", "2026-11-03T09:00:00.000000Z", "fixed outside")
    ]


def test_a_check_that_began_before_a_sweep_and_is_saved_after_it_brings_nothing_deleted_back(
    history: SqliteHistory, path: Path
) -> None:
    history.record_target(PROD, [], began_at=after(2), at=after(2))
    history.record_check(checked(after(1), seen("deleted", FAIL)), by="eva", source="cli", at=after(3))
    assert read(path, "SELECT name FROM repositories") == []


def test_a_target_is_not_taken_to_be_read_earlier_than_it_was(history: SqliteHistory, path: Path) -> None:
    history.record_target(PROD, [seen("api", FAIL)], began_at=after(2), at=after(2))
    history.record_target(PROD, [], began_at=after(1), at=after(3))
    assert read(path, "SELECT read_at FROM targets") == [("2026-11-03T09:00:00.000000Z",)]
    assert read(path, "SELECT day, failing FROM target_days") == [("2026-11-03", 1)]


def test_a_repository_that_is_in_two_targets_is_two(history: SqliteHistory, path: Path) -> None:
    for target in (PROD, STAGING):
        history.record_target(target, [seen("api", FAIL, target=target)], began_at=after(0), at=after(0))
    history.record_target(STAGING, [], began_at=after(1), at=after(1))
    assert read(path, "SELECT arn, open_findings FROM repositories ORDER BY arn") == [
        ("arn:aws:ecr:eu-west-1:111111111111:repository/api", 1),
        ("arn:aws:ecr:eu-west-1:222222222222:repository/api", 0),
    ]


def test_a_sweep_that_sees_nothing_new_writes_a_row_a_target(history: SqliteHistory, path: Path) -> None:
    judged = [seen(f"api-{number}", FAIL) for number in range(300)]
    history.record_target(PROD, judged, began_at=after(0), at=after(0))
    before = {table: read(path, f"SELECT * FROM {table}") for table in ("repositories", "findings", "settings")}  # noqa: S608 - names of ours

    changes = history.record_target(PROD, judged, began_at=after(1), at=after(1))

    assert changes == Changes()
    assert {table: read(path, f"SELECT * FROM {table}") for table in before} == before  # noqa: S608 - names of ours
    assert read(path, "SELECT number FROM last_change") == [(2,)]
    assert read(path, "SELECT DISTINCT read_at FROM current_repositories") == [("2026-11-02T09:00:00.000000Z",)]


def test_a_check_of_more_repositories_than_are_asked_for_one_by_one_is_compared_whole(
    history: SqliteHistory, path: Path
) -> None:
    many = [seen(f"api-{number}", FAIL) for number in range(600)]
    history.record_target(PROD, many, began_at=after(0), at=after(0))
    fixed = [seen(f"api-{number}", PASS) for number in range(600)]
    history.record_check(checked(after(1), *fixed), by="eva", source="cli", at=after(1))
    assert read(path, "SELECT count(*), sum(open_findings) FROM repositories") == [(600, 0)]
    assert broken(path) == []
