"""The service control policy of docs/iac is held against the code, and what explains it against the policy."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ecr.changes import Action

IAC = Path(__file__).parent.parent / "docs/iac"
POLICY = (IAC / "scp.json").read_text(encoding="utf-8")
EXPLAINED = (IAC / "scp.md").read_text(encoding="utf-8")

LONGEST_POLICY = 5120
"""Characters of a service control policy, by the smaller of the figures that AWS has had (Organizations quotas)."""

WRITES = {
    "ecr:PutImageTagMutability",
    "ecr:PutImageScanningConfiguration",
    "ecr:PutRegistryScanningConfiguration",
    "ecr:CreateRepositoryCreationTemplate",
    "ecr:UpdateRepositoryCreationTemplate",
    "ecr:DeleteRepositoryCreationTemplate",
}


def test_the_policy_denies_the_writes_to_all_but_the_roles_that_it_names() -> None:
    policy = json.loads(POLICY)
    [statement] = policy["Statement"]
    roles = statement["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    assert (policy["Version"], statement["Effect"], statement["Resource"]) == ("2012-10-17", "Deny", "*")
    assert len(statement["Action"]) == len(WRITES)
    assert set(statement["Action"]) == WRITES
    assert set(statement["Condition"]) == {"ArnNotLike"}
    assert set(statement["Condition"]["ArnNotLike"]) == {"aws:PrincipalArn"}
    assert all(re.fullmatch(r"arn:aws:iam::\*:role/REPLACE-WITH-[A-Z-]+", role) for role in roles)
    assert sum("BOTS-ROLE" in role for role in roles) == 1
    assert sum("DEPLOY-ROLE" in role for role in roles) == 2


def test_the_policy_denies_whatever_ecrbot_writes_by() -> None:
    assert {action.iam for action in Action} <= WRITES


def test_the_policy_fits_and_its_first_line_says_that_it_cannot_tell_on_from_off() -> None:
    assert len(POLICY) <= LONGEST_POLICY
    first = POLICY.splitlines()[0]
    [sid] = re.findall(r'"Sid": "([a-zA-Z0-9]+)"', first)
    assert sid == json.loads(POLICY)["Statement"][0]["Sid"]
    assert sid.startswith("ThisCannotTellTurningAProtectionOnFromTurningItOff")
    assert EXPLAINED.startswith("This policy cannot tell turning a protection on from turning it off: ")


def test_the_policy_is_explained_call_by_call() -> None:
    assert set(re.findall(r"^\| `(ecr:\w+)` \|", EXPLAINED, re.MULTILINE)) == WRITES


def test_what_ends_enhanced_scanning_beside_it_is_explained_with_a_statement_that_fits() -> None:
    policy = json.loads(POLICY)
    reached = EXPLAINED.partition("\n## What no service control policy reaches\n")[2]
    [added] = [json.loads(block) for block in re.findall(r"```json\n(.+?)```", reached, re.DOTALL)]
    roles = added["Condition"]["ArnNotLike"].pop("aws:PrincipalArn")
    assert re.search(r"`inspector2:Disable`\S* ends ENHANCED scanning just as well", reached)
    assert added == {
        "Sid": "KeepInspectorOn",
        "Effect": "Deny",
        "Action": "inspector2:Disable",
        "Resource": "*",
        "Condition": {"ArnNotLike": {}},
    }
    assert all(re.fullmatch(r"arn:aws:iam::\*:role/REPLACE-WITH-[A-Z-]+", role) for role in roles)
    assert len(json.dumps({**policy, "Statement": [*policy["Statement"], added]}, indent=2)) <= LONGEST_POLICY
