"""`export --as asff`: findings in the AWS Security Finding Format, as Security Hub's BatchImportFindings takes them.

The format: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html. Its
limits are those of the API reference of `AwsSecurityFinding`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.exports.json_array import write_array
from bot.exports.records import moment
from ecr.described import CONTROL
from ecr.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from bot.exports.records import Record

LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_RECOMMENDATION, LONGEST_FIELD = 256, 1024, 512, 2048
"""Characters that Security Hub takes."""

STATUSES = {
    Verdict.PASS: "PASSED",
    Verdict.FAIL: "FAILED",
    Verdict.EXEMPT: "WARNING",
    Verdict.UNKNOWN: "NOT_AVAILABLE",
}
"""What a verdict is called there. What is exempt fails, and is accepted for a time: it is neither passed nor failed.

It is not suppressed by its workflow, since BatchImportFindings never changes that of a finding that is there: it would
stay suppressed after the exemption ended.
"""

# The values that the API takes; the member may be left out.
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
# AWS's documentation of the member knows these two alone.
_MUTABILITIES = ("MUTABLE", "IMMUTABLE")
_TYPES = ["Software and Configuration Checks/AWS Security Best Practices"]


def write(records: Iterable[Record], out: TextIO) -> None:
    """Write one array of findings; what cannot be one, by `can_hold`, is left out."""
    write_array(map(finding, filter(can_hold, records)), out)


def can_hold(record: Record) -> bool:
    """Tell whether the format can hold a record: it demands an account and a region, which must be known."""
    return bool(record.target.account and record.region)


def finding(record: Record) -> dict[str, Any]:
    """Return the finding of a record that the format can hold."""
    told, rule = record.finding, CONTROL.rules[record.finding.rule]
    account, region = record.target.account, record.region
    label, types = _severity(told.verdict), list(_TYPES)
    return {
        "SchemaVersion": "2018-10-08",
        "Id": record.id,
        "ProductArn": f"arn:{record.partition}:securityhub:{region}:{account}:product/{account}/default",
        "GeneratorId": f"ecrbot/{told.rule}",
        "AwsAccountId": account,
        "Types": types,
        "CreatedAt": moment(record.first_seen_at or record.as_of),
        "UpdatedAt": moment(record.as_of),
        "FirstObservedAt": moment(record.began_at),
        "LastObservedAt": moment(record.read_at or record.as_of),
        "Severity": {"Label": label},
        "Title": shortened(rule.title, LONGEST_TITLE),
        "Description": shortened(told.evidence or rule.title, LONGEST_DESCRIPTION),
        "Remediation": {
            "Recommendation": {"Text": shortened(rule.remediation, LONGEST_RECOMMENDATION), "Url": rule.url}
        },
        "ProductFields": dict(_fields(record)),
        "Resources": [_resource(record)],
        "Compliance": _compliance(record),
        "Workflow": {"Status": "RESOLVED" if told.verdict is Verdict.PASS else "NEW"},
        "RecordState": "ACTIVE",
        # A later import changes severity and types by these alone.
        "FindingProviderFields": {"Severity": {"Label": label}, "Types": types},
    }


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _severity(verdict: Verdict) -> str:
    """Return the control's own where something fails, or may; what passes or is exempt is information."""
    accepted = verdict in (Verdict.PASS, Verdict.EXEMPT)
    return "INFORMATIONAL" if accepted else CONTROL.severity.upper()


def _compliance(record: Record) -> dict[str, Any]:
    requirements = CONTROL.rules[record.finding.rule].counterpart.requirements
    reason = {
        "ReasonCode": f"ECRBOT_{record.finding.verdict.upper()}",
        "Description": shortened(record.finding.evidence or record.finding.verdict, LONGEST_FIELD),
    }
    return {
        "Status": STATUSES[record.finding.verdict],
        "RelatedRequirements": list(requirements),
        "StatusReasons": [reason],
    }


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    """Yield what the format has no members for, as far as there is any."""
    repository, grant = record.repository, record.grant
    scan_on_push = repository.scan_on_push if repository else None
    fields = {
        "verdict": record.finding.verdict,
        "account_name": record.target.name,
        "tag_mutability": repository.tag_mutability if repository else None,
        "exclusion_filters": " ".join(one.text for one in (repository and repository.exclusions) or ()),
        "scan_on_push": None if scan_on_push is None else str(scan_on_push).lower(),
        "effective_scanning": record.effective_scanning,
        "exempt_until": moment(grant.ends_at) if grant else None,
        "exempt_by": grant.by if grant else None,
        "exempt_reason": grant.reason if grant else None,
    }
    yield from ((f"ecrbot/{name}", shortened(value, LONGEST_FIELD)) for name, value in fields.items() if value)


def _resource(record: Record) -> dict[str, Any]:
    """Return the repository, or the account where none is known in it (its id is as Security Hub writes one)."""
    where: dict[str, Any] = {"Region": record.region}
    if record.partition in _PARTITIONS:
        where["Partition"] = record.partition
    repository = record.repository
    if repository is None:
        return {"Type": "AwsAccount", "Id": f"AWS::::Account:{record.target.account}", **where}
    details: dict[str, Any] = {"Arn": repository.arn, "RepositoryName": repository.name}
    if repository.tag_mutability in _MUTABILITIES:
        details["ImageTagMutability"] = repository.tag_mutability
    if repository.scan_on_push is not None:
        details["ImageScanningConfiguration"] = {"ScanOnPush": repository.scan_on_push}
    return {"Type": "AwsEcrRepository", "Id": repository.arn, **where, "Details": {"AwsEcrRepository": details}}
