"""Writing what is of a whole registry: exactly what a plan says is put, and nothing of anybody else's is touched."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ecr.aws import registry_writing
from ecr.aws.registry import Account
from ecr.aws.writing import AwsWriter
from ecr.changes import Action
from ecr.model import RegistryScanning, Target
from ecr.setting import TemplateTags
from tests.ecr.aws.accounts import HOME, PROD, called, soon
from tests.ecr.aws.plans import TAGS, plan, registry_plan, rule_change, template_change
from tests.ecr.aws.writers import create, shown, writer
from tests.ecr.truth_table import rule

if TYPE_CHECKING:
    from demo.aws import LocalAws
    from ecr.changes import Change

AT_PROD = ("111111111111", "eu-west-1")
CREATE = Action.CREATE_REPOSITORY_CREATION_TEMPLATE
UPDATE = Action.UPDATE_REPOSITORY_CREATION_TEMPLATE
DELETE = Action.DELETE_REPOSITORY_CREATION_TEMPLATE
PUT_RULES = "PutRegistryScanningConfiguration"
ROOT = TemplateTags("ROOT", "IMMUTABLE", (), ("CREATE_ON_PUSH", "REPLICATION"))


class Recorder:
    """Keeps what an update is asked with."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def update_repository_creation_template(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {}


def scanning(aws: LocalAws, account: str = "111111111111") -> Any:
    answer = aws.client("ecr", account, "eu-west-1").get_registry_scanning_configuration()
    return answer["scanningConfiguration"]


def templates(aws: LocalAws, account: str = "111111111111") -> dict[str, dict[str, Any]]:
    answer = aws.client("ecr", account, "eu-west-1").describe_repository_creation_templates()
    return {one["prefix"]: one for one in answer["repositoryCreationTemplates"]}


def put(change: Change) -> str | None:
    return writer().writing(PROD, "R0123456789", [registry_plan(change)]).put_template(change, soon())


def counted(aws: LocalAws) -> dict[str, int]:
    return {operation: count for (operation, *_), count in aws.calls.items()}


def test_rules_are_put_whole_in_one_call_and_every_filter_as_it_is(aws: LocalAws) -> None:
    aws.scanning(*AT_PROD, "ENHANCED", [("CONTINUOUS_SCAN", ["prod-*", "core"])])
    whole = RegistryScanning("ENHANCED", (rule("CONTINUOUS_SCAN", "prod-*", "core"), rule("SCAN_ON_PUSH", "*")))
    writing = writer().writing(PROD, "R0123456789", [registry_plan(rule_change(scan_type="ENHANCED"))])
    assert not aws.calls
    made = writing.put_rules(whole, soon())
    assert re.fullmatch(r"[0-9a-f-]{36}", str(made))
    assert counted(aws) == {"AssumeRole": 1, PUT_RULES: 1}
    assert scanning(aws) == {
        "scanType": "ENHANCED",
        "rules": [
            {
                "scanFrequency": "CONTINUOUS_SCAN",
                "repositoryFilters": [
                    {"filter": "prod-*", "filterType": "WILDCARD"},
                    {"filter": "core", "filterType": "WILDCARD"},
                ],
            },
            {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]},
        ],
    }


def test_a_list_of_no_rules_can_be_put_as_an_undo_needs_it(aws: LocalAws) -> None:
    aws.scanning(*AT_PROD, "BASIC", [("SCAN_ON_PUSH", ["*"])])
    change = rule_change()
    undo = replace(change, before=change.after, after=change.before)
    writer().writing(PROD, "R1", [registry_plan(undo)]).put_rules(RegistryScanning("BASIC"), soon())
    assert scanning(aws) == {"scanType": "BASIC", "rules": []}


def test_an_answer_that_has_the_filters_in_another_order_is_a_success(aws: LocalAws) -> None:
    def turned(answer: dict[str, Any]) -> None:
        answer["registryScanningConfiguration"]["rules"][0]["repositoryFilters"].reverse()

    aws.rewrite(PUT_RULES, turned)
    writing = writer().writing(PROD, "R1", [registry_plan(rule_change())])
    assert writing.put_rules(RegistryScanning("BASIC", (rule("SCAN_ON_PUSH", "a", "b"),)), soon())


def test_a_template_is_created_with_the_request_in_its_description(aws: LocalAws) -> None:
    after = TemplateTags("team/web", "IMMUTABLE_WITH_EXCLUSION", ("latest", "dev-*"), ("REPLICATION",))
    assert put(template_change(CREATE, after))
    assert counted(aws) == {"AssumeRole": 1, "CreateRepositoryCreationTemplate": 1}
    [made] = templates(aws).values()
    del made["createdAt"], made["updatedAt"]
    assert made == {
        "prefix": "team/web",
        "description": "Made by ecrbot for request R0123456789.",
        "appliedFor": ["REPLICATION"],
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [
            {"filterType": "WILDCARD", "filter": "latest"},
            {"filterType": "WILDCARD", "filter": "dev-*"},
        ],
        "encryptionConfiguration": {"encryptionType": "AES256"},
    }


def test_a_template_is_created_without_filters_where_the_setting_has_none(aws: LocalAws) -> None:
    put(template_change(CREATE, ROOT))
    assert "imageTagMutabilityExclusionFilters" not in templates(aws)["ROOT"]
    assert templates(aws)["ROOT"]["appliedFor"] == ["CREATE_ON_PUSH", "REPLICATION"]


def test_an_update_leaves_whatever_else_another_team_set(aws: LocalAws) -> None:
    role = "arn:aws:iam::111111111111:role/creates"
    theirs = {
        "description": "all of the team's",
        "resourceTags": [{"Key": "team", "Value": "web"}],
        "lifecyclePolicy": '{"rules":[]}',
        "repositoryPolicy": '{"Version":"2012-10-17","Statement":[]}',
        "customRoleArn": role,
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "arn:aws:kms:eu-west-1:111111111111:key/1234"},
    }
    aws.client("ecr", *AT_PROD).create_repository_creation_template(
        prefix="ROOT", appliedFor=["PULL_THROUGH_CACHE"], **theirs
    )
    before = TemplateTags("ROOT", "MUTABLE", (), ("PULL_THROUGH_CACHE",))
    assert put(template_change(UPDATE, replace(ROOT, applied_for=("PULL_THROUGH_CACHE", "REPLICATION")), before))
    now = templates(aws)["ROOT"]
    assert (now["imageTagMutability"], now["appliedFor"]) == ("IMMUTABLE", ["PULL_THROUGH_CACHE", "REPLICATION"])
    assert {name: now[name] for name in theirs} == theirs


def test_an_update_of_uses_alone_says_the_mutability_too_for_without_it_ecr_may_take_mutable() -> None:
    ecr = Recorder()
    registry_writing.put_template(ecr, template_change(UPDATE, ROOT, replace(ROOT, applied_for=("REPLICATION",))), "R1")
    uses = ["CREATE_ON_PUSH", "REPLICATION"]
    assert ecr.asked == [{"prefix": "ROOT", "appliedFor": uses, "imageTagMutability": "IMMUTABLE"}]


def test_an_update_to_a_plain_setting_ends_the_filters_that_there_were(aws: LocalAws) -> None:
    excluding = replace(ROOT, mutability="IMMUTABLE_WITH_EXCLUSION", filters=("latest",))
    put(template_change(CREATE, excluding))
    put(template_change(UPDATE, ROOT, excluding))
    assert "imageTagMutabilityExclusionFilters" not in templates(aws)["ROOT"]


def test_a_template_is_deleted_by_its_prefix_alone(aws: LocalAws) -> None:
    for prefix in ("ROOT", "team"):
        put(template_change(CREATE, replace(ROOT, prefix=prefix)))
    put(template_change(DELETE, TemplateTags("ROOT"), ROOT))
    assert list(templates(aws)) == ["team"]


def test_a_repository_s_plan_may_change_the_rules_beside_its_own_setting(aws: LocalAws) -> None:
    create(aws, "api")
    one = plan("api", TAGS, rule_change("api"))
    writing = writer().writing(PROD, "R1", [one])
    writing.put("api", TAGS, soon())
    writing.put_rules(RegistryScanning("BASIC", (rule("SCAN_ON_PUSH", "api"),)), soon())
    assert shown(aws, "api")["imageTagMutability"] == "IMMUTABLE"
    assert [one["repositoryFilters"][0]["filter"] for one in scanning(aws)["rules"]] == ["api"]


def test_default_credentials_write_a_registry_once_it_is_known_whose_they_are(aws: LocalAws) -> None:
    target = Target(None, HOME.region)
    changes = (rule_change(), template_change(CREATE, ROOT))
    one = registry_plan(*changes, target=target, account=HOME.account)
    writing = AwsWriter([Account(None, (HOME.region,))]).writing(target, "R1", [one])
    writing.put_rules(RegistryScanning("BASIC", (rule("SCAN_ON_PUSH", "*"),)), soon())
    writing.put_template(changes[1], soon())
    assert counted(aws) == {"GetCallerIdentity": 1, PUT_RULES: 1, "CreateRepositoryCreationTemplate": 1}
    assert list(templates(aws, "123456789012")) == ["ROOT"]


def test_each_call_waits_for_its_turn_as_ecr_takes_them(aws: LocalAws) -> None:
    aws.throttle(rate=20, burst=20)
    writing = writer().writing(PROD, "R1", [registry_plan(rule_change())])
    for _ in range(25):
        writing.put_rules(RegistryScanning("BASIC", (rule("SCAN_ON_PUSH", "*"),)), soon())
    assert called(aws, PUT_RULES) == 25
