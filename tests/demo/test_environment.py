from __future__ import annotations

import os
import tomllib
from datetime import time
from pathlib import Path

import pytest

from bot.settings_file import SettingsFile
from demo.environment import Endpoints, forget_shell, furnish, settings
from demo.loopback import NotLoopbackError
from demo.world import world

LOCAL = Endpoints("http://127.0.0.1:1/api/", "xoxb-local", "xapp-local", "http://127.0.0.1:2")
PRODUCTION = {
    "AWS_PROFILE": "production",
    "AWS_SESSION_TOKEN": "a-real-one",
    "AWS_ENDPOINT_URL_ECR": "https://ecr.example.com",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/",
    "SLACK_SIGNING_SECRET": "a-real-secret",
    "ECRBOT_CONFIG": "/srv/ecrbot.toml",
    "https_proxy": "http://proxy.example.com",
    "MOTO_ACCOUNT_ID": "999999999999",
    "PYTHONPATH": "/srv/elsewhere",
}


def test_nothing_of_the_shell_but_its_path_reaches_the_bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)

    environment = furnish(tmp_path, LOCAL, world())

    assert environment["PATH"] == os.environ["PATH"]
    assert not set(environment.values()) & set(PRODUCTION.values())
    assert set(environment) == {
        *("PATH", "HOME", "LANG", "NO_PROXY"),
        *("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_API_URL"),
        *("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"),
        *("AWS_EC2_METADATA_DISABLED", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
        *("ECRBOT_CONFIG", "ECRBOT_DATABASE", "ECRBOT_LOG"),
    }


def test_every_file_is_in_the_demos_own_folder(tmp_path: Path) -> None:
    environment = furnish(tmp_path, LOCAL, world())

    for name in ("HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "ECRBOT_CONFIG", "ECRBOT_DATABASE"):
        assert Path(environment[name]).is_relative_to(tmp_path)
    assert Path(environment["AWS_CONFIG_FILE"]).read_text(encoding="utf-8") == ""
    assert Path(environment["AWS_SHARED_CREDENTIALS_FILE"]).read_text(encoding="utf-8") == ""


def test_an_endpoint_elsewhere_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    elsewhere = Endpoints(LOCAL.slack_api_url, "xoxb-local", "xapp-local", "https://api.ecr.eu-west-1.amazonaws.com")

    with pytest.raises(NotLoopbackError):
        furnish(tmp_path, elsewhere, world())

    assert list(tmp_path.iterdir()) == []


def test_the_settings_are_ones_that_the_bot_takes() -> None:
    file = SettingsFile.model_validate(tomllib.loads(settings(world())))

    assert [account.name for account in file.aws.accounts] == ["prod", "staging", "sandbox"]
    assert file.aws.regions == ("eu-west-1", "us-east-1")
    assert file.policy.accepted_exclusions == ("latest",)
    digests = [(digest.channel, digest.at, digest.timezone) for digest in file.digest]
    assert digests == [("C0DIGEST", time(9), "Europe/Bucharest")]


def test_the_demos_own_process_forgets_the_shell_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)

    forget_shell()

    assert {name for name in PRODUCTION if name in os.environ} == {"PYTHONPATH"}
