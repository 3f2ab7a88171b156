"""Settings: the environment and ecrbot.toml, read and checked once, with every problem in one message.

Each command says what it uses; what it does not use is not asked for. Secrets are never shown.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.settings_file import SettingsFile
from ecr.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

SLACK_API_URL = "https://slack.com/api/"
_SECRET_KEYS = frozenset({"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "external_id"})
_LONGEST_SHOWN = 80
_ACCOUNT_ID = re.compile(r"[0-9]{12}")

AnySettings = TypeVar("AnySettings", bound=BaseSettings)


class LogFormat(StrEnum):
    """How log lines are written."""

    JSON = "json"
    TEXT = "text"


def _slash(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


def _begins(value: SecretStr, prefix: str) -> SecretStr:
    if not value.get_secret_value().startswith(prefix):
        raise ValueError
    return value


BotToken = Annotated[SecretStr, AfterValidator(lambda value: _begins(value, "xoxb-"))]
AppToken = Annotated[SecretStr, AfterValidator(lambda value: _begins(value, "xapp-"))]


class Environment(BaseSettings):
    """The variables that every command reads."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True)

    config: Path | None = Field(None, alias="ECRBOT_CONFIG", description="the path of a TOML file")
    database: Path = Field(Path("ecrbot.db"), alias="ECRBOT_DATABASE", description="the path of the SQLite file")
    log: LogFormat | None = Field(None, alias="ECRBOT_LOG", description="json or text")


class SlackEnvironment(BaseSettings):
    """The variables that commands which speak to Slack read."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True)

    bot_token: BotToken = Field(alias="SLACK_BOT_TOKEN", description="the bot token, which begins with xoxb-")
    app_token: AppToken | None = Field(
        None, alias="SLACK_APP_TOKEN", description="the app-level token, which begins with xapp-"
    )
    signing_secret: SecretStr | None = Field(
        None, alias="SLACK_SIGNING_SECRET", min_length=8, description="the signing secret, at least 8 characters"
    )
    api_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+"), AfterValidator(_slash)] = Field(
        SLACK_API_URL, alias="SLACK_API_URL", description="an http or https address"
    )
    port: int | None = Field(None, alias="PORT", ge=0, le=65535, description="a port number up to 65535")

    @property
    def socket_mode(self) -> bool:
        """Whether the bot connects to Slack, rather than Slack to the bot."""
        return self.app_token is not None


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a command may want to know; `slack` is `None` for one that did not ask for it."""

    file: SettingsFile
    database: Path
    log: LogFormat | None
    slack: SlackEnvironment | None = None


def load(*, slack: bool = False, connect: bool = False, aws: bool = True) -> Settings:
    """Read the settings that a command uses.

    Args:
        slack: whether the command calls Slack, and so needs the bot token.
        connect: whether it takes deliveries from Slack as well, and so needs one of the two ways to do so.
        aws: whether it reads ECR, and so needs a region.

    Raises:
        SettingsError: something is missing or malformed; its message has a line for every problem.
    """
    problems: list[str] = []
    environment = _read(Environment, problems)
    file = _file(environment.config if environment else _config_variable(), problems)
    slack_environment = _read(SlackEnvironment, problems) if slack else None
    if connect:
        problems.extend(_no_way_in(slack_environment))
    if file is not None:
        problems.extend(_nobodys_digests(file))
    if aws and file is not None:
        problems.extend(_no_region(file))
    if problems or environment is None or file is None:
        raise SettingsError("\n".join(["The settings cannot be used:", *(f"- {problem}" for problem in problems)]))
    return Settings(file, environment.database, environment.log, slack_environment)


def _config_variable() -> Path | None:
    return Path(os.environ["ECRBOT_CONFIG"]) if os.environ.get("ECRBOT_CONFIG") else None


def _read(model: type[AnySettings], problems: list[str]) -> AnySettings | None:
    try:
        return model()
    except ValidationError as error:
        given = {key: os.environ.get(key, "") for key in map(_alias, model.model_fields.values())}
        problems.extend(_problems(error, model, given))
        return None


def _file(path: Path | None, problems: list[str]) -> SettingsFile | None:
    where = path or Path("ecrbot.toml")
    try:
        content = tomllib.loads(where.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if path is not None:
            problems.append(f"ECRBOT_CONFIG: got {str(path)!r}, wants the path of a file that exists.")
        content = {}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{where}: it cannot be read: {error}.")
        return None
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{where}: it is not TOML: {error}.")
        return None
    try:
        return SettingsFile(**content)
    except ValidationError as error:
        problems.extend(_problems(error, SettingsFile, content))
        return None


def _no_way_in(slack: SlackEnvironment | None) -> Iterator[str]:
    ways = ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
    if slack is None and any(os.environ.get(way) for way in ways):
        return  # told already what is wrong with it
    if slack is None or (slack.app_token is None and slack.signing_secret is None):
        yield (
            "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET: neither is set; wants the app-level token (xapp-…) for Socket "
            "Mode, or the signing secret for HTTP mode."
        )


def _nobodys_digests(file: SettingsFile) -> Iterator[str]:
    configured = [value for account in file.aws.accounts for value in (account.id, account.name) if value is not None]
    for number, digest in enumerate(file.digest):
        for entry in digest.accounts:
            if entry in configured or (not configured and _ACCOUNT_ID.fullmatch(entry)):
                continue
            near = get_close_matches(entry, configured, n=1, cutoff=0)
            wants = (
                f"ids or names of [[aws.accounts]]; did you mean {near[0]}?"
                if near
                else "ids of 12 digits, as there are no [[aws.accounts]] with names."
            )
            yield f"digest[{number}].accounts: got {_shortened(entry)}, wants {wants}"


def _no_region(file: SettingsFile) -> Iterator[str]:
    lacking = file.aws.regions is None and (
        not file.aws.accounts or any(account.regions is None for account in file.aws.accounts)
    )
    if lacking:
        from ecr.aws.sessions import default_region  # noqa: PLC0415 - botocore, only where it is to be asked

        try:
            region = default_region()
        except SettingsError as error:
            yield str(error)
            return
        if region is None:
            yield 'aws.regions: not set, and AWS_REGION neither; wants a list like ["eu-west-1"], or ["all"].'


def _problems(error: ValidationError, model: Any, given: Mapping[str, Any]) -> Iterator[str]:  # noqa: ANN401 - a model
    details = error.errors(include_url=False)
    paths = [detail["loc"] for detail in details]
    for detail in details:
        own = detail["loc"]
        if any(path[: len(own)] == own and path != own for path in paths):
            continue  # what is inside it says it better
        yield _problem(detail, model, given)


def _problem(detail: ErrorDetails, model: Any, given: Mapping[str, Any]) -> str:  # noqa: ANN401 - a model class
    path = detail["loc"]
    key = _key(path)
    if detail["type"] == "extra_forbidden":
        near = get_close_matches(str(path[-1]), _keys(model, path[:-1]), n=1)
        return f"{key}: not a setting of ecrbot{f'; did you mean {near[0]}?' if near else '.'}"
    wants = (
        detail["msg"] if detail["type"] in {"zone", "role_account", "together"} else _wants(model, path, detail["msg"])
    )
    if detail["type"] == "missing":
        return f"{key}: not set; wants {wants}."
    if detail["type"] == "together":
        return f"{key}: wants {wants}."
    return f"{key}: got {_got(path, given)}, wants {wants}."


def _key(path: tuple[int | str, ...]) -> str:
    """Return a path as people write it: `aws.accounts[0].id`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _got(path: tuple[int | str, ...], given: Any) -> str:  # noqa: ANN401 - what TOML holds
    if any(part in _SECRET_KEYS for part in path):
        return "a value that is not shown"
    for part in path:
        try:
            given = given[part]
        except (KeyError, IndexError, TypeError):
            break
    return _shortened(given)


def _shortened(value: Any) -> str:  # noqa: ANN401 - what TOML holds
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"


def _wants(model: Any, path: tuple[int | str, ...], otherwise: str) -> str:  # noqa: ANN401 - a model class
    """Return the description of the innermost field on the path that has one."""
    found = None
    for part in path:
        field = _field(model, part)
        if field is not None:
            found, model = field.description or found, _section(field)
    return found or otherwise


def _keys(model: Any, path: tuple[int | str, ...]) -> list[str]:  # noqa: ANN401 - a model class
    for part in path:
        field = _field(model, part)
        model = _section(field) if field is not None else model
    return list(getattr(model, "model_fields", ()))


def _field(model: Any, part: int | str) -> Any:  # noqa: ANN401 - pydantic's FieldInfo, or None
    fields = getattr(model, "model_fields", {})
    return fields.get(part) or next((field for field in fields.values() if _alias(field) == part), None)


def _alias(field: Any) -> str:  # noqa: ANN401 - pydantic's FieldInfo
    return field.alias or ""


def _section(field: Any) -> Any:  # noqa: ANN401 - a model class: the field's own, or that of its items
    inner = field.annotation
    for candidate in (inner, *getattr(inner, "__args__", ())):
        if hasattr(candidate, "model_fields"):
            return candidate
    return None
