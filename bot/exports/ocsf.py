"""`export --as ocsf`: a Compliance Finding of the Open Cybersecurity Schema Framework in each line, for a data lake.

The class: https://schema.ocsf.io/1.3.0/classes/compliance_finding, with the cloud profile.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from bot.exports.records import columns
from ecr.described import CONTROL
from ecr.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import TextIO

    from bot.exports.records import Record

VERSION = "1.3.0"
"""The schema's, the first in which this class has `resources`."""

CATEGORY, CLASS, CREATE = 2, 2003, 1

STATUSES = {
    Verdict.PASS: (1, "Pass"),
    Verdict.FAIL: (3, "Fail"),
    Verdict.EXEMPT: (3, "Fail"),
    Verdict.UNKNOWN: (2, "Warning"),
}
"""What the check came to. *Warning* is the schema's word for a check without a result, because information is missing;
what is exempt fails, and is suppressed below."""

STATES = {
    Verdict.PASS: (4, "Resolved"),
    Verdict.FAIL: (1, "New"),
    Verdict.EXEMPT: (3, "Suppressed"),
    Verdict.UNKNOWN: (1, "New"),
}
"""Where the finding stands."""

_SEVERITIES = ("Unknown", "Informational", "Low", "Medium", "High", "Critical")
_NIST, _PCI = "NIST SP 800-53 Rev. 5", "PCI DSS v4.0.1"
_AWS_ACCOUNT = {"type_id": 10, "type": "AWS Account"}
_EXTRA = ("rule", "verdict", "tag_mutability", "exclusion_filters", "scan_on_push", "effective_scanning")
_EXEMPT = ("exempt_until", "exempt_by", "exempt_reason")


def write(records: Iterable[Record], out: TextIO) -> None:
    """Write a line for each record."""
    out.writelines(f"{json.dumps(event(record), ensure_ascii=False)}\n" for record in records)


def event(record: Record) -> dict[str, Any]:
    """Return the event of a record.

    Every export tells of each finding anew, so that its activity is always *Create*; `finding_info.uid` stays.
    """
    verdict, rule = record.finding.verdict, CONTROL.rules[record.finding.rule]
    severity = _SEVERITIES.index("Informational" if verdict in (Verdict.PASS, Verdict.EXEMPT) else CONTROL.severity)
    status_id, status = STATES[verdict]
    return {
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + CREATE,
        "type_name": "Compliance Finding: Create",
        "time": _milliseconds(record.as_of),
        "severity_id": severity,
        "severity": _SEVERITIES[severity],
        "status_id": status_id,
        "status": status,
        "message": record.finding.evidence,
        "metadata": {"version": VERSION, "profiles": ["cloud"], "product": _product()},
        "finding_info": _information(record),
        "compliance": _compliance(record),
        "resources": [_resource(record)] if record.repository or record.target.account else [],
        "cloud": _cloud(record),
        "remediation": {"desc": rule.remediation, "references": [rule.url]},
        "unmapped": _unmapped(record),
    }


def _information(record: Record) -> dict[str, Any]:
    return {
        "uid": record.id,
        "title": CONTROL.rules[record.finding.rule].title,
        "desc": CONTROL.description,
        "types": ["Software and Configuration Checks"],
        "created_time": _milliseconds(record.first_seen_at or record.as_of),
        "first_seen_time": _milliseconds(record.began_at),
        "last_seen_time": _milliseconds(record.read_at or record.as_of),
        "modified_time": _milliseconds(record.as_of),
    }


def _compliance(record: Record) -> dict[str, Any]:
    rule = CONTROL.rules[record.finding.rule]
    status_id, status = STATUSES[record.finding.verdict]
    return {
        "control": record.finding.rule,
        "standards": [name for name, some in ((_NIST, rule.nist), (_PCI, rule.pci)) if some],
        "requirements": list(rule.counterpart.requirements),
        "status_id": status_id,
        "status": status,
        "status_detail": record.finding.evidence,
    }


def _resource(record: Record) -> dict[str, Any]:
    """Return the repository, or the account where none is known in it."""
    where = {"cloud_partition": record.partition, "owner": {"account": _account(record)}}
    if record.region:
        where["region"] = record.region
    if record.repository is None:
        account = record.target.account
        return {"uid": f"AWS::::Account:{account}", "name": account, "type": "AWS::::Account", **where}
    repository = record.repository
    return {"uid": repository.arn, "name": repository.name, "type": "AWS::ECR::Repository", **where}


def _cloud(record: Record) -> dict[str, Any]:
    cloud: dict[str, Any] = {"provider": "AWS"}
    if record.target.account:
        cloud["account"] = _account(record)
    return cloud | ({"region": record.region} if record.region else {})


def _account(record: Record) -> dict[str, Any]:
    name = {"name": record.target.name} if record.target.name else {}
    return {"uid": record.target.account, **name, **_AWS_ACCOUNT}


def _unmapped(record: Record) -> dict[str, Any]:
    """Return what the schema has no place for."""
    told = columns(record)
    return {name: told[name] for name in (*_EXTRA, *(_EXEMPT if record.grant else ()))}


@cache
def _product() -> dict[str, str]:
    try:
        version = {"version": metadata.version("ecrbot")}
    except metadata.PackageNotFoundError:  # it runs from a checkout that nobody installed
        version = {}
    return {"name": "ecrbot", "vendor_name": "ecrbot", **version}


def _milliseconds(at: datetime) -> int:
    """Return a moment as the schema's `timestamp_t` has it."""
    return round(at.timestamp() * 1000)
