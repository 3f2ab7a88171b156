"""ecrbot.toml as values: every section, with what each key wants in words.

A field's description is what people read when its value is wrong, and what the README's table says of it.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ecr import timezones
from ecr.errors import UsageError
from ecr.model import Mode
from ecr.subscription import Filters, subscription_id

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d+)\s*([smhd])")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_ROLE_ACCOUNT = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/.+")


def _duration(value: object) -> timedelta:
    match = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0:
        raise ValueError
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _clock(value: object) -> time:
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError
    return time(int(match[1]), int(match[2]))


def _zone(value: str) -> str:
    try:
        return timezones.zone(value)
    except UsageError as error:
        near = timezones.nearest_zone(value)
        hint = f" (did you mean {near}?)" if near else ""
        raise PydanticCustomError("zone", "an IANA time zone like Europe/Bucharest{hint}", {"hint": hint}) from error


CHANNEL = r"^[CG][A-Z0-9]{2,}$"
"""What a channel's id looks like."""

Duration = Annotated[timedelta, BeforeValidator(_duration)]
Clock = Annotated[time, BeforeValidator(_clock)]
Zone = Annotated[str, AfterValidator(_zone)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Channel = Annotated[str, StringConstraints(pattern=CHANNEL)]
Person = Annotated[str, StringConstraints(pattern=r"^[SUW][A-Z0-9]{2,}$")]
Region = Annotated[str, StringConstraints(pattern=r"^(all|[a-z]{2,}(-[a-z]+)+-\d+)$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
RoleArn = Annotated[str, StringConstraints(pattern=_ROLE_ACCOUNT.pattern)]
ExternalId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_+=,.@:/-]+$", min_length=2, max_length=1224)]
Exclusion = Annotated[str, StringConstraints(pattern=r"^[0-9a-zA-Z._*-]{1,128}$")]


class Section(BaseModel):
    """A table of the file: no key that is not known, no change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Slack(Section):
    """`[slack]`: who may do what, and where requests go."""

    approvals_channel: Channel | None = Field(None, description='a channel id like "C0APPROVE"')
    users: tuple[Person, ...] = Field((), description='a list of user groups and users like ["S0ENG", "U0EVA"]')
    approvers: tuple[Person, ...] = Field((), description='a list of user groups and users like ["S0ONCALL", "U0LEAD"]')
    self_approval: bool = Field(default=False, description="true or false")
    request_ttl: Duration = Field(timedelta(hours=8), description='a duration like "8h"')


class Account(Section):
    """One of `[[aws.accounts]]`."""

    id: AccountId = Field(description="the 12 digits of an AWS account, in quotes")
    name: Text | None = Field(None, description='a short name like "prod"')
    role: RoleArn | None = Field(None, description='a role like "arn:aws:iam::111111111111:role/ecrbot-read"')
    remediation_role: RoleArn | None = Field(
        None, description='a role like "arn:aws:iam::111111111111:role/ecrbot-remediate"'
    )
    external_id: ExternalId | None = Field(None, description="2 to 1224 letters, digits and + = , . @ : / _ -")
    approvers: tuple[Person, ...] | None = Field(None, description='a list of user groups and users like ["S0PROD"]')
    regions: tuple[Region, ...] | None = Field(
        None, min_length=1, description='a list of regions like ["eu-west-1"], or ["all"]'
    )

    @field_validator("role", "remediation_role")
    @classmethod
    def _belongs_to_it(cls, role: str | None, info: ValidationInfo) -> str | None:
        match, own = _ROLE_ACCOUNT.fullmatch(role or ""), info.data.get("id")
        if match and own and match[1] != own:
            raise PydanticCustomError("role_account", "a role of account {own}", {"own": own})
        return role


class Aws(Section):
    """`[aws]`: what is read, and how widely at once."""

    regions: tuple[Region, ...] | None = Field(
        None, min_length=1, description='a list of regions like ["eu-west-1", "us-east-1"], or ["all"]'
    )
    concurrency: int = Field(16, ge=1, le=256, description="a whole number from 1 to 256")
    accounts: tuple[Account, ...] = Field((), description="[[aws.accounts]] tables, each with an id")

    @model_validator(mode="after")
    def _accounts_are_different(self) -> Aws:
        for what in ("id", "name"):
            values = [value for account in self.accounts if (value := getattr(account, what)) is not None]
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise PydanticCustomError(
                    "together",
                    "accounts with different {what}s, and {twice} stands in several",
                    {"what": what, "twice": ", ".join(twice)},
                )
        return self


class Policy(Section):
    """`[policy]`: how the control is read."""

    mode: Mode = Field(Mode.EFFECTIVE, description='"effective" or "literal"')
    accepted_exclusions: tuple[Exclusion, ...] = Field(
        (), description='a list of tag filters like ["latest"], of letters, digits and . _ * -'
    )


class Sweep(Section):
    """`[sweep]`: how often all is read."""

    every: Duration = Field(timedelta(hours=1), ge=timedelta(minutes=1), description='a duration like "1h", 1m or more')


class Store(Section):
    """`[store]`: how long details are kept."""

    keep: Duration = Field(timedelta(days=400), ge=timedelta(days=1), description='a duration like "400d", 1d or more')


class Digest(Section):
    """One of `[[digest]]`: a channel, its time, its filters."""

    channel: Channel = Field(description='a channel id like "C0DIGEST"')
    at: Clock = Field(time(9), description='a time of day like "09:00"')
    timezone: Zone = Field("UTC", description="an IANA time zone like Europe/Bucharest")
    repositories: tuple[Text, ...] = Field((), description='a list of names or globs like ["payments-*"]')
    accounts: tuple[Text, ...] = Field((), description="a list of account ids or names")
    regions: tuple[Region, ...] = Field((), description='a list of regions like ["eu-west-1"]')


class SettingsFile(Section):
    """ecrbot.toml, whole; a file that is not there is an empty one."""

    slack: Slack = Slack()
    aws: Aws = Aws()
    policy: Policy = Policy()
    sweep: Sweep = Sweep()
    store: Store = Store()
    digest: tuple[Digest, ...] = ()

    @field_validator("digest")
    @classmethod
    def _digests_are_different(cls, digests: tuple[Digest, ...]) -> tuple[Digest, ...]:
        known: set[str] = set()
        for one in digests:
            filters = Filters(one.repositories, one.accounts, one.regions)
            own = subscription_id(one.channel, filters)
            if own in known:
                raise PydanticCustomError(
                    "together",
                    "tables that differ in channel or filters, and {channel} {filters} stands twice",
                    {"channel": one.channel, "filters": f"with {filters}" if str(filters) else "without filters"},
                )
            known.add(own)
        return digests
