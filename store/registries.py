"""What is known of registries, in the history's file, as `ecr.guardrail_ports.Registries`.

The scanning and the templates are read apart, and each is as of the reading of it that began last. A sweep reads the
scanning too: what it finds as it was is not written again, and `targets.read_at` dates it from then on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from ecr.guardrail_ports import Known
from ecr.model import RegistryState, Target, Unreadable
from store import file, registry_rows, rows
from store.observing import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

    from ecr.model import RegistryScanning
    from store.scope import Pair

NOT_READ = "It was not read yet."
"""Why a half of a registry is not known, where nothing went wrong."""

LONGEST_READING = timedelta(hours=1)
"""No reading of a registry takes so long: what is stored of a moment so far ahead is of a clock that went back."""

_SCANNING_AT = """
    iif(g.dated_by_target, max(g.scanning_read_at, coalesce(t.read_at, '')), g.scanning_read_at) AS scanning_at
"""

_HELD = f"""
    SELECT g.scanning, {_SCANNING_AT}, g.dated_by_target, g.templates, g.templates_read_at
    FROM registries g LEFT JOIN targets t ON t.account = g.account AND t.region = g.region
    WHERE g.account = ? AND g.region = ?
"""

_WRITE = """
    INSERT INTO registries (
        account, region, scanning, scanning_read_at, dated_by_target, templates, templates_read_at
    ) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account, region) DO UPDATE SET
        scanning = excluded.scanning, scanning_read_at = excluded.scanning_read_at,
        dated_by_target = excluded.dated_by_target, templates = excluded.templates,
        templates_read_at = excluded.templates_read_at
"""

_KNOWN = f"""
    SELECT t.account, t.region, t.name, t.read_at, t.error, g.scanning, {_SCANNING_AT}, g.templates,
        g.templates_read_at
    FROM targets t LEFT JOIN registries g ON g.account = t.account AND g.region = t.region
    WHERE t.configured ORDER BY t.account, t.region
"""

# There are tens of thousands: they are counted in the order in which the index has them.
_COUNTS = """
    SELECT r.account, r.region, count(*) FROM repositories r INDEXED BY repositories_by_verdict
    WHERE r.gone_at IS NULL GROUP BY r.verdict, r.account, r.region
"""

_NAMES = """
    SELECT name FROM repositories WHERE account = ? AND region = ? AND gone_at IS NULL ORDER BY name
"""


class SqliteRegistries:
    """The registries. Any thread may call any method; all raise HistoryError."""

    def __init__(self, path: Path) -> None:
        """Use a file that is ready."""
        self._path = path

    def remember(self, target: Target, state: RegistryState, *, at: datetime) -> None:
        """Remember what was read of a registry; what could not be read leaves what was known as it is.

        Args:
            target: the account (which is known) and region.
            state: as read.
            at: when the reading began; what is known of a later one stays.
        """
        if isinstance(state.registry, Unreadable) and isinstance(state.templates, Unreadable):
            return
        ends_by = rows.moment(at + LONGEST_READING)
        reading = Reading(target.account or "", target.region, rows.moment(at), ends_by, whole=False)
        with file.immediate(self._path) as database:
            held = _held(database, reading)
            new = _templates(_scanning(held, state.registry, reading), state, reading)
            if new != held:
                _write(database, reading, new)

    def known(self) -> tuple[Known, ...]:
        """Return what is known of every account and region that is configured, in the order of accounts and regions.

        One whose account or regions nobody could tell is among them, with the reason.
        """
        with file.snapshot(self._path) as database:
            counts = _counts(database)
            return tuple(_known(_Row(*row), counts) for row in database.execute(_KNOWN))

    def names(self, account: str, region: str) -> tuple[str, ...] | None:
        """Return the repositories there by the last sweep, in order; `None` where none has read them."""
        with file.snapshot(self._path) as database:
            read = database.execute(
                "SELECT 1 FROM targets WHERE account = ? AND region = ? AND read_at IS NOT NULL", (account, region)
            ).fetchone()
            if read is None:
                return None
            return tuple(name for (name,) in database.execute(_NAMES, (account, region)))


def swept(database: Database, reading: Reading, scanning: RegistryScanning | None, *, is_last: bool) -> None:
    """Write the scanning that a reading of a whole target saw, inside the caller's transaction.

    This comes before the row of the target itself is written: until then that one dates what was seen before.

    Args:
        database: in a transaction that nobody else writes in.
        reading: of which target, and when.
        scanning: what it saw; `None`: it did not read it, so that it dates nothing.
        is_last: whether no later reading of the target is stored, so that this one's moment will be the target's.
    """
    held = _held(database, reading)
    if scanning is None:
        new = replace(held, dated_by_target=held.dated_by_target and not is_last)
    else:
        new = _scanning(held, scanning, reading, dates=is_last)
    is_dated = new.dated_by_target and (held.scanning_at or "") <= reading.began_at
    if new != (replace(held, scanning_at=new.scanning_at) if is_dated else held):
        _write(database, reading, new)


@dataclass(frozen=True, slots=True)
class _Held:
    """What is stored of a registry, and of when each half is.

    `dated_by_target` tells that the scanning is as of the target's last reading too, where that is later.
    """

    scanning: str | None = None
    scanning_at: str | None = None
    dated_by_target: bool = False
    templates: str | None = None
    templates_at: str | None = None


class _Row(NamedTuple):
    """A row of `_KNOWN`."""

    account: str
    region: str
    name: str | None
    read_at: str | None
    error: str | None
    scanning: str | None
    scanning_at: str | None
    templates: str | None
    templates_at: str | None


def _held(database: Database, reading: Reading) -> _Held:
    found = database.execute(_HELD, (reading.account, reading.region)).fetchone()
    if found is None:
        return _Held()
    scanning, scanning_at, dated, templates, templates_at = found
    return _Held(scanning, scanning_at, bool(dated), templates, templates_at)


def _scanning(held: _Held, registry: RegistryScanning | Unreadable, reading: Reading, *, dates: bool = False) -> _Held:
    """Return what is held once the scanning of a reading is, where that is not older; `dates`: the target dates it."""
    held_at = held.scanning_at or ""
    if isinstance(registry, Unreadable) or reading.is_older_than(held_at):
        return held
    dated = dates or (held.dated_by_target and held_at <= reading.began_at)
    scanning = registry_rows.scanning(registry)
    return replace(held, scanning=scanning, scanning_at=reading.began_at, dated_by_target=dated)


def _templates(held: _Held, state: RegistryState, reading: Reading) -> _Held:
    if isinstance(state.templates, Unreadable) or reading.is_older_than(held.templates_at or ""):
        return held
    return replace(held, templates=registry_rows.templates(state.templates), templates_at=reading.began_at)


def _write(database: Database, reading: Reading, new: _Held) -> None:
    values = (new.scanning, new.scanning_at, int(new.dated_by_target), new.templates, new.templates_at)
    database.execute(_WRITE, (reading.account, reading.region, *values))


def _counts(database: Database) -> Mapping[Pair, int]:
    counts: dict[Pair, int] = {}
    for account, region, count in database.execute(_COUNTS):
        counts[account, region] = counts.get((account, region), 0) + count
    return counts


def _known(row: _Row, counts: Mapping[Pair, int]) -> Known:
    unread = Unreadable(row.error or NOT_READ)
    state = RegistryState(
        row.account or None,
        unread if row.scanning is None else registry_rows.scanning_of(row.scanning),
        unread if row.templates is None else registry_rows.templates_of(row.templates),
    )
    read = [at for at in (row.scanning_at, row.templates_at) if at is not None]
    return Known(
        target=Target(row.account or None, row.region, row.name),
        state=state,
        read_at=rows.moment_of(min(read)) if read else None,
        repositories=None if row.read_at is None else counts.get((row.account, row.region), 0),
    )
