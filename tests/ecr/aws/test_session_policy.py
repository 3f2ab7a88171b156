from __future__ import annotations

import itertools
import json
from typing import Any

from ecr.aws.session_policy import INSPECTOR_ACTIONS, MOST_CHARACTERS, chunks, registry_policy, session_policy
from ecr.changes import Action
from ecr.setting import TemplateTags
from tests.ecr.aws.plans import SCAN, TAGS, arn_of, plan, registry_plan, rule_change, template_change

CREATE = Action.CREATE_REPOSITORY_CREATION_TEMPLATE
UPDATE = Action.UPDATE_REPOSITORY_CREATION_TEMPLATE
DELETE = Action.DELETE_REPOSITORY_CREATION_TEMPLATE
ROOT = TemplateTags("ROOT", "IMMUTABLE", (), ("REPLICATION",))


def granted(policy: str) -> dict[str, list[str]]:
    statements: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return {one["Action"]: one["Resource"] for one in statements}


def test_a_policy_names_for_each_action_the_repositories_that_need_it() -> None:
    policy = session_policy([plan("both", TAGS, SCAN), plan("tags", TAGS), plan("scan", SCAN)])
    assert json.loads(policy) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "ecr:PutImageTagMutability", "Resource": [arn_of("both"), arn_of("tags")]},
            {
                "Effect": "Allow",
                "Action": "ecr:PutImageScanningConfiguration",
                "Resource": [arn_of("both"), arn_of("scan")],
            },
        ],
    }
    assert " " not in policy


def test_an_action_that_no_plan_needs_is_not_named() -> None:
    assert granted(session_policy([plan("tags", TAGS)])) == {Action.PUT_IMAGE_TAG_MUTABILITY.iam: [arn_of("tags")]}


def test_a_hundred_of_the_longest_names_are_cut_into_pieces_that_aws_takes() -> None:
    plans = tuple(plan(f"{number:03}{'x' * 253}", TAGS, SCAN) for number in range(100))
    pieces = chunks(plans)
    assert tuple(one for piece in pieces for one in piece) == plans
    assert max(len(session_policy(piece)) for piece in pieces) <= MOST_CHARACTERS
    longer = [len(session_policy((*piece, after[0]))) for piece, after in itertools.pairwise(pieces)]
    assert min(longer) > MOST_CHARACTERS


def test_names_of_every_length_are_cut_into_pieces_that_aws_takes() -> None:
    sizes = {
        len(session_policy(piece))
        for length in range(2, 257)
        for piece in chunks([plan("x" * length, TAGS), *[plan("another", TAGS)] * 40])
    }
    assert max(sizes) == 2048


def test_short_names_need_few_pieces() -> None:
    assert len(chunks([plan(f"svc-{number:03}", TAGS) for number in range(100)])) == 3
    assert chunks([]) == ()


def allowed(policy: str) -> set[str]:
    return {action for one in json.loads(policy)["Statement"] for action in one["Action"]}


def test_a_registry_s_policy_has_its_actions_and_nothing_else() -> None:
    assert json.loads(registry_policy([registry_plan(rule_change())])) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["ecr:PutRegistryScanningConfiguration"], "Resource": "*"}],
    }
    assert allowed(registry_policy([registry_plan(template_change(DELETE, TemplateTags("ROOT")))])) == {DELETE.iam}


def test_creating_and_updating_templates_have_what_aws_says_they_need_besides() -> None:
    assert allowed(registry_policy([registry_plan(template_change(CREATE, ROOT))])) == {
        CREATE.iam,
        "ecr:CreateRepository",
    }
    policy = registry_policy([registry_plan(template_change(UPDATE, ROOT))])
    assert allowed(policy) == {
        UPDATE.iam,
        "ecr:CreateRepository",
        "ecr:PutLifecyclePolicy",
        "ecr:SetRepositoryPolicy",
        "iam:PassRole",
    }
    assert json.loads(policy)["Statement"][1] == {
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "ecr.amazonaws.com"}},
    }


def test_inspector_s_actions_are_there_under_enhanced_scanning_alone() -> None:
    assert json.loads(registry_policy([plan("api", TAGS, rule_change("api", "ENHANCED"))]))["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["ecr:PutRegistryScanningConfiguration", *INSPECTOR_ACTIONS],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": ["iam:CreateServiceLinkedRole"],
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:AWSServiceName": "inspector2.amazonaws.com"}},
        },
    ]


def test_everything_of_a_registry_at_once_is_a_policy_that_aws_takes() -> None:
    every = [template_change(action, ROOT) for action in (CREATE, UPDATE, DELETE)]
    policy = registry_policy([registry_plan(*every, rule_change(scan_type="ENHANCED"))])
    assert len(policy) <= MOST_CHARACTERS
    assert {action.iam for action in Action if action.is_of_registry} <= allowed(policy)


def test_what_is_of_a_registry_is_in_no_repository_s_policy() -> None:
    mixed = plan("api", TAGS, rule_change("api"))
    only = plan("web", rule_change("web"))
    pieces = chunks([registry_plan(rule_change()), mixed, only])
    assert pieces == ((mixed,),)
    assert granted(session_policy(pieces[0])) == {Action.PUT_IMAGE_TAG_MUTABILITY.iam: [arn_of("api")]}
