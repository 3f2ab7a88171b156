"""The control in words says what the code does and what AWS's own models know."""

from __future__ import annotations

import shlex
from itertools import product

import pytest
from botocore import xform_name
from botocore.session import get_session

from ecr import controls
from ecr.described import CONTROL
from ecr.model import (
    Exclusion,
    Mode,
    Observation,
    Policy,
    RegistryScanning,
    Repository,
    Rule,
    ScanType,
    TagMutability,
    Target,
    Verdict,
)

TARGET = Target("111111111111", "eu-west-1")
LITERAL = Policy(mode=Mode.LITERAL)
FLAGS_OF_EVERY_COMMAND = {"region"}


def repository(mutability: str, *, scan_on_push: bool) -> Repository:
    exclusions = (Exclusion("latest"),) if mutability.endswith("EXCLUSION") else ()
    arn = "arn:aws:ecr:eu-west-1:111111111111:repository/api"
    return Repository("111111111111", "eu-west-1", "api", arn, mutability, exclusions, scan_on_push)


def fails(check: str, one: Repository) -> bool:
    """Read a stored check as it is written: some comparisons, of which one is enough."""
    values = {"scanOnPush": str(one.scan_on_push).lower(), "imageTagMutability": one.tag_mutability}
    said = [clause.split(" ") for clause in check.split(" or ")]
    return any({"==": values[name] == value, "!=": values[name] != value}[sign] for name, sign, value in said)


@pytest.mark.parametrize(("mutability", "flag"), tuple(product(TagMutability, (True, False))))
def test_the_stored_check_fails_what_literal_mode_fails(mutability: TagMutability, flag: bool) -> None:  # noqa: FBT001 - a column of the table
    one = repository(mutability, scan_on_push=flag)
    seen = Observation(one, RegistryScanning(ScanType.BASIC, ()), None)
    assessment = controls.evaluate(seen, LITERAL, TARGET)
    assert fails(CONTROL.stored_check, one) == (assessment.verdict is Verdict.FAIL)
    for finding in assessment.findings:
        assert fails(CONTROL.rules[finding.rule].stored_check, one) == (finding.verdict is Verdict.FAIL)


def test_it_has_every_rule_in_the_order_they_are_judged_in() -> None:
    assert tuple(CONTROL.rules) == tuple(Rule)


@pytest.mark.parametrize("rule", Rule)
def test_a_command_of_the_aws_cli_has_flags_that_its_call_takes_and_all_that_it_requires(rule: Rule) -> None:
    program, service, operation, *rest = shlex.split(CONTROL.rules[rule].cli)
    model = get_session().get_service_model(service)
    [name] = [one for one in model.operation_names if xform_name(one, "-") == operation]
    shape = model.operation_model(name).input_shape
    assert shape is not None
    flags = {flag.removeprefix("--") for flag in rest[::2]}
    assert program == "aws"
    assert all(flag.startswith("--") for flag in rest[::2])
    assert flags - FLAGS_OF_EVERY_COMMAND <= {xform_name(member, "-") for member in shape.members}
    assert flags >= {xform_name(member, "-") for member in shape.required_members}


@pytest.mark.parametrize("rule", Rule)
def test_a_command_of_the_aws_cli_sets_what_the_rule_asks_for(rule: Rule) -> None:
    assert (
        CONTROL.rules[rule].cli.rpartition(" ")[2]
        == {
            Rule.TAG_IMMUTABILITY: "IMMUTABLE",
            Rule.SCAN_ON_PUSH: "scanOnPush=true",
        }[rule]
    )


def test_it_maps_to_what_aws_s_documentation_says() -> None:
    told = {
        rule: (
            words.security_hub,
            words.counterpart.severity,
            words.counterpart.schedule,
            words.config_rule,
            words.nist,
            words.pci,
        )
        for rule, words in CONTROL.rules.items()
    }
    assert told == {
        Rule.SCAN_ON_PUSH: (
            "ECR.1",
            "High",
            "Periodic",
            "ecr-private-image-scanning-enabled",
            ("RA-5",),
            ("6.2.3", "6.2.4"),
        ),
        Rule.TAG_IMMUTABILITY: (
            "ECR.2",
            "Medium",
            "Change triggered",
            "ecr-private-tag-immutability-enabled",
            ("CA-9(1)", "CM-2", "CM-8(1)"),
            (),
        ),
    }
    assert [one.security_hub for one in CONTROL.mappings] == ["ECR.1", "ECR.2"]


def test_requirements_are_written_as_security_hub_writes_them() -> None:
    assert [one.requirements for one in CONTROL.mappings] == [
        ("NIST.800-53.r5 RA-5", "PCI DSS v4.0.1/6.2.3", "PCI DSS v4.0.1/6.2.4"),
        ("NIST.800-53.r5 CA-9(1)", "NIST.800-53.r5 CM-2", "NIST.800-53.r5 CM-8(1)"),
    ]


def test_every_text_is_whole_sentences() -> None:
    texts = [CONTROL.description, CONTROL.why]
    for words in CONTROL.rules.values():
        texts += [words.detects, words.why, words.remediation, words.service_wide, words.counterpart.differs]
        texts += words.console
    assert [text for text in texts if not text.endswith(".") or "  " in text or ".." in text] == []
