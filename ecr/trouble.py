"""What went wrong lately in what nobody waits for: a sweep, a digest. A value; bot/ notes them, `status` tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """What failed (`The last sweep`), why, as a sentence, and when."""

    what: str
    sentence: str
    at: datetime
