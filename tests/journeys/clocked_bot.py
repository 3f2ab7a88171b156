"""The real bot with a clock that a test sets, which ticks on from there; run as a process of its own.

The file `clock` in the working directory holds a moment; what has passed since it was written is added.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import logs, running
from bot import settings as settings_of
from bot.memory import Memory

CLOCK = "clock"
TICK_SECONDS = 0.1


class FileClock:
    """The time by a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> datetime:
        since = time.time() - self._path.stat().st_mtime
        return datetime.fromisoformat(self._path.read_text(encoding="utf-8")) + timedelta(seconds=since)


def set_clock(folder: Path, at: datetime) -> None:
    """Set the clock, at once and whole."""
    new = folder / f"{CLOCK}.new"
    new.write_text(at.astimezone(UTC).isoformat(), encoding="utf-8")
    new.rename(folder / CLOCK)


def main() -> None:
    settings = settings_of.load(slack=True, connect=True)
    assert settings.slack is not None
    logs.configure(settings.log)
    memory = Memory.prepare(settings.database, bot=True)
    running.run(settings, settings.slack, memory, FileClock(Path(CLOCK)), TICK_SECONDS)


if __name__ == "__main__":
    main()
