"""The examples of docs/export.md quote the evidence that the program gives."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ecr.controls import tag_immutability
from ecr.exemption import exempted, index
from ecr.model import Assessment, Policy
from tests.company import PROD
from tests.ecr.plain_registry import repository
from tests.ecr.test_check_exemptions import API

DOCUMENT = (Path(__file__).parent.parent / "docs/export.md").read_text(encoding="utf-8")
AT = datetime(2026, 11, 25, 9, tzinfo=UTC)


def evidence() -> tuple[str, str]:
    """Return what is said of a repository with mutable tags, and of one that is exempt."""
    found = repository(PROD, "api", tag_mutability="MUTABLE")
    failing = Assessment("api", PROD, found, None, (tag_immutability(found, Policy()),))
    grant = replace(
        API, by_name="Otto Oncall", granted_at=AT - timedelta(days=1), ends_at=datetime(2026, 12, 24, 9, tzinfo=UTC)
    )
    [fails] = failing.findings
    [is_exempt] = exempted(failing, index((grant,)), AT).findings
    return fails.evidence, is_exempt.evidence


def test_the_table_and_its_rows_as_json_say_what_the_program_says() -> None:
    fails, is_exempt = evidence()
    [table] = re.findall(r"```\n(account,.+?)```", DOCUMENT, re.DOTALL)
    said = {row["verdict"]: row["evidence"] for row in csv.DictReader(io.StringIO(table))}
    [row] = re.findall(r'```json\n(\{"account".+?)```', DOCUMENT, re.DOTALL)
    assert said == {"fail": fails, "exempt": is_exempt}
    assert json.loads(row)["evidence"] == is_exempt


def test_the_findings_say_what_the_program_says() -> None:
    fails, _ = evidence()
    _, finding, event = (json.loads(block) for block in re.findall(r"```json\n(.+?)```", DOCUMENT, re.DOTALL))
    assert finding["Description"] == fails
    assert finding["Compliance"]["StatusReasons"][0]["Description"] == fails
    assert (event["message"], event["compliance"]["status_detail"]) == (fails, fails)


def test_the_report_of_tests_says_what_the_program_says() -> None:
    fails, is_exempt = evidence()
    [report] = re.findall(r"```xml\n(.+?)```", DOCUMENT, re.DOTALL)
    assert re.findall(r'<(?:skipped|failure) message="(.+?)"', report) == [is_exempt, fails]
    assert fails in report.splitlines()
