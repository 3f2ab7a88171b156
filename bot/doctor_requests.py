"""What the doctor looks at for requests: where they go, who can approve them, and the roles that apply them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slack_sdk.errors import SlackClientError

from bot import checking
from bot.doctor import DEADLINE_SECONDS, Health, Line, brief
from ecr.aws.registry import AwsRegistry
from ecr.deadline import Deadline
from ecr.errors import AwsError, EcrbotError
from ecr.model import ALL_REGIONS, Target
from ecr.parallel import each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slack_sdk import WebClient

    from bot.settings_file import SettingsFile
    from ecr.aws.registry import Account
    from ecr.ports import Registry

_ONE_ROLE = (
    "so {who} reads and writes: set a role of its own with docs/iam/remediate.json, which is assumed only to apply."
)


def unset(file: SettingsFile) -> Iterator[Line]:
    """Say what is not set, so that nothing can be asked for or approved."""
    if file.slack.approvals_channel is None:
        says = "is not set, so nothing can be asked for: set it to the id of the channel that approvers read."
        yield Line(Health.WARNING, "slack.approvals_channel", says)
    approvers = checking.approvers(file)
    accounts = {account.id: account.name or account.id for account in file.aws.accounts}
    lacking = [name for id_, name in accounts.items() if not approvers.of(id_)]
    if lacking or not (accounts or approvers.entries):
        whose = f" for {', '.join(lacking)}" if lacking else ""
        says = f"nobody is named who may approve{whose}: set it to user groups and users."
        yield Line(Health.WARNING, "slack.approvers", says)


def people(client: WebClient, file: SettingsFile) -> Iterator[Line]:
    """Look at each group and user that may use the bot or approve."""
    approvers = checking.approvers(file)
    approving = (*approvers.entries, *(entry for entries in approvers.of_account.values() for entry in entries))
    for entry in dict.fromkeys((*file.slack.users, *approving)):
        try:
            yield _group(client, entry) if entry.startswith("S") else _person(client, entry)
        except (SlackClientError, OSError) as error:
            yield Line(Health.FAILED, entry, f"{brief(error)}: check the id, and the scopes above.")


def roles(file: SettingsFile) -> Iterator[Line]:
    """Assume each role that applies, in parallel; nothing is written with it."""
    accounts = checking.accounts(file)
    yield from (_one_role(account) for account in accounts if account.remediation_role is None)
    apart = tuple(replace(one, role=one.remediation_role) for one in accounts if one.remediation_role is not None)
    deadline = Deadline.after(DEADLINE_SECONDS)
    try:
        assuming = AwsRegistry(apart)
    except EcrbotError as error:
        yield Line(Health.FAILED, "AWS applying", str(error))
        return
    answers = dict(
        each(apart, lambda one: _role(assuming, one, deadline), workers=file.aws.concurrency, deadline=deadline)
    )
    for index, account in enumerate(apart):
        late = Line(Health.FAILED, _applying(account), f"AWS did not answer within {DEADLINE_SECONDS:g} seconds.")
        yield answers.get(index, late)


def _one_role(account: Account) -> Line:
    who = "one role" if account.role else "the default credentials' identity"
    return Line(Health.WARNING, _applying(account), f"remediation_role is not set, {_ONE_ROLE.format(who=who)}")


def _role(assuming: Registry, account: Account, deadline: Deadline) -> Line:
    what = _applying(account)
    region = account.regions[0] if account.regions else ALL_REGIONS
    try:
        owner = assuming.account(Target(account.id, region, account.name), deadline)
    except AwsError as error:
        return Line(Health.FAILED, what, str(error))
    if owner != account.id:
        return Line(Health.FAILED, what, f"its remediation_role is of account {owner}: name one of its own.")
    return Line(Health.OK, what, "its remediation_role can be assumed; nothing was written with it.")


def _applying(account: Account) -> str:
    if account.id is None:
        return "AWS applying in the default account"
    return f"AWS applying in {account.name} ({account.id})" if account.name else f"AWS applying in {account.id}"


def _group(client: WebClient, group: str) -> Line:
    members = client.usergroups_users_list(usergroup=group).get("users") or []
    if not members:
        return Line(Health.FAILED, f"user group {group}", "is empty: add somebody to it.")
    return Line(Health.OK, f"user group {group}", f"has {len(members)} member{'s' if len(members) > 1 else ''}.")


def _person(client: WebClient, user: str) -> Line:
    found = client.users_info(user=user).get("user") or {}
    if found.get("deleted"):
        return Line(Health.FAILED, f"user {user}", "is deactivated: take them out of the settings.")
    if found.get("is_bot") or found.get("is_restricted") or found.get("is_stranger"):
        says = "is a bot, a guest or of another organisation, and may decide nothing: take them out of the settings."
        return Line(Health.FAILED, f"user {user}", says)
    return Line(Health.OK, f"user {user}", f"is {found.get('real_name') or found.get('name') or 'a member'}.")
