"""What AWS refuses of a registry's changes, as sentences that say what it is and what to do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from ecr import errors
from ecr.changes import Action
from ecr.model import RegistryScanning
from ecr.setting import TemplateTags
from tests.ecr.aws.accounts import PROD, called, soon
from tests.ecr.aws.plans import registry_plan, rule_change, template_change
from tests.ecr.aws.writers import WRITE, writer
from tests.ecr.truth_table import rule

if TYPE_CHECKING:
    from demo.aws import LocalAws
    from ecr.aws.writing import AwsWriting

CREATE = Action.CREATE_REPOSITORY_CREATION_TEMPLATE
UPDATE = Action.UPDATE_REPOSITORY_CREATION_TEMPLATE
DELETE = Action.DELETE_REPOSITORY_CREATION_TEMPLATE
PUT_RULES = "PutRegistryScanningConfiguration"
EVERYTHING = RegistryScanning("BASIC", (rule("SCAN_ON_PUSH", "*"),))
ROOT = TemplateTags("ROOT", "IMMUTABLE", (), ("CREATE_ON_PUSH",))
CHANGES = {
    CREATE: template_change(CREATE, ROOT),
    UPDATE: template_change(UPDATE, ROOT),
    DELETE: template_change(DELETE, TemplateTags("ROOT"), ROOT),
}
WHOLE = registry_plan(rule_change(), *CHANGES.values())


def writing() -> AwsWriting:
    return writer().writing(PROD, "R1", [WHOLE])


def test_a_policy_of_the_organization_is_told_as_what_it_is(aws: LocalAws) -> None:
    aws.block_scanning("111111111111")
    with pytest.raises(errors.BlockedByOrganizationError) as raised:
        writing().put_rules(EVERYTHING, soon())
    assert str(raised.value) == (
        "An organization policy (AWS Organizations, Amazon Inspector) manages scanning in prod (111111111111) in "
        "eu-west-1: nobody in the account can change it; ask whoever manages the organization."
    )
    assert called(aws, PUT_RULES) == 1


def test_a_template_that_came_meanwhile_is_said_to_be_there(aws: LocalAws) -> None:
    aws.client("ecr", "111111111111", "eu-west-1").create_repository_creation_template(
        prefix="ROOT", appliedFor=["REPLICATION"]
    )
    with pytest.raises(errors.TemplateExistsError, match="is there already in prod"):
        writing().put_template(CHANGES[CREATE], soon())


@pytest.mark.parametrize("action", [UPDATE, DELETE])
def test_a_template_that_went_meanwhile_is_said_to_be_gone(aws: LocalAws, action: Action) -> None:
    with pytest.raises(errors.TemplateNotFoundError, match="There is no repository creation template of this prefix"):
        writing().put_template(CHANGES[action], soon())
    assert called(aws, action) == 1


def test_a_quota_is_no_throttle_and_is_not_asked_again(aws: LocalAws) -> None:
    aws.fail(CREATE, error="LimitExceededException")
    with pytest.raises(errors.AwsError) as raised:
        writing().put_template(CHANGES[CREATE], soon())
    assert (type(raised.value), str(raised.value)) == (
        errors.AwsError,
        (
            "A quota of the account is used up, so AWS refused CreateRepositoryCreationTemplate for prod "
            "(111111111111) in eu-west-1: The operation did not succeed because it would have exceeded a service "
            "limit. Delete what is not needed, or ask AWS for a higher quota."
        ),
    )
    assert called(aws, CREATE) == 1


def test_what_ecr_says_about_values_that_do_not_go_together_is_told(aws: LocalAws) -> None:
    aws.fail(PUT_RULES, error="ValidationException", message="CONTINUOUS_SCAN is not supported for BASIC scan type")
    with pytest.raises(errors.AwsError) as raised:
        writing().put_rules(EVERYTHING, soon())
    assert str(raised.value) == (
        "AWS refused PutRegistryScanningConfiguration for prod (111111111111) in eu-west-1: CONTINUOUS_SCAN is not "
        "supported for BASIC scan type."
    )


@pytest.mark.parametrize("action", [one for one in Action if one.is_of_registry])
def test_a_denied_action_is_named_with_the_role_that_lacks_it(aws: LocalAws, action: Action) -> None:
    aws.fail(action, error="AccessDeniedException")
    with pytest.raises(errors.AccessDeniedError) as raised:
        _ = writing().put_template(CHANGES[action], soon()) if action in CHANGES else _rules(writing())
    assert str(raised.value) == (
        f"{WRITE.arn} may not call ecr:{action} in prod (111111111111) in eu-west-1: grant it ecr:{action}."
    )


def _rules(one: AwsWriting) -> str | None:
    return one.put_rules(EVERYTHING, soon())


def test_what_a_call_needs_besides_its_own_action_is_named(aws: LocalAws) -> None:
    said = "User: x is not authorized to perform: inspector2:Enable on resource: *"
    aws.fail(PUT_RULES, error="AccessDeniedException", message=said)
    with pytest.raises(errors.AccessDeniedError, match="in eu-west-1: grant it inspector2:Enable"):
        writing().put_rules(EVERYTHING, soon())


def test_a_service_control_policy_is_nothing_that_a_grant_would_mend(aws: LocalAws) -> None:
    said = f"User: x is not authorized to perform: ecr:{PUT_RULES} with an explicit deny in a service control policy"
    aws.fail(PUT_RULES, error="AccessDeniedException", message=said)
    with pytest.raises(errors.AccessDeniedError) as raised:
        writing().put_rules(EVERYTHING, soon())
    assert str(raised.value) == (
        f"{WRITE.arn} may not call ecr:{PUT_RULES} in prod (111111111111) in eu-west-1: a service control policy of "
        "the organization denies it."
    )


def test_rules_whose_put_hangs_are_given_up_at_the_deadline_and_not_put_again(aws: LocalAws) -> None:
    one = writing()
    one.put_rules(EVERYTHING, soon())
    aws.hang(operation=PUT_RULES)
    began = time.monotonic()
    with pytest.raises(errors.UnreachableError):
        one.put_rules(EVERYTHING, soon(0.4))
    assert time.monotonic() - began < 3
    assert called(aws, PUT_RULES) == 2


def test_without_credentials_it_says_what_to_set(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable)
    for role in (WRITE, None):
        with pytest.raises(errors.NoCredentialsError, match="There are no AWS credentials for prod"):
            writer(role, None).writing(PROD, "R1", [WHOLE]).put_template(CHANGES[CREATE], soon())
    assert not aws.calls
