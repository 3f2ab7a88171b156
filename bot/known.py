"""What the history knows, for commands that read AWS and go without a history where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.checking import now
from ecr.errors import HistoryError

if TYPE_CHECKING:
    from bot.settings import Settings
    from ecr.request_ports import Exemptions
    from store.history import SqliteHistory


@dataclass(frozen=True, slots=True)
class Known:
    """The history and the exemptions in it, or why they are not known."""

    history: SqliteHistory | None = None
    exemptions: Exemptions | None = None
    trouble: str | None = None


def look_into(settings: Settings) -> Known:
    """Look into the history, if there is one: none is made here, and no trouble with it stops what is read of AWS."""
    path = settings.database
    if not path.is_file():
        return Known(trouble=f"there is no history at {path}, so exemptions are not known.")
    from store.exemptions import SqliteExemptions  # noqa: PLC0415 - sqlite-utils, only where there is a history
    from store.history import SqliteHistory  # noqa: PLC0415 - as above

    try:
        history, exemptions = SqliteHistory.existing(path), SqliteExemptions(path)
        exemptions.current(now())
    except HistoryError as error:
        return Known(trouble=f"{error} So exemptions are not known: what is exempt is shown as failing.")
    return Known(history, exemptions)
