from __future__ import annotations

import itertools
import json
from typing import Any

from ecr.aws.session_policy import MOST_CHARACTERS, chunks, session_policy
from ecr.changes import Action
from tests.ecr.aws.plans import SCAN, TAGS, arn_of, plan


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
