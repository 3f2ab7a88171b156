"""What is known of registries: each half as of the reading of it that began last, whoever read it and whenever."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.errors import HistoryError
from ecr.guardrail_ports import Known
from ecr.model import (
    ALL_REGIONS,
    CreationTemplate,
    Exclusion,
    RegistryScanning,
    RegistryState,
    ScanFilter,
    ScanRule,
    Target,
    Unreadable,
)
from store.registries import LONGEST_READING, SqliteRegistries
from tests.store.world import AT, FAIL, PROD, PROD_US, STAGING, after, checked, read, seen, sweep_report, swept, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from store.history import SqliteHistory

STEP = timedelta(minutes=5)
NOT_READ = Unreadable("It was not read yet.")
DENIED = Unreadable("The role may not do that.")
BARE = RegistryScanning("BASIC")
ALL = RegistryScanning("BASIC", (ScanRule("SCAN_ON_PUSH", (ScanFilter("*"),)),))
INSPECTED = RegistryScanning("ENHANCED", (ScanRule("CONTINUOUS_SCAN", (ScanFilter("a", understood=False),)),))
ROOT = CreationTemplate("ROOT", ("CREATE_ON_PUSH",), "IMMUTABLE")
ODD = CreationTemplate("team-a", (), None, None)
EXCLUDING = CreationTemplate("b", ("REPLICATION",), "IMMUTABLE_WITH_EXCLUSION", (Exclusion("x", understood=False),))


@pytest.fixture
def registries(path: Path, history: SqliteHistory) -> SqliteRegistries:
    assert history.path == path
    return SqliteRegistries(path)


Registry = RegistryScanning | Unreadable
Templates = tuple[CreationTemplate, ...] | Unreadable


def state(registry: Registry = NOT_READ, templates: Templates = NOT_READ, target: Target = PROD) -> RegistryState:
    return RegistryState(target.account, registry, templates)


def sweep(
    history: SqliteHistory, at: datetime, scanning: RegistryScanning | None, *names: str, target: Target = PROD
) -> None:
    """Sweep one target, whose registry's scanning was seen."""
    judged = [seen(name, target=target) for name in names]
    history.record_target(target, judged, began_at=at, at=at, scanning=scanning)


def one(registries: SqliteRegistries) -> Known:
    (known,) = registries.known()
    return known


def test_nothing_is_known_before_anything_was_swept(registries: SqliteRegistries) -> None:
    assert registries.known() == ()
    assert registries.names("111111111111", "eu-west-1") is None


def test_every_target_of_the_sweeps_is_known_of_in_the_order_of_accounts_and_regions(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    swept(history, AT, {STAGING: [seen("web", target=STAGING)], PROD_US: "Access denied.", PROD: [seen("api")]})
    denied = Unreadable("Access denied.")
    assert registries.known() == (
        Known(PROD, state(), None, 1),
        Known(PROD_US, state(denied, denied), None, None),
        Known(STAGING, state(target=STAGING), None, 1),
    )


def test_a_target_whose_account_or_regions_nobody_could_tell_is_told_with_the_reason(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    nobody, everywhere = Target(None, "eu-west-1"), Target("333333333333", ALL_REGIONS)
    swept(history, AT, {nobody: "No credentials.", everywhere: "Not allowed."})
    one_, other = Unreadable("No credentials."), Unreadable("Not allowed.")
    assert registries.known() == (
        Known(nobody, RegistryState(None, one_, one_), None, None),
        Known(everywhere, RegistryState("333333333333", other, other), None, None),
    )


def test_a_target_that_is_configured_no_more_is_not_told_of(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    swept(history, AT, {PROD: [seen("api")], STAGING: []})
    history.record_sweep(sweep_report(after(1)), (STAGING,))
    assert [known.target for known in registries.known()] == [STAGING]


@pytest.mark.parametrize("registry", [BARE, ALL, INSPECTED])
@pytest.mark.parametrize("templates", [(), (ROOT,), (ROOT, ODD, EXCLUDING)])
def test_what_was_read_is_known_as_it_was_read(
    registry: RegistryScanning,
    templates: tuple[CreationTemplate, ...],
    history: SqliteHistory,
    registries: SqliteRegistries,
) -> None:
    sweep(history, AT, None)
    registries.remember(PROD, state(registry, templates), at=after(1))
    assert one(registries) == Known(PROD, state(registry, templates), after(1), 0)


def test_what_a_sweep_saw_of_the_scanning_is_known_as_of_that_sweep(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    sweep(history, AT, ALL, "api")
    assert one(registries) == Known(PROD, state(ALL), AT, 1)


def test_the_older_half_tells_as_of_when(history: SqliteHistory, registries: SqliteRegistries) -> None:
    registries.remember(PROD, state(ALL, (ROOT,)), at=AT)
    sweep(history, after(1), BARE, "api")
    assert one(registries) == Known(PROD, state(BARE, (ROOT,)), AT, 1)
    registries.remember(PROD, state(DENIED, ()), at=after(2))
    assert one(registries) == Known(PROD, state(BARE, ()), after(1), 1)


def test_what_could_not_be_read_leaves_what_was_known(
    history: SqliteHistory, registries: SqliteRegistries, path: Path
) -> None:
    sweep(history, AT, None)
    registries.remember(PROD, state(DENIED, DENIED), at=after(1))
    assert read(path, "SELECT * FROM registries") == []
    registries.remember(PROD, state(ALL, DENIED), at=after(2))
    registries.remember(PROD, state(DENIED, (ROOT,)), at=after(3))
    registries.remember(PROD, state(DENIED, DENIED), at=after(4))
    assert one(registries) == Known(PROD, state(ALL, (ROOT,)), after(2), 0)


def test_a_sweep_that_failed_shows_its_error_only_where_nothing_is_known(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    sweep(history, AT, ALL, "api")
    history.record_unread(PROD, "Access denied.", at=after(1))
    assert one(registries) == Known(PROD, state(ALL, Unreadable("Access denied.")), AT, 1)
    sweep(history, after(2), ALL, "api")
    assert one(registries) == Known(PROD, state(ALL, NOT_READ), after(2), 1)


def test_a_sweep_that_did_not_read_the_scanning_dates_nothing(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    for day, scanning in enumerate((ALL, ALL, None, None)):
        sweep(history, after(day), scanning)
    assert one(registries) == Known(PROD, state(ALL), after(1), 0)
    sweep(history, after(4), ALL)
    assert one(registries) == Known(PROD, state(ALL), after(4), 0)


def test_a_sweep_that_began_before_and_is_saved_after_a_reading_changes_nothing_of_it(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    registries.remember(PROD, state(ALL, (ROOT,)), at=after(1))
    history.record_target(PROD, [], began_at=after(0.9), at=after(1.1), scanning=BARE)
    assert one(registries) == Known(PROD, state(ALL, (ROOT,)), after(1), 0)


def test_a_reading_that_began_before_a_sweep_changes_nothing_of_it(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    for day in (0, 1):
        sweep(history, after(day), ALL)
    registries.remember(PROD, state(BARE, (ROOT,)), at=after(1) - STEP)
    assert one(registries) == Known(PROD, state(ALL, (ROOT,)), after(1) - STEP, 0)
    registries.remember(PROD, state(BARE, ()), at=after(1) - 2 * STEP)
    assert one(registries) == Known(PROD, state(ALL, (ROOT,)), after(1) - STEP, 0)


def test_a_clock_that_went_back_far_hides_nothing_new(history: SqliteHistory, registries: SqliteRegistries) -> None:
    sweep(history, after(9), BARE)
    registries.remember(PROD, state(BARE, ()), at=after(9))
    sweep(history, AT, ALL)
    assert one(registries).state == state(ALL, ())
    registries.remember(PROD, state(INSPECTED, (ROOT,)), at=after(9) - LONGEST_READING - STEP)
    assert one(registries) == Known(PROD, state(INSPECTED, (ROOT,)), after(9) - LONGEST_READING - STEP, 0)


def test_a_sweep_of_a_clock_that_went_back_is_as_of_its_own_moment(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    for at in (after(9), AT):
        sweep(history, at, ALL)
    assert one(registries) == Known(PROD, state(ALL), AT, 0)


def test_a_reading_of_a_clock_that_went_back_is_not_dated_by_the_sweep_of_before(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    sweep(history, after(9), BARE)
    registries.remember(PROD, state(ALL), at=AT)
    assert one(registries) == Known(PROD, state(ALL), AT, 0)


COUNT = (
    "CREATE TABLE writes (what TEXT)",
    "CREATE TRIGGER inserted AFTER INSERT ON registries BEGIN INSERT INTO writes VALUES ('insert'); END",
    "CREATE TRIGGER updated AFTER UPDATE ON registries BEGIN INSERT INTO writes VALUES ('update'); END",
)


def test_a_sweep_that_sees_the_scanning_as_it_was_writes_no_row_of_it(
    history: SqliteHistory, registries: SqliteRegistries, path: Path
) -> None:
    write(path, *COUNT)
    for day, scanning in enumerate((ALL, ALL, ALL, BARE, BARE)):
        sweep(history, after(day), scanning, "api")
    assert read(path, "SELECT what FROM writes") == [("insert",), ("update",)]
    assert one(registries) == Known(PROD, state(BARE), after(4), 1)


def test_a_sweep_after_a_reading_of_the_same_scanning_writes_no_row_of_it(
    history: SqliteHistory, registries: SqliteRegistries, path: Path
) -> None:
    sweep(history, AT, ALL)
    registries.remember(PROD, state(ALL, ()), at=after(1))
    write(path, *COUNT)
    sweep(history, after(2), ALL)
    assert read(path, "SELECT what FROM writes") == []
    assert one(registries) == Known(PROD, state(ALL, ()), after(1), 0)


def test_a_sweep_that_reads_no_scanning_writes_one_row_once(history: SqliteHistory, path: Path) -> None:
    sweep(history, AT, None)
    assert read(path, "SELECT * FROM registries") == []
    sweep(history, after(1), ALL)
    write(path, *COUNT)
    for day in (2, 3, 4):
        sweep(history, after(day), None)
    assert read(path, "SELECT what FROM writes") == [("update",)]


def test_the_names_are_those_of_the_last_reading_in_order(history: SqliteHistory, registries: SqliteRegistries) -> None:
    sweep(history, AT, ALL, "web", "api", "old")
    sweep(history, AT, None, target=STAGING)
    sweep(history, after(1), ALL, "web", "team/api", "api")
    assert registries.names("111111111111", "eu-west-1") == ("api", "team/api", "web")
    assert registries.names("222222222222", "eu-west-1") == ()
    assert registries.names("111111111111", "us-east-1") is None
    assert [known.repositories for known in registries.known()] == [3, 0]


def test_what_checks_alone_saw_of_a_target_are_not_its_repositories(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    history.record_check(checked(AT, seen("api")), by="eva", source="cli", at=AT)
    history.record_unread(PROD, "Access denied.", at=AT)
    assert registries.names("111111111111", "eu-west-1") is None
    assert one(registries).repositories is None


def test_a_repository_that_fails_and_one_that_passes_are_counted_together(
    history: SqliteHistory, registries: SqliteRegistries
) -> None:
    swept(history, AT, {PROD: [seen("api"), seen("web", FAIL), seen("batch", FAIL, FAIL)]})
    assert one(registries).repositories == 3


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    registries = SqliteRegistries(tmp_path / "none.db")
    uses: tuple[Callable[[], object], ...] = (
        registries.known,
        lambda: registries.names("111111111111", "eu-west-1"),
        lambda: registries.remember(PROD, state(ALL), at=AT),
    )
    for use in uses:
        with pytest.raises(HistoryError, match=r"The history .*/none\.db cannot be opened"):
            use()
