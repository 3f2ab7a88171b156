"""docs/control.md says what ecr/described.py says, in full, and the links to it lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ecr.described import CONTROL
from ecr.model import Rule

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs/control.md").read_text(encoding="utf-8")


def flowing(text: str) -> str:
    """Return a text without its line breaks."""
    return re.sub(r"\s+", " ", text)


def part(heading: str) -> str:
    """Return what is under a heading of the second level."""
    return re.split(r"^## ", DOCUMENT.partition(f"\n## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives a document's headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_it_begins_with_the_title_the_severity_and_what_is_detected() -> None:
    assert flowing(DOCUMENT).startswith(
        f"# The control *{CONTROL.title}.* Severity: {CONTROL.severity}. {CONTROL.description} "
    )


@pytest.mark.parametrize("rule", Rule)
def test_each_rule_is_described_in_full(rule: Rule) -> None:
    words = CONTROL.rules[rule]
    told = part(f"`{rule}`")
    assert f"**{words.title}.** {words.detects} {words.why}" in flowing(told)
    assert f"{words.remediation} ([AWS's page]({words.url}))" in flowing(told)
    assert f"Service-wide: {words.service_wide}" in flowing(told)
    assert re.findall(r"^```\n(.+)\n```$", told, re.MULTILINE) == [words.cli]
    steps = re.findall(r"^\d\. (.+?)(?=\n\d\. |\n\n)", told, re.MULTILINE | re.DOTALL)
    assert tuple(flowing(step) for step in steps) == words.console


def test_the_stored_check_is_there() -> None:
    assert f"```\n  {CONTROL.stored_check}\n  ```" in part("How it is judged")


def test_the_mappings_are_there_and_no_others() -> None:
    rows = [line.strip("|").split(" | ") for line in part("What it maps to").splitlines() if line.startswith("| [")]
    of = {words.counterpart.security_hub: rule for rule, words in CONTROL.rules.items()}
    assert [[cell.strip() for cell in row] for row in rows] == [
        [
            f"[{one.security_hub}]({one.url})",
            f"`{of[one.security_hub]}`",
            one.severity,
            one.schedule,
            f"`{one.config_rule}`",
            ", ".join(one.nist),
            ", ".join(one.pci) or "–",  # noqa: RUF001 - the dash of an empty cell
            one.differs,
        ]
        for one in CONTROL.mappings
    ]


def test_every_link_to_a_heading_of_it_leads_to_one() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    asked = {
        anchor
        for path in documents
        for anchor in re.findall(r"\]\([^)]*control\.md#([^)]+)\)", path.read_text(encoding="utf-8"))
    }
    assert asked | {"tag-immutability", "scan-on-push", "exempt"} <= anchors(DOCUMENT)
