"""Assessments for a person at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ecr.model import Verdict

if TYPE_CHECKING:
    from ecr.model import Assessment

_STYLES = {
    Verdict.PASS: "bold green",
    Verdict.FAIL: "bold red",
    Verdict.EXEMPT: "bold blue",
    Verdict.UNKNOWN: "bold yellow",
}


def show(assessments: tuple[Assessment, ...]) -> None:
    """Print each repository with its verdict, and each rule with its evidence."""
    console = Console(highlight=False, soft_wrap=True)
    for assessment in assessments:
        title = Text(f"{assessment.verdict:8}", style=_STYLES[assessment.verdict])
        title.append(f"{assessment.name}  ", style="bold").append(str(assessment.target), style="not bold")
        console.print(title)
        # A target that could not be read says the same of both rules: once is enough.
        findings = assessment.findings if assessment.repository else assessment.findings[:1]
        for finding in findings:
            line = Text("  ").append(f"{finding.verdict:8}", style=_STYLES[finding.verdict])
            if assessment.repository:
                line.append(f"{finding.rule:17} ")
            console.print(line.append(finding.evidence))
