"""A file as an earlier release left it: after the migration everything is there, and means the same."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from ecr.facts import Totals
from ecr.model import Finding, Rule, ScanFrequency, Target, Verdict
from ecr.posting import Period
from ecr.subscription import Filters
from ecr.swept import LastSweep, UnreadTarget
from ecr.timeline import Event, Kind
from store import file
from store.history import SqliteHistory
from store.migrations import MIGRATIONS
from tests.store.test_observing import broken
from tests.store.world import PROD, checked, read, seen, write

if TYPE_CHECKING:
    from pathlib import Path

FROM_BEFORE = "m0003_small_rows_and_numbered_changes"
CHINA = Target("333333333333", "cn-north-1")
EVERYTHING = Filters()

DAY = "2026-11-{:02}T09:00:00.000000Z"
TAGS_SAID, SCAN_SAID = "It is mutable.", "It is not scanned."


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 9, tzinfo=UTC)


def arn(name: str, target: Target = PROD) -> str:
    partition = "aws-cn" if target is CHINA else "aws"
    return f"arn:{partition}:ecr:{target.region}:{target.account}:repository/{name}"


def told(tags: str, scan: str) -> str:
    return json.dumps([["tag-immutability", tags, TAGS_SAID], ["scan-on-push", scan, SCAN_SAID]])


def text(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def insert(table: str, *rows: tuple[object, ...]) -> list[str]:
    return [f"INSERT INTO {table} VALUES ({', '.join(map(text, row))})" for row in rows]  # noqa: S608 - values of ours


ACCOUNT, REGION = PROD.account, PROD.region
MUTABLE = ("MUTABLE", "[]", 1, "SCAN_ON_PUSH")
IMMUTABLE = ("IMMUTABLE", "[]", 1, "SCAN_ON_PUSH")
EXCLUDING = ("IMMUTABLE_WITH_EXCLUSION", '["latest"]', 0, "MANUAL")
NOTHING_KNOWN = (None, None, None, None)


def of(
    target: Target,
    name: str,
    held: tuple[object, ...],
    verdict: str,
    days: tuple[int, int, int | None],
    findings: str,
) -> tuple[object, ...]:
    """Return a row as m0001 and m0002 order its columns; the days are: first seen, last written, gone."""
    moments = (day and DAY.format(day) for day in days)
    return (arn(name, target), target.account, target.region, name, *held, verdict, *moments, findings)


REPOSITORIES = (
    of(PROD, "api", MUTABLE, "fail", (1, 7, None), told("fail", "pass")),
    of(PROD, "web", EXCLUDING, "fail", (2, 2, None), told("fail", "fail")),
    of(PROD, "fixed", IMMUTABLE, "pass", (1, 5, None), told("pass", "pass")),
    of(PROD, "gone", MUTABLE, "fail", (1, 4, 4), told("fail", "pass")),
    of(CHINA, "odd", NOTHING_KNOWN, "unknown", (3, 3, None), told("unknown", "unknown")),
)

FINDINGS = (
    (1, arn("api"), "tag-immutability", TAGS_SAID, DAY.format(1), DAY.format(3), "fixed outside"),
    (2, arn("fixed"), "tag-immutability", TAGS_SAID, DAY.format(1), DAY.format(5), "exempted"),
    (3, arn("gone"), "tag-immutability", TAGS_SAID, DAY.format(1), DAY.format(4), "deleted"),
    (4, arn("web"), "tag-immutability", "It excludes ‘latest’.", DAY.format(2), None, None),
    (5, arn("web"), "scan-on-push", SCAN_SAID, DAY.format(2), None, None),
    (6, arn("api"), "tag-immutability", TAGS_SAID, DAY.format(7), None, None),
)

SETTINGS = (
    (arn("api"), *MUTABLE, DAY.format(1), DAY.format(3)),
    (arn("api"), *IMMUTABLE, DAY.format(3), DAY.format(7)),
    (arn("api"), *MUTABLE, DAY.format(7), None),
    (arn("web"), *EXCLUDING, DAY.format(2), None),
    (arn("fixed"), *MUTABLE, DAY.format(1), DAY.format(5)),
    (arn("fixed"), *IMMUTABLE, DAY.format(5), None),
    (arn("gone"), *MUTABLE, DAY.format(1), DAY.format(4)),
    (arn("odd", CHINA), *NOTHING_KNOWN, DAY.format(3), None),
)

TARGETS = (
    (ACCOUNT, REGION, "prod", DAY.format(7), None, None),
    (CHINA.account, CHINA.region, None, DAY.format(3), "Access denied.", DAY.format(7)),
)

SWEEPS = tuple(
    (f"sweep-{day}", DAY.format(day), DAY.format(day), 2, int(day == 7), 1, 2, 0, 1, 3, 1, 12) for day in (1, 3, 5, 7)
)
TOTALS = (
    ("2026-11-01", ACCOUNT, REGION, 0, 3, 0, 0),
    ("2026-11-01", CHINA.account, CHINA.region, 0, 0, 0, 1),
    ("2026-11-07", ACCOUNT, REGION, 1, 2, 0, 0),
)
CHECKS = ((1, DAY.format(2), "web", "U0EVA", "slack", "fail"),)
CHECK_FINDINGS = ((1, ACCOUNT, REGION, "web", "scan-on-push", "fail", SCAN_SAID),)
DELIVERIES = (("key", "process", DAY.format(7), DAY.format(7)),)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file of the release before, with everything that it remembers in it."""
    path = tmp_path / "ecrbot.db"
    with file.connection(path, make=True) as database:
        MIGRATIONS.apply(database, stop_before=FROM_BEFORE)
    write(
        path,
        *insert("repositories", *REPOSITORIES),
        *insert("findings", *FINDINGS),
        *insert("settings", *SETTINGS),
        *insert("targets", *TARGETS),
        *insert("sweeps", *SWEEPS),
        *insert("target_days", *TOTALS),
        *insert("checks", *CHECKS),
        *insert("check_findings", *CHECK_FINDINGS),
        *insert("deliveries", *DELIVERIES),
    )
    return path


def event(day: int, kind: Kind, detail: str, *, name: str = "api", rule: Rule | None = None) -> Event:
    return Event(at(day), name, PROD, kind, detail, rule)


TAGS = Rule.TAG_IMMUTABILITY
IS_MUTABLE = "Tags are MUTABLE, scanOnPush is true, scanning is SCAN_ON_PUSH."
IS_IMMUTABLE = "Tags are IMMUTABLE, scanOnPush is true, scanning is SCAN_ON_PUSH."


def test_a_timeline_is_as_it_was(old: Path) -> None:
    history = SqliteHistory.prepare(old)
    assert history.timeline("api") == (
        event(1, Kind.FIRST_SEEN, IS_MUTABLE),
        event(1, Kind.FOUND, TAGS_SAID, rule=TAGS),
        event(3, Kind.CHANGED, IS_IMMUTABLE),
        event(3, Kind.RESOLVED, "It was fixed outside.", rule=TAGS),
        event(7, Kind.FOUND, TAGS_SAID, rule=TAGS),
        event(7, Kind.CHANGED, IS_MUTABLE),
    )
    assert history.timeline("gone")[-2:] == (
        event(4, Kind.RESOLVED, "The repository was deleted.", name="gone", rule=TAGS),
        event(4, Kind.GONE, "It is not in ECR any more.", name="gone"),
    )
    assert [one.detail for one in history.timeline("odd", CHINA.account, CHINA.region)] == [
        "Tags are not known, scanOnPush is not known, scanning is not known."
    ]


def test_what_does_not_comply_is_as_it_was(old: Path) -> None:
    found = SqliteHistory.prepare(old).noncompliant(EVERYTHING)
    assert [(row.assessment.name, row.assessment.target, row.read_at, row.unread) for row in found.rows] == [
        ("api", PROD, at(7), None),
        ("web", PROD, at(7), None),
    ]
    web = found.rows[1].assessment
    assert web.findings == (
        Finding(Rule.TAG_IMMUTABILITY, Verdict.FAIL, TAGS_SAID),
        Finding(Rule.SCAN_ON_PUSH, Verdict.FAIL, SCAN_SAID),
    )
    assert web.repository is not None
    assert (web.repository.arn, web.repository.tag_mutability, web.repository.scan_on_push) == (
        arn("web"),
        "IMMUTABLE_WITH_EXCLUSION",
        False,
    )
    assert [one.text for one in web.repository.exclusions or ()] == ["latest"]
    assert web.effective_scanning is ScanFrequency.MANUAL
    assert (found.count, found.unread_count) == (2, 0)


def test_the_last_sweep_and_the_unread_targets_are_as_they_were(old: Path) -> None:
    history = SqliteHistory.prepare(old)
    assert history.last_sweep() == LastSweep(at(7), 2, 4, 2, (UnreadTarget(CHINA, "Access denied."),))
    assert history.asked_at() is None
    assert history.known(EVERYTHING) == 4


def test_nothing_is_lost_and_every_invariant_holds(old: Path) -> None:
    SqliteHistory.prepare(old)
    assert broken(old) == []
    assert read(old, "SELECT arn, open_findings FROM repositories ORDER BY arn") == [
        (arn("odd", CHINA), 0),
        (arn("api"), 1),
        (arn("fixed"), 0),
        (arn("gone"), 0),
        (arn("web"), 2),
    ]
    assert read(old, "SELECT arn, verdict, first_seen_at, seen_at, gone_at FROM repositories ORDER BY arn") == sorted(
        (row[0], *row[8:12]) for row in REPOSITORIES
    )
    assert read(
        old,
        "SELECT r.arn, f.rule, e.sentence, f.opened_at, f.closed_at, f.closed_how FROM findings f "
        "JOIN repositories r ON r.id = f.repository_id JOIN evidence e ON e.id = f.evidence_id ORDER BY f.id",
    ) == [row[1:] for row in FINDINGS]
    assert read(
        old,
        "SELECT r.arn, v.tag_mutability, v.exclusion_filters, v.scan_on_push, v.effective_scanning, s.since, s.until "
        "FROM settings s JOIN repositories r ON r.id = s.repository_id JOIN setting_values v ON v.id = s.values_id "
        "ORDER BY r.arn, s.since",
    ) == sorted(SETTINGS, key=lambda row: (row[0], row[5]))
    assert read(old, "SELECT * FROM target_days") == sorted(TOTALS)
    for table, rows in (("checks", CHECKS), ("check_findings", CHECK_FINDINGS), ("deliveries", DELIVERIES)):
        assert read(old, f"SELECT * FROM {table}") == list(rows)  # noqa: S608 - names of ours


def test_the_views_tell_what_they_told(old: Path) -> None:
    SqliteHistory.prepare(old)
    assert read(old, "SELECT account, region, repository, rule, evidence, opened_at FROM open_findings") == [
        (ACCOUNT, REGION, "web", "tag-immutability", "It excludes ‘latest’.", DAY.format(2)),
        (ACCOUNT, REGION, "web", "scan-on-push", SCAN_SAID, DAY.format(2)),
        (ACCOUNT, REGION, "api", "tag-immutability", TAGS_SAID, DAY.format(7)),
    ]
    assert read(old, "SELECT * FROM compliance_by_day") == [("2026-11-01", 0, 3, 0, 1), ("2026-11-07", 1, 2, 0, 0)]
    assert read(old, "SELECT repository, closed_how FROM closed_findings") == [
        ("api", "fixed outside"),
        ("gone", "deleted"),
        ("fixed", "exempted"),
    ]
    assert read(old, "SELECT repository, verdict, read_at FROM current_repositories ORDER BY 1") == [
        ("api", "fail", DAY.format(7)),
        ("fixed", "pass", DAY.format(7)),
        ("odd", "unknown", DAY.format(3)),
        ("web", "fail", DAY.format(7)),
    ]


def test_the_first_digest_after_it_tells_the_last_day_and_not_all_of_the_past(old: Path) -> None:
    history = SqliteHistory.prepare(old)
    since = datetime(2026, 11, 6, 10, tzinfo=UTC)
    told = history.facts(EVERYTHING, Period(since), day=date(2026, 11, 7), at=at(7))
    assert [(one.name, one.opened_at) for one in told.regressed] == [("api", at(7))]
    assert [one.name for one in told.new] == []
    assert [(one.name, one.rule) for one in told.older] == [("web", Rule.TAG_IMMUTABILITY), ("web", Rule.SCAN_ON_PUSH)]
    assert told.totals == Totals(passing=1, failing=2, unknown=1)

    earlier = history.facts(EVERYTHING, Period(at(3)), day=date(2026, 11, 7), at=at(7))
    assert sorted((one.name, one.how) for one in earlier.closed) == [("fixed", "exempted"), ("gone", "deleted")]


def test_a_sweep_after_it_goes_on_from_there(old: Path) -> None:
    history = SqliteHistory.prepare(old)
    before = history.facts(EVERYTHING, Period(at(7)), day=date(2026, 11, 7), at=at(7))
    changes = history.record_target(PROD, [seen("api"), seen("web"), seen("gone")], began_at=at(8), at=at(8))
    told = history.facts(EVERYTHING, Period(at(7), before.change), day=date(2026, 11, 8), at=at(8))
    assert (changes.opened, changes.resolved) == (0, 3)
    assert [one.name for one in told.closed] == ["api", "web", "web"]
    assert broken(old) == []


def test_a_repository_that_only_checks_of_the_first_release_saw_has_settings_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "ecrbot.db"
    with file.connection(path, make=True) as database:
        MIGRATIONS.apply(database, stop_before="m0002_sweeps_and_intervals")
    first = (arn("api"), ACCOUNT, REGION, "api", *IMMUTABLE, "pass", DAY.format(1), DAY.format(2))
    write(path, *insert("repositories", first))
    history = SqliteHistory.prepare(path)
    history.record_target(PROD, [seen("api")], began_at=at(3), at=at(3))
    history.record_check(checked(at(4), seen("api")), by="eva", source="cli", at=at(4))

    assert broken(path) == []
    assert [(one.kind, one.at) for one in history.timeline("api")] == [(Kind.FIRST_SEEN, at(1))]


def test_two_intervals_of_settings_that_began_at_once_become_the_later_one(old: Path) -> None:
    write(old, *insert("settings", (arn("odd", CHINA), *IMMUTABLE, DAY.format(3), DAY.format(3))))
    SqliteHistory.prepare(old)
    assert broken(old) == []
    assert read(old, "SELECT tag_mutability, until FROM repository_settings WHERE repository = 'odd'") == [(None, None)]


def test_a_file_that_was_only_made_is_migrated_too(tmp_path: Path) -> None:
    path = tmp_path / "ecrbot.db"
    with file.connection(path, make=True) as database:
        MIGRATIONS.apply(database, stop_before=FROM_BEFORE)
    history = SqliteHistory.prepare(path)
    assert history.noncompliant(EVERYTHING).count == 0
    assert read(path, "SELECT number FROM last_change") == [(1,)]


def test_the_copy_of_it_is_as_the_release_before_left_it(old: Path) -> None:
    SqliteHistory.prepare(old)
    copy = old.with_name("ecrbot.db.before-0003-small-rows-and-numbered-changes")
    assert read(copy, "SELECT * FROM findings") == list(FINDINGS)
    assert read(copy, "SELECT count(*) FROM repositories") == [(len(REPOSITORIES),)]
