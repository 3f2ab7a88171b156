"""What the audit tells of a request, and whether it can have happened so, however often its applier died."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.crash.request_outcome import RequestOutcome

TAGS, SCAN = "tag-immutability", "scan-on-push"

_AGAIN = "(applying by ecrbot\n)*"


def story(found: RequestOutcome, kind: str, repository: str) -> str:
    """Return what was done for a repository, and by whom, a line each."""
    return "".join(
        f"{one.event}{f' {one.rule}' if one.event in ('changing', 'changed') else ''} by {one.actor}\n"
        for one in found.audit
        if one.kind == kind and one.repository in (None, repository)
    )


def is_sensible(found: RequestOutcome, kind: str, repository: str) -> bool:
    """Tell whether it is the story of a request that was approved and applied, each change of it once."""
    if kind == "undo":
        begun, rules, ended = "requested by U0ONCALL\nbreak-glass by U0ONCALL\n", (SCAN, TAGS), ""
    else:
        begun, rules = "requested by U0ENGINEER\napproved by U0ONCALL\n", (TAGS, SCAN)
        ended = "undone by U0ONCALL\n" if ("undo", repository, "applied") in found.items else ""
    changes = "".join(f"(changing {rule} by ecrbot\n{_AGAIN})+changed {rule} by ecrbot\n{_AGAIN}" for rule in rules)
    applied = f"applying by ecrbot\n{_AGAIN}{changes}verified by ecrbot\n{_AGAIN}applied by ecrbot\n"
    return re.fullmatch(begun + applied + ended, story(found, kind, repository)) is not None
