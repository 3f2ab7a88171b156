"""What the doctor looks at: each check is a function that yields lines, and none of them changes anything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.checking import registry
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError, AwsError, EcrbotError, HistoryError
from ecr.parallel import each
from handlers import ids
from handlers.scopes import OPTIONAL_SCOPES, SCOPES
from store.history import SqliteHistory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slack_sdk import WebClient

    from bot.settings import Settings, SlackEnvironment
    from bot.settings_file import SettingsFile
    from ecr.model import Target
    from ecr.ports import Registry

DEADLINE_SECONDS = 15.0
_PROBE = "ecrbot-doctor-probe"


class Health(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the doctor: what was looked at, how it is, and what to do where it is not well."""

    health: Health
    what: str
    says: str


def database(settings: Settings) -> Iterator[Line]:
    """Look at the SQLite file, or at the folder where it will be made."""
    what = f"database {settings.database}"
    try:
        history = SqliteHistory.existing(settings.database)
        if history is None:
            yield _future_database(settings, what)
            return
        history.ping()
    except HistoryError as error:
        yield Line(Health.FAILED, what, str(error))
        return
    yield Line(Health.OK, what, "opens, and its schema is this release's.")


def slack_token(client: WebClient) -> Iterator[Line]:
    """Ask Slack whose the token is and which scopes it has."""
    try:
        answer = client.auth_test()
    except (SlackClientError, OSError) as error:
        yield Line(Health.FAILED, "SLACK_BOT_TOKEN", f"{brief(error)}: install the app and copy its bot token again.")
        return
    yield Line(Health.OK, "SLACK_BOT_TOKEN", f"is of {answer.get('user', 'the bot')} in {answer.get('team', '?')}.")
    headers = {key.lower(): value for key, value in dict(answer.headers).items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")}
    for scope in SCOPES:
        if scope.name in granted:
            yield Line(Health.OK, f"scope {scope.name}", f"is granted, for {scope.reason}.")
        else:
            yield Line(
                Health.FAILED if scope.vital else Health.WARNING,
                f"scope {scope.name}",
                f"is missing: add it under OAuth & Permissions and reinstall the app; without it {scope.without}.",
            )
    for scope in OPTIONAL_SCOPES:
        if scope.name in granted:
            yield Line(Health.OK, f"scope {scope.name}", f"is granted, for {scope.reason}.")
        else:
            yield Line(Health.WARNING, f"scope {scope.name}", f"is optional, and not granted: {scope.without}.")


def slack_connection(client: WebClient, environment: SlackEnvironment) -> Iterator[Line]:
    """Ask for a Socket Mode address, which is not used; HTTP mode cannot be tried from here."""
    if environment.app_token is None:
        port = 3000 if environment.port is None else environment.port
        yield Line(
            Health.OK, "HTTP mode", f"SLACK_SIGNING_SECRET is set; Slack must reach /slack/events on port {port}."
        )
        return
    try:
        client.apps_connections_open(app_token=environment.app_token.get_secret_value())
    except (SlackClientError, OSError) as error:
        advice = "make an app-level token with connections:write, and switch Socket Mode on"
        yield Line(Health.FAILED, "SLACK_APP_TOKEN", f"{brief(error)}: {advice}.")
        return
    yield Line(Health.OK, "SLACK_APP_TOKEN", "opens Socket Mode connections.")


def slack_home() -> Iterator[Line]:
    """Say what the Home tab takes: an app that was installed before has neither, and its token does not tell."""
    yield Line(
        Health.OK,
        "Home tab",
        f"cannot be seen from here: it takes the Home Tab under App Home and the bot event {ids.HOME_OPENED} under "
        "Event Subscriptions, as manifest.json has them.",
    )


def channels(client: WebClient, file: SettingsFile) -> Iterator[Line]:
    """Look at each channel that the settings name."""
    named = [("slack.approvals_channel", file.slack.approvals_channel)]
    named += [(f"digest[{index}].channel", digest.channel) for index, digest in enumerate(file.digest)]
    for key, channel in named:
        if channel is not None:
            yield _channel(client, f"{key} {channel}", channel)


def aws(file: SettingsFile) -> Iterator[Line]:
    """Make each of the three reads in every account and region, and that of guardrails once an account, in parallel."""
    deadline = Deadline.after(DEADLINE_SECONDS)
    try:
        reading = registry(file)
        targets = reading.targets(deadline)
    except EcrbotError as error:
        yield Line(Health.FAILED, "AWS", str(error))
        return
    looks = (
        *((Health.FAILED, f"AWS {target}", partial(_target, reading, target, deadline)) for target in targets),
        *(
            (Health.WARNING, what, partial(_guardrails, reading, target, what, deadline))
            for what, target in _guarded(targets).items()
        ),
    )
    answers = dict(each(looks, lambda look: look[2](), workers=file.aws.concurrency, deadline=deadline))
    for index, (health, what, _) in enumerate(looks):
        yield answers.get(index, Line(health, what, f"did not answer within {DEADLINE_SECONDS:g} seconds."))


def brief(error: Exception) -> str:
    """Return what went wrong with Slack in a few words."""
    if isinstance(error, SlackApiError):
        return f"Slack answered {error.response.get('error')}"
    return f"Slack cannot be reached ({type(error).__name__})"


def _target(reading: Registry, target: Target, deadline: Deadline) -> Line:
    try:
        reading.find(target, (_PROBE,), deadline)
        reading.scanning(target, deadline)
        reading.repository_scanning(target, (_PROBE,), deadline)
    except AwsError as error:
        return Line(Health.FAILED, f"AWS {target}", str(error))
    return Line(Health.OK, f"AWS {target}", "can be read: repositories and the registry's scanning.")


def _guarded(targets: tuple[Target, ...]) -> dict[str, Target]:
    """Return the first target of each account: its role has the same rights in every region."""
    accounts = {(target.account, target.name): target for target in reversed(targets)}
    return {f"AWS guardrails in {_account(target)}": target for target in reversed(accounts.values())}


def _account(target: Target) -> str:
    if target.account is None:
        return "the default account"
    return f"{target.name} ({target.account})" if target.name else target.account


def _guardrails(reading: Registry, target: Target, what: str, deadline: Deadline) -> Line:
    try:
        reading.templates(target, deadline)
    except AwsError as error:
        where = " docs/iam/guardrails.json has what guardrails need." if isinstance(error, AccessDeniedError) else ""
        says = "are optional, and creation templates cannot be read, so that what they guard is unknown."
        return Line(Health.WARNING, what, f"{says} {error}{where}")
    says = "can be read; to change them, a role needs docs/iam/guardrails.json too, which is not tried from here."
    return Line(Health.OK, what, says)


def _future_database(settings: Settings, what: str) -> Line:
    folder = settings.database.absolute().parent
    if folder.is_dir():
        return Line(Health.OK, what, "is not there yet; run makes it.")
    return Line(Health.FAILED, what, f"cannot be made: the folder {folder} does not exist; make it.")


def _channel(client: WebClient, what: str, channel: str) -> Line:
    try:
        found = client.conversations_info(channel=channel).get("channel") or {}
    except SlackApiError as error:
        code = str(error.response.get("error"))
        if code == "missing_scope":
            return Line(
                Health.WARNING,
                what,
                "was not looked at: that takes channels:read, or groups:read in a private one.",
            )
        return Line(Health.FAILED, what, f"{code}: check the id, and invite the bot with /invite.")
    except (SlackClientError, OSError) as error:
        return Line(Health.FAILED, what, f"{brief(error)}.")
    if found.get("is_archived"):
        return Line(Health.FAILED, what, "is archived: name another channel.")
    if not found.get("is_member"):
        return Line(Health.FAILED, what, "does not have the bot in it: type /invite @ecrbot there.")
    return Line(Health.OK, what, f"is #{found.get('name', '?')}, and the bot is in it.")
