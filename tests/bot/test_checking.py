"""From the settings to accounts and approvers."""

from __future__ import annotations

from bot.checking import accounts, approvers
from bot.settings_file import SettingsFile
from ecr.approval import Approvers
from ecr.aws.registry import Account
from ecr.aws.sessions import Role

PROD, STAGING, SANDBOX = "111111111111", "222222222222", "333333333333"
READ, WRITE = f"arn:aws:iam::{PROD}:role/read", f"arn:aws:iam::{PROD}:role/write"


def test_an_account_s_own_approvers_count_instead_of_all_others_and_may_be_nobody() -> None:
    own = ({"id": PROD, "approvers": ["S0PROD", "U0LEAD"]}, {"id": STAGING}, {"id": SANDBOX, "approvers": []})
    file = SettingsFile.model_validate({"slack": {"approvers": ["S0ONCALL"]}, "aws": {"accounts": own}})
    made = approvers(file)
    assert made == Approvers(("S0ONCALL",), {PROD: ("S0PROD", "U0LEAD"), SANDBOX: ()})
    assert [made.of(account) for account in (PROD, STAGING, SANDBOX)] == [("S0PROD", "U0LEAD"), ("S0ONCALL",), ()]


def test_nobody_approves_their_own_unless_the_settings_say_so() -> None:
    assert approvers(SettingsFile()) == Approvers((), {}, self_approval=False)
    assert approvers(SettingsFile.model_validate({"slack": {"self_approval": True}})).self_approval


def test_the_external_id_is_for_both_roles_and_a_role_that_is_not_set_is_none() -> None:
    whole = {"id": PROD, "name": "prod", "role": READ, "remediation_role": WRITE, "external_id": "ours"}
    given = {"regions": ["eu-west-1"], "accounts": [whole, {"id": STAGING, "external_id": "ours"}]}
    assert accounts(SettingsFile.model_validate({"aws": given})) == (
        Account(PROD, ("eu-west-1",), "prod", Role(READ, "ours"), Role(WRITE, "ours")),
        Account(STAGING, ("eu-west-1",)),
    )


def test_without_accounts_it_is_that_of_the_default_credentials() -> None:
    assert accounts(SettingsFile()) == (Account(None, ()),)
