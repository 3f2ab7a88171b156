"""Findings as Security Hub takes them, by botocore's own model of BatchImportFindings and AWS's limits."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.validate import ParamValidator

from bot.exports import asff
from ecr.model import Finding, Rule, Verdict
from store.export_reading import Grant
from tests.bot.exports.examples import (
    AT,
    CHINA,
    EVERY,
    EXEMPT,
    FAILING,
    LAB,
    NOBODY,
    NOWHERE,
    PASSING,
    PROD,
    UNKNOWN,
    record,
    repository,
    unread,
    written,
)

# The lengths that the API reference of AwsSecurityFinding gives, by the members they are for.
LONGEST = {
    ("Id",): 512,
    ("GeneratorId",): 512,
    ("Title",): 256,
    ("Description",): 1024,
    ("Remediation", "Recommendation", "Text"): 512,
}
LONG = "A sentence that does not end. " * 200


@pytest.fixture(scope="module")
def shape() -> Any:
    client = boto3.client("securityhub", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    return client.meta.service_model.operation_model("BatchImportFindings").input_shape


def problems(shape: Any, *findings: dict[str, Any]) -> str:
    report: str = ParamValidator().validate({"Findings": list(findings)}, shape).generate_report()
    return report


def outside(value: Any, shape: Any, where: str = "") -> list[str]:
    """Return each value that its enum or its pattern does not have, which botocore leaves to the service."""
    if shape.type_name == "structure":
        return [fault for key, one in value.items() for fault in outside(one, shape.members[key], f"{where}.{key}")]
    if shape.type_name == "list":
        return [fault for one in value for fault in outside(one, shape.member, f"{where}[]")]
    if shape.type_name == "map":
        return [fault for one in value.values() for fault in outside(one, shape.value, f"{where}{{}}")]
    pattern = shape.metadata.get("pattern")
    wrong = (shape.metadata.get("enum") and value not in shape.metadata["enum"]) or (
        pattern and not re.fullmatch(pattern, value, re.DOTALL)
    )
    return [f"{where} = {value!r}"] if wrong else []


def within(finding: Any, path: tuple[str, ...]) -> str:
    for name in path:
        finding = finding[name]
    return str(finding)


def test_every_kind_of_finding_is_one_by_botocore_s_model(shape: Any) -> None:
    findings = json.loads(written(asff.write, *EVERY))
    assert problems(shape, *findings) == ""
    assert outside({"Findings": findings}, shape) == []


def test_the_model_would_report_what_is_unknown_missing_or_no_value_of_an_enum(shape: Any) -> None:
    good = asff.finding(FAILING)
    wrong = {key: value for key, value in good.items() if key != "Title"} | {"Verdict": "fail", "RecordState": "NEW"}
    assert re.findall(r'(?:Missing|Unknown) .+?: "(\w+)"', problems(shape, wrong)) == ["Title", "Verdict"]
    assert outside({"Findings": [{"RecordState": "NEW", "Title": " "}]}, shape) == [
        ".Findings[].RecordState = 'NEW'",
        ".Findings[].Title = ' '",
    ]


def test_a_failure_is_told_as_a_whole() -> None:
    arn = "arn:aws:ecr:eu-west-1:111111111111:repository/payments/api"
    found = asff.finding(FAILING)
    assert {key: found.pop(key) for key in ("Remediation", "Title")} == {
        "Remediation": {
            "Recommendation": {
                "Text": "Set the repository's tag mutability to IMMUTABLE.",
                "Url": "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
            }
        },
        "Title": "ECR repositories must have immutable tags",
    }
    types = ["Software and Configuration Checks/AWS Security Best Practices"]
    assert found == {
        "SchemaVersion": "2018-10-08",
        "Id": f"{arn}/tag-immutability",
        "ProductArn": "arn:aws:securityhub:eu-west-1:111111111111:product/111111111111/default",
        "GeneratorId": "ecrbot/tag-immutability",
        "AwsAccountId": "111111111111",
        "Types": types,
        "CreatedAt": "2026-08-26T09:00:00Z",
        "UpdatedAt": "2026-11-24T09:00:00Z",
        "FirstObservedAt": "2026-11-21T09:00:00Z",
        "LastObservedAt": "2026-11-24T08:55:00Z",
        "Severity": {"Label": "MEDIUM"},
        "Description": "Every tag can be overwritten.",
        "ProductFields": {
            "ecrbot/verdict": "fail",
            "ecrbot/account_name": "prod",
            "ecrbot/tag_mutability": "MUTABLE",
            "ecrbot/scan_on_push": "false",
            "ecrbot/effective_scanning": "MANUAL",
        },
        "Resources": [
            {
                "Type": "AwsEcrRepository",
                "Id": arn,
                "Region": "eu-west-1",
                "Partition": "aws",
                "Details": {
                    "AwsEcrRepository": {
                        "Arn": arn,
                        "RepositoryName": "payments/api",
                        "ImageTagMutability": "MUTABLE",
                        "ImageScanningConfiguration": {"ScanOnPush": False},
                    }
                },
            }
        ],
        "Compliance": {
            "Status": "FAILED",
            "RelatedRequirements": ["NIST.800-53.r5 CA-9(1)", "NIST.800-53.r5 CM-2", "NIST.800-53.r5 CM-8(1)"],
            "StatusReasons": [{"ReasonCode": "ECRBOT_FAIL", "Description": "Every tag can be overwritten."}],
        },
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
        "FindingProviderFields": {"Severity": {"Label": "MEDIUM"}, "Types": types},
    }


@pytest.mark.parametrize(
    ("one", "status", "severity", "workflow"),
    [
        (FAILING, "FAILED", "MEDIUM", "NEW"),
        (PASSING, "PASSED", "INFORMATIONAL", "RESOLVED"),
        (EXEMPT, "WARNING", "INFORMATIONAL", "NEW"),
        (UNKNOWN, "NOT_AVAILABLE", "MEDIUM", "NEW"),
        (unread(LAB), "NOT_AVAILABLE", "MEDIUM", "NEW"),
    ],
)
def test_each_verdict_has_a_status_of_its_own_and_nothing_but_a_pass_is_passed(
    one: Any, status: str, severity: str, workflow: str
) -> None:
    found = asff.finding(one)
    assert (found["Compliance"]["Status"], found["Severity"]["Label"]) == (status, severity)
    assert (found["FindingProviderFields"]["Severity"]["Label"], found["Workflow"]["Status"]) == (severity, workflow)


def test_what_is_exempt_says_until_when_by_whom_and_why() -> None:
    fields = asff.finding(EXEMPT)["ProductFields"]
    assert [fields[f"ecrbot/exempt_{what}"] for what in ("until", "by", "reason")] == [
        "2026-12-24T09:00:00Z",
        "Otto Oncall",
        "A base image.",
    ]


def test_the_partition_of_a_region_is_in_every_arn_and_an_absent_setting_is_left_out() -> None:
    found = asff.finding(UNKNOWN)
    account = CHINA.account
    assert found["ProductArn"] == f"arn:aws-cn:securityhub:cn-north-1:{account}:product/{account}/default"
    [resource] = found["Resources"]
    arn = f"arn:aws-cn:ecr:cn-north-1:{account}:repository/payments/api"
    assert (resource["Partition"], resource["Id"]) == ("aws-cn", arn)
    assert resource["Details"] == {"AwsEcrRepository": {"Arn": arn, "RepositoryName": "payments/api"}}


def test_a_value_that_security_hub_does_not_know_is_among_the_product_s_own_fields(shape: Any) -> None:
    found = asff.finding(PASSING)
    assert "ImageTagMutability" not in found["Resources"][0]["Details"]["AwsEcrRepository"]
    assert found["ProductFields"]["ecrbot/tag_mutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert found["ProductFields"]["ecrbot/exclusion_filters"] == "v* latest"
    iso = replace(repository(), arn="arn:aws-iso:ecr:us-iso-east-1:111111111111:repository/api")
    found = asff.finding(record(Verdict.FAIL, of=iso))
    assert "Partition" not in found["Resources"][0]
    assert (problems(shape, found), outside({"Findings": [found]}, shape)) == ("", [])


def test_a_target_of_which_no_repository_is_known_is_a_finding_of_its_account() -> None:
    found = asff.finding(unread(LAB))
    assert found["Id"] == "ecrbot/444444444444/eu-west-1/tag-immutability"
    assert found["Resources"] == [
        {"Type": "AwsAccount", "Id": "AWS::::Account:444444444444", "Region": "eu-west-1", "Partition": "aws"}
    ]


def test_a_target_without_an_account_or_a_region_cannot_be_a_finding() -> None:
    assert [asff.can_hold(unread(target)) for target in (LAB, NOWHERE, NOBODY)] == [True, False, False]
    assert json.loads(written(asff.write, unread(NOWHERE), unread(NOBODY))) == []


@pytest.mark.parametrize("rule", Rule)
def test_no_text_is_longer_than_security_hub_takes_nor_empty(shape: Any, rule: Rule) -> None:
    grant = Grant(LONG, LONG, AT, AT)
    name = "n" * 256
    one = record(Verdict.EXEMPT, LONG, rule=rule, of=repository(PROD, name), grant=grant)
    for finding in (asff.finding(one), asff.finding(replace(one, finding=Finding(rule, Verdict.UNKNOWN, "")))):
        too_long = [path for path, most in LONGEST.items() if not 1 <= len(within(finding, path)) <= most]
        fields = finding["ProductFields"]
        assert too_long == []
        assert len(fields) <= 50
        assert all(len(key) <= 128 and 1 <= len(value) <= 2048 for key, value in fields.items())
        assert len(finding["Compliance"]["RelatedRequirements"]) <= 32
        assert len(json.dumps(finding)) < 240 * 1024
        assert (problems(shape, finding), outside({"Findings": [finding]}, shape)) == ("", [])
    assert asff.finding(one)["Description"].endswith("…")
