"""Compliance findings of OCSF 1.3.0, by a JSON schema of what its class and objects demand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.exports import ocsf
from tests.bot.exports.examples import (
    CHINA,
    EVERY,
    EXEMPT,
    FAILING,
    LAB,
    NOBODY,
    NOWHERE,
    PASSING,
    UNKNOWN,
    unread,
    written,
)


def closed(required: str, **members: Any) -> dict[str, Any]:
    """Return the schema of an object that has these members and no others."""
    return {"type": "object", "required": required.split(), "properties": members, "additionalProperties": False}


def some(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
# timestamp_t: milliseconds since 1970; these are of this century, and neither seconds nor microseconds.
TIME = {"type": "integer", "minimum": 946684800000, "maximum": 4102444800000}
ACCOUNT = closed("uid", uid=TEXT, name=TEXT, type_id={"const": 10}, type={"const": "AWS Account"})
PRODUCT = closed("name vendor_name", name=TEXT, vendor_name=TEXT, version=TEXT)
# The class with its base, its objects and the cloud profile, each member with what the schema says of it:
# https://schema.ocsf.io/1.3.0/classes/compliance_finding
SCHEMA = closed(
    "activity_id category_uid class_uid type_uid severity_id time metadata finding_info compliance cloud",
    activity_id={"enum": [0, 1, 2, 3, 99]},
    activity_name=TEXT,
    category_uid={"const": 2},
    category_name={"const": "Findings"},
    class_uid={"const": 2003},
    class_name={"const": "Compliance Finding"},
    type_uid={"enum": [200300, 200301, 200302, 200303, 200399]},
    type_name=TEXT,
    time=TIME,
    severity_id={"enum": [0, 1, 2, 3, 4, 5, 6, 99]},
    severity=TEXT,
    status_id={"enum": [0, 1, 2, 3, 4, 99]},
    status=TEXT,
    message=TEXT,
    metadata=closed("version product", version={"const": "1.3.0"}, product=PRODUCT, profiles=some(TEXT)),
    finding_info=closed(
        "uid title",
        uid=TEXT,
        title=TEXT,
        desc=TEXT,
        types=some(TEXT),
        created_time=TIME,
        first_seen_time=TIME,
        last_seen_time=TIME,
        modified_time=TIME,
    ),
    compliance=closed(
        "standards",
        control=TEXT,
        standards={**some(TEXT), "minItems": 1},
        requirements=some(TEXT),
        status_id={"enum": [0, 1, 2, 3, 99]},
        status=TEXT,
        status_detail=TEXT,
    ),
    resources=some(
        closed(
            "",
            uid=TEXT,
            name=TEXT,
            type=TEXT,
            region=TEXT,
            cloud_partition=TEXT,
            owner=closed("account", account=ACCOUNT),
        )
    ),
    cloud=closed("provider", provider={"const": "AWS"}, account=ACCOUNT, region=TEXT),
    remediation=closed("desc", desc=TEXT, references=some({"type": "string", "format": "uri"})),
    unmapped={"type": "object"},
)
VALIDATOR = Draft202012Validator(SCHEMA)


def faults(event: dict[str, Any]) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(event)]


def test_every_kind_of_finding_is_a_line_that_the_schema_allows() -> None:
    lines = written(ocsf.write, *EVERY).splitlines()
    assert [json.loads(line) for line in lines] == [ocsf.event(one) for one in EVERY]
    assert [faults(json.loads(line)) for line in lines] == [[]] * len(EVERY)


def test_the_schema_would_report_what_is_unknown_or_missing() -> None:
    event = ocsf.event(FAILING)
    assert faults(event | {"verdict": "fail"}) != []
    assert faults({key: value for key, value in event.items() if key != "compliance"}) != []
    assert faults(event | {"time": event["time"] // 1000}) != []


def test_the_type_is_the_class_and_the_activity() -> None:
    event = ocsf.event(FAILING)
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert event["type_name"] == f"{event['class_name']}: {event['activity_name']}"


def test_a_failure_is_told_as_a_whole() -> None:
    event = ocsf.event(FAILING)
    arn = "arn:aws:ecr:eu-west-1:111111111111:repository/payments/api"
    account = {"uid": "111111111111", "name": "prod", "type_id": 10, "type": "AWS Account"}
    keys = ("time", "finding_info", "compliance", "resources", "cloud", "unmapped")
    event["finding_info"].pop("desc")
    assert {key: event[key] for key in keys} == {
        "time": 1795510800000,
        "finding_info": {
            "uid": f"{arn}/tag-immutability",
            "title": "ECR repositories must have immutable tags",
            "types": ["Software and Configuration Checks"],
            "created_time": 1795510800000 - 90 * 86400000,
            "first_seen_time": 1795510800000 - 3 * 86400000,
            "last_seen_time": 1795510800000 - 5 * 60000,
            "modified_time": 1795510800000,
        },
        "compliance": {
            "control": "tag-immutability",
            "standards": ["NIST SP 800-53 Rev. 5"],
            "requirements": ["NIST.800-53.r5 CA-9(1)", "NIST.800-53.r5 CM-2", "NIST.800-53.r5 CM-8(1)"],
            "status_id": 3,
            "status": "Fail",
            "status_detail": "Every tag can be overwritten.",
        },
        "resources": [
            {
                "uid": arn,
                "name": "payments/api",
                "type": "AWS::ECR::Repository",
                "cloud_partition": "aws",
                "owner": {"account": account},
                "region": "eu-west-1",
            }
        ],
        "cloud": {"provider": "AWS", "account": account, "region": "eu-west-1"},
        "unmapped": {
            "rule": "tag-immutability",
            "verdict": "fail",
            "tag_mutability": "MUTABLE",
            "exclusion_filters": [],
            "scan_on_push": False,
            "effective_scanning": "MANUAL",
        },
    }


@pytest.mark.parametrize(
    ("one", "compliance", "finding", "severity"),
    [
        (FAILING, (3, "Fail"), (1, "New"), (3, "Medium")),
        (PASSING, (1, "Pass"), (4, "Resolved"), (1, "Informational")),
        (EXEMPT, (3, "Fail"), (3, "Suppressed"), (1, "Informational")),
        (UNKNOWN, (2, "Warning"), (1, "New"), (3, "Medium")),
    ],
)
def test_each_verdict_has_a_status_and_nothing_but_a_pass_is_a_pass(
    one: Any, compliance: tuple[int, str], finding: tuple[int, str], severity: tuple[int, str]
) -> None:
    event = ocsf.event(one)
    assert (event["compliance"]["status_id"], event["compliance"]["status"]) == compliance
    assert (event["status_id"], event["status"]) == finding
    assert (event["severity_id"], event["severity"]) == severity


def test_what_is_exempt_says_until_when_by_whom_and_why() -> None:
    told = ocsf.event(EXEMPT)["unmapped"]
    assert (told["exempt_until"], told["exempt_by"], told["exempt_reason"]) == (
        "2026-12-24T09:00:00Z",
        "Otto Oncall",
        "A base image.",
    )


def test_standards_are_those_of_the_rule_and_the_partition_that_of_the_region() -> None:
    event = ocsf.event(UNKNOWN)
    assert event["compliance"]["standards"] == ["NIST SP 800-53 Rev. 5", "PCI DSS v4.0.1"]
    assert event["resources"][0]["cloud_partition"] == "aws-cn"
    assert "name" not in event["cloud"]["account"]
    assert event["cloud"]["account"]["uid"] == CHINA.account


def test_a_target_of_which_nothing_is_known_is_told_as_far_as_it_is() -> None:
    lab, nowhere, nobody = (ocsf.event(unread(target)) for target in (LAB, NOWHERE, NOBODY))
    assert [one["uid"] for one in lab["resources"]] == ["AWS::::Account:444444444444"]
    assert (set(nowhere["cloud"]), set(nobody["cloud"])) == ({"provider", "account"}, {"provider", "region"})
    assert [one["uid"] for one in nowhere["resources"]] == ["AWS::::Account:555555555555"]
    assert nobody["resources"] == []
