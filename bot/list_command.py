"""`list`: non-compliant repositories by the last sweep, from the history alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bot import settings as settings_of
from bot.exits import CODES
from bot.rows import row
from ecr.errors import UsageError
from ecr.model import Finding, Rule, Verdict
from ecr.subscription import Filters
from store.history import SqliteHistory

if TYPE_CHECKING:
    from ecr.swept import Standing


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one array of rows.")
def command(*, as_json: bool) -> int:
    """List non-compliant repositories by the last sweep.

    Those of a target that it could not read stay, marked with their last known verdict and its time.
    """
    settings = settings_of.load(aws=False)
    history = SqliteHistory.existing(settings.database)
    if history is None:
        raise UsageError(f"There is no history at {settings.database} yet: python -m bot sweep makes it.")
    if history.swept_at() is None:
        raise UsageError("There was no sweep yet: python -m bot sweep makes one.")
    standing = history.noncompliant(Filters()).rows
    if as_json:
        click.echo(json.dumps([_row(one) for one in standing], indent=2, ensure_ascii=False))
    else:
        _show(standing)
    verdicts = {Verdict.UNKNOWN if one.unread else one.assessment.verdict for one in standing}
    worst = Verdict.FAIL if Verdict.FAIL in verdicts else Verdict.UNKNOWN if verdicts else Verdict.PASS
    return CODES[worst]


def _row(standing: Standing) -> dict[str, Any]:
    """Return the row of `list --json`: as `check --json`, and unknown where the target was not read since."""
    shown = row(standing.assessment)
    if standing.unread:
        shown["verdict"] = Verdict.UNKNOWN
        shown["findings"] = [
            {"control": rule, "verdict": Verdict.UNKNOWN, "evidence": _last_known(standing, rule)} for rule in Rule
        ]
    return shown


def _last_known(standing: Standing, rule: Rule) -> str:
    last = next(finding for finding in standing.assessment.findings if finding.rule == rule)
    return f"{standing.unread} It was {last.verdict} at {standing.read_at:%Y-%m-%dT%H:%M:%SZ}: {last.evidence}"


def _show(standing: tuple[Standing, ...]) -> None:
    for one in standing:
        found = one.assessment
        unread = f"  (last known at {one.read_at:%Y-%m-%d %H:%M} UTC: {one.unread})" if one.unread else ""
        click.echo(f"{'unknown' if one.unread else found.verdict:8}{found.name}  {found.target}{unread}")
        for finding in found.findings:
            click.echo(_line(finding))
    if not standing:
        click.echo("Nothing is non-compliant by the last sweep.")


def _line(finding: Finding) -> str:
    return f"  {finding.verdict:8}{finding.rule:18}{finding.evidence}"
