"""Fix in code: from a name to the lines for its code, for which tool and why, and what is said where there are none."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError, UsageError
from ecr.infrastructure import Tool
from ecr.model import Mode, Policy, Verdict
from ecr.names import parse
from tests.company import NOON, PROD, STAGING
from tests.ecr.fixes import Tagged, fixing
from tests.ecr.plain_registry import PlainRegistry, repository
from tests.ecr.test_check_exemptions import API, PlainExemptions
from tests.ecr.truth_table import PUSH, basic, but, enhanced, rule

if TYPE_CHECKING:
    from ecr.fixing import Fix, Fixed
    from ecr.model import Repository, Target
    from tests.company import PlainSignals

STACK = {"aws:cloudformation:stack-name": "shop", "aws:cloudformation:logical-id": "ApiRepository"}
MADE = "CloudFormation stack shop (resource ApiRepository) made this repository"


def failing(target: Target = PROD, name: str = "payments-api") -> Repository:
    return repository(target, name, tag_mutability="MUTABLE", scan_on_push=False)


def ask(
    registry: PlainRegistry, name: str = "payments-api", tool: Tool | None = None, signals: PlainSignals | None = None
) -> Fixed:
    policy = Policy(accepted_exclusions=frozenset({"latest"}))
    return fixing(registry, policy, signals).fix(parse(name), tool, Deadline.after(10))


def one(registry: PlainRegistry, tool: Tool | None = None, signals: PlainSignals | None = None) -> Fix:
    [fix] = ask(registry, tool=tool, signals=signals).fixes
    return fix


def test_cloudformation_s_tags_choose_the_tool_and_name_stack_and_resource() -> None:
    fix = one(PlainRegistry({PROD: (failing(),)}), signals=Tagged(STACK))
    assert (fix.name, fix.target, fix.arn, fix.tool) == ("payments-api", PROD, failing().arn, Tool.CLOUDFORMATION)
    assert fix.sentences == (f"{MADE}, so the lines are for CloudFormation.",)
    assert fix.code == (
        "Resources:\n"
        "  # payments-api in prod (111111111111) in eu-west-1\n"
        "  ApiRepository:\n"
        "    Type: AWS::ECR::Repository\n"
        "    Properties:\n"
        "      # Put these properties into the resource ApiRepository of the stack shop, in place of those there are.\n"
        "      ImageTagMutability: IMMUTABLE\n"
        "      ImageScanningConfiguration:\n"
        "        ScanOnPush: true"
    )
    assert fix.note == (
        "The change set will show Modify of ApiRepository, ImageTagMutability and ImageScanningConfiguration, "
        "Replacement False: an update without interruption."
    )
    assert fix.advice == ()


def test_without_a_tag_that_tells_it_is_terraform_and_that_is_said() -> None:
    fix = one(PlainRegistry({PROD: (failing(),)}), signals=Tagged({"team": "payments"}))
    assert fix.tool is Tool.TERRAFORM
    assert fix.sentences == ("No resource tag tells what made it: the lines are for Terraform, by default.",)
    assert fix.note == (
        'terraform plan will show 1 to change: ~ image_tag_mutability = "MUTABLE" -> "IMMUTABLE", '
        "~ scan_on_push = false -> true, in place; where ecrbot has made the same change already, it shows none."
    )


def test_tags_that_cannot_be_read_leave_it_at_the_default_with_the_reason() -> None:
    refused = AccessDeniedError("The role may not call ecr:ListTagsForResource: grant it.")
    fix = one(PlainRegistry({PROD: (failing(),)}), signals=Tagged(refused))
    assert fix.sentences == (
        f"The resource tags could not be read, so what made it is not known: {refused}",
        "The lines are for Terraform, by default.",
    )
    assert fix.code


def test_a_tool_that_is_asked_for_is_taken_and_what_made_the_repository_is_said_all_the_same() -> None:
    registry = PlainRegistry({PROD: (failing(),)})
    fix = one(registry, Tool.CLI, Tagged(STACK))
    assert fix.tool is Tool.CLI
    assert fix.sentences == (
        f"{MADE}: its next update reverts what its own code does not say.",
        "The lines are for the AWS CLI, as asked.",
    )
    assert fix.note.startswith("There is no plan: each command takes effect at once and without an approval")


def test_what_is_exempt_or_not_known_has_no_lines_and_that_is_said() -> None:
    registry = PlainRegistry({PROD: (repository(PROD, "payments-api", tag_mutability="MUTABLE", scan_on_push=None),)})
    exempt = PlainExemptions((replace(API, name="payments-api", granted_at=NOON, ends_at=NOON + timedelta(days=1)),))
    made = fixing(registry)
    made = replace(made, checker=Checker(registry, Policy(), lambda: NOON, exemptions=exempt))
    [fix] = made.fix(parse("payments-api"), None, Deadline.after(10)).fixes
    assert (fix.code, fix.note, fix.verdict) == ("", "", Verdict.UNKNOWN)
    assert fix.sentences == ("There are no lines for payments-api.",)
    assert fix.advice[0].startswith("scan-on-push is unknown, so nothing is planned for it. ")
    assert fix.advice[1].startswith("tag-immutability is exempt, so there are no lines for it. ")


def test_a_repository_that_passes_has_nothing_to_fix_and_its_tags_are_not_read() -> None:
    registry = PlainRegistry({PROD: (repository(PROD, "payments-api"),)})
    fix = one(registry, signals=Tagged(AccessDeniedError("It was read.")))
    assert (fix.sentences, fix.code, fix.note, fix.advice) == (
        ("payments-api passes both rules: there is nothing to fix.",),
        "",
        "",
        (),
    )


def test_filters_that_the_policy_accepts_stay_and_those_that_go_are_told() -> None:
    found = repository(PROD, "payments-api", tag_mutability="IMMUTABLE_WITH_EXCLUSION", exclusions=but("latest", "x-*"))
    fix = one(PlainRegistry({PROD: (found,)}), Tool.TERRAFORM)
    assert 'filter      = "latest"' in fix.code
    assert "# Take out the image_tag_mutability_exclusion_filter of x-*." in fix.code
    assert "- image_tag_mutability_exclusion_filter x-*, in place" in fix.note
    assert fix.advice == ("The filter x-* goes: tags that match it can not be overwritten any more.",)


def test_what_only_the_registry_s_rules_mend_is_its_whole_list_with_what_to_look_out_for() -> None:
    found = tuple(repository(PROD, name) for name in ("payments-api", "payments-api-old"))
    registry = PlainRegistry({PROD: found}, {PROD: enhanced(rule(PUSH, "web"))})
    fix = one(registry, Tool.TERRAFORM)
    assert "aws_ecr_repository" not in fix.code.replace("aws_ecr_repository_creation", "")
    assert all(f'filter      = "{text}"' in fix.code for text in ("web", "payments-api"))
    assert fix.note == (
        "aws_ecr_registry_scanning_configuration.registry is for the whole registry of prod (111111111111) in "
        "eu-west-1: 1 to change where code has it already. Where none has it, run terraform import "
        "aws_ecr_registry_scanning_configuration.registry 111111111111 first, or it shows 1 to add."
    )
    assert " ".join(fix.advice) == (
        "The filter payments-api has no asterisk, so it matches every name that contains it, and scans 1 other "
        "repository that no rule scans yet: payments-api-old. "
        "Under ENHANCED, Amazon Inspector charges for each image that it scans from then on: those pushed lately at "
        "once, and each one pushed later."
    )


def test_rules_that_are_full_have_no_lines_and_say_what_to_merge() -> None:
    full = basic(rule(PUSH, *(f"team-{number:03}" for number in range(100))))
    registry = PlainRegistry({PROD: (repository(PROD, "payments-api", scan_on_push=False),)}, {PROD: full})
    fix = one(registry)
    assert (fix.code, fix.verdict) == ("", Verdict.FAIL)
    assert "100 of them begin with team-" in fix.advice[0]


def test_a_name_in_several_accounts_has_lines_for_each() -> None:
    registry = PlainRegistry({PROD: (failing(),), STAGING: (failing(STAGING),)})
    found = ask(registry)
    assert [fix.target for fix in found.fixes] == [PROD, STAGING]
    assert all("image_tag_mutability" in fix.code for fix in found.fixes)
    assert [fix.target for fix in ask(registry, failing(STAGING).arn).fixes] == [STAGING]


def test_a_glob_is_refused_before_anything_is_read() -> None:
    registry = PlainRegistry({PROD: (failing(),)})
    with pytest.raises(UsageError, match=r"The lines are for one repository, and payments-\* is a glob\."):
        ask(registry, "payments-*")
    assert registry.asked == []


def test_a_name_that_is_nowhere_and_a_target_that_is_not_read_are_in_the_result() -> None:
    registry = PlainRegistry({PROD: (failing(),), STAGING: ()})
    registry.refused[STAGING] = AccessDeniedError("Grant it.")
    found = ask(registry, "paymnts-api")
    assert (found.fixes, found.result.suggestions) == ((), ("payments-api",))
    assert [row.target for row in found.result.unread] == [STAGING]


def test_a_registry_that_answers_too_late_has_no_lines_and_says_so() -> None:
    registry = PlainRegistry({PROD: (failing(),)})
    registry.gates[PROD] = threading.Event()
    made = replace(fixing(registry), checker=Checker(PlainRegistry(registry.holds), Policy(), lambda: NOON))
    try:
        [fix] = made.fix(parse("payments-api"), None, Deadline.after(0.2)).fixes
    finally:
        registry.gates[PROD].set()
    assert fix.code == ""
    assert fix.advice == ("AWS did not answer within 0.2 seconds, so there are no lines.",)


def test_in_literal_mode_the_flag_is_set_whatever_the_registry_does() -> None:
    found = (repository(PROD, "payments-api", scan_on_push=False),)
    registry = PlainRegistry({PROD: found}, {PROD: enhanced(rule(PUSH, "*"))})
    [fix] = fixing(registry, Policy(Mode.LITERAL)).fix(parse("payments-api"), Tool.CDK, Deadline.after(10)).fixes
    assert "imageScanOnPush: true," in fix.code
    assert (
        fix.note == "cdk diff will show [~] AWS::ECR::Repository with ImageScanningConfiguration, and no replacement."
    )


def test_only_where_several_have_lines_do_names_have_account_and_region() -> None:
    both = ask(PlainRegistry({PROD: (failing(),), STAGING: (failing(STAGING),)}), tool=Tool.PULUMI).fixes
    other = repository(STAGING, "payments-api")
    [single, _] = ask(PlainRegistry({PROD: (failing(),), STAGING: (other,)}), tool=Tool.PULUMI).fixes
    named = [f'Repository("payments-api-{one.account}-{one.region}", {{' for one in (PROD, STAGING)]
    assert [text in fix.code for text, fix in zip(named, both, strict=True)] == [True, True]
    assert 'Repository("payments-api", {' in single.code
