"""Exit codes of commands that judge: the same for `check`, `list` and `sweep`."""

from __future__ import annotations

from ecr.model import Verdict

CODES = {Verdict.PASS: 0, Verdict.EXEMPT: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 3}
"""0 all pass or are exempt; 1 something fails; 3 something is unknown and nothing fails. 2 is usage or settings."""

NOT_FOUND = 2
"""Nothing of that name, where every target was read."""
