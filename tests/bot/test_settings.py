"""Settings: what is read, from where, and what is said of what is wrong."""

from __future__ import annotations

import os
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.settings import LogFormat, Settings, load
from ecr.errors import SettingsError
from ecr.model import Mode

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "SLACK_", "ECRBOT_"))] + ["PORT"]:
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.chdir(tmp_path)


def file(content: str) -> None:
    with open("ecrbot.toml", "w", encoding="utf-8") as target:  # noqa: PTH123 - the working directory is the test's own
        target.write(content)


def problems(**needs: bool) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load(**needs)
    return [line.removeprefix("- ") for line in str(raised.value).splitlines()[1:]]


def test_nothing_at_all_is_a_good_setting() -> None:
    settings = load()
    assert settings.file.policy.mode is Mode.EFFECTIVE
    assert settings.file.aws.concurrency == 16
    assert str(settings.database) == "ecrbot.db"
    assert settings.log is None


def test_every_key_of_the_contract_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECRBOT_LOG", "json")
    file("""
        [slack]
        approvals_channel = "C0APPROVE"
        users = ["S0ENG"]
        approvers = ["S0ONCALL", "U0LEAD"]
        self_approval = true
        request_ttl = "90m"
        [aws]
        regions = ["eu-west-1", "us-gov-east-1"]
        concurrency = 8
        [[aws.accounts]]
        id = "111111111111"
        name = "prod"
        role = "arn:aws:iam::111111111111:role/ecrbot-read"
        remediation_role = "arn:aws:iam::111111111111:role/path/ecrbot-remediate"
        external_id = "a/b:c=1"
        approvers = ["S0PROD"]
        regions = ["all"]
        [policy]
        mode = "literal"
        accepted_exclusions = ["latest", "dev-*"]
        [sweep]
        every = "2h"
        [store]
        keep = "30d"
        [[digest]]
        channel = "C0DIGEST"
        at = "08:30"
        timezone = "Europe/Bucharest"
        repositories = ["payments-*"]
        accounts = ["prod"]
        regions = ["eu-west-1"]
    """)
    settings = load()
    [account], [digest] = settings.file.aws.accounts, settings.file.digest
    assert settings.log is LogFormat.JSON
    assert settings.file.slack.request_ttl == timedelta(minutes=90)
    assert (account.id, account.name, account.external_id, account.regions) == (
        "111111111111",
        "prod",
        "a/b:c=1",
        ("all",),
    )
    assert settings.file.policy.accepted_exclusions == ("latest", "dev-*")
    assert settings.file.store.keep == timedelta(days=30)
    assert (digest.at, digest.timezone, digest.repositories) == (time(8, 30), "Europe/Bucharest", ("payments-*",))


def test_every_problem_stands_in_the_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxp-of-a-person")
    monkeypatch.setenv("PORT", "abc")
    monkeypatch.setenv("ECRBOT_LOG", "yaml")
    file("""
        [slack]
        aprovers = []
        request_ttl = "8 hours"
        [aws]
        concurrency = 0
        [[aws.accounts]]
        id = 111
        regions = ["mars"]
        [[digest]]
        channel = "C0DIGEST"
        timezone = "Europe/Bukarest"
    """)
    assert problems(slack=True, connect=True) == [
        "ECRBOT_LOG: got 'yaml', wants json or text.",
        "slack.request_ttl: got '8 hours', wants a duration like \"8h\".",
        "slack.aprovers: not a setting of ecrbot; did you mean approvers?",
        "aws.concurrency: got 0, wants a whole number from 1 to 256.",
        "aws.accounts[0].id: got 111, wants the 12 digits of an AWS account, in quotes.",
        'aws.accounts[0].regions[0]: got \'mars\', wants a list of regions like ["eu-west-1"], or ["all"].',
        (
            "digest[0].timezone: got 'Europe/Bukarest', wants "
            "an IANA time zone like Europe/Bucharest (did you mean Europe/Bucharest?)."
        ),
        "SLACK_BOT_TOKEN: got a value that is not shown, wants the bot token, which begins with xoxb-.",
        "PORT: got 'abc', wants a port number up to 65535.",
        (
            "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET: neither is set; wants the app-level token (xapp-…) for Socket "
            "Mode, or the signing secret for HTTP mode."
        ),
    ]


def test_a_secret_never_stands_in_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "hunter2-bot")
    monkeypatch.setenv("SLACK_APP_TOKEN", "hunter2-app")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "hunter2")
    file('[[aws.accounts]]\nid = "111111111111"\nexternal_id = "hunter2 with spaces"')
    assert "hunter2" not in " ".join(problems(slack=True, connect=True))
    assert len(problems(slack=True, connect=True)) == 4


def test_a_command_without_slack_does_not_ask_for_its_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "malformed")
    assert isinstance(load(), Settings)


def test_the_app_token_decides_for_socket_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "0123456789abcdef")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api")
    http = load(slack=True, connect=True).slack
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    socket = load(slack=True, connect=True).slack
    assert http is not None
    assert socket is not None
    assert (http.socket_mode, socket.socket_mode) == (False, True)
    assert http.api_url == "http://127.0.0.1:9/api/"


def test_a_config_that_was_named_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECRBOT_CONFIG", "elsewhere.toml")
    assert problems() == ["ECRBOT_CONFIG: got 'elsewhere.toml', wants the path of a file that exists."]


def test_a_file_that_is_no_toml_says_where() -> None:
    file("[aws\nregions = 1")
    [problem] = problems()
    assert problem.startswith("ecrbot.toml: it is not TOML: ")
    assert "line 1" in problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            '[[aws.accounts]]\nname = "x"',
            "aws.accounts[0].id: not set; wants the 12 digits of an AWS account, in quotes.",
        ),
        (
            '[[aws.accounts]]\nid = "111111111111"\nrole = "arn:aws:iam::222222222222:role/r"',
            "aws.accounts[0].role: got 'arn:aws:iam::222222222222:role/r', wants a role of account 111111111111.",
        ),
        (
            '[[aws.accounts]]\nid = "111111111111"\n[[aws.accounts]]\nid = "111111111111"',
            "aws: wants accounts with different ids, and 111111111111 stands in several.",
        ),
        (
            '[[digest]]\nchannel = "C0ONE"\nat = "09:00"\n[[digest]]\nchannel = "C0ONE"\nat = "17:00"',
            "digest: wants tables that differ in channel or filters, and C0ONE without filters stands twice.",
        ),
        (
            (
                '[[digest]]\nchannel = "C0ONE"\nrepositories = ["a-*", "b"]\n'
                '[[digest]]\nchannel = "C0ONE"\nrepositories = ["b", "a-*"]'
            ),
            "digest: wants tables that differ in channel or filters, and C0ONE with b, a-* stands twice.",
        ),
        (
            '[[digest]]\nchannel = "C0ONE"\naccounts = ["prod"]',
            ("digest[0].accounts: got 'prod', wants ids of 12 digits, as there are no [[aws.accounts]] with names."),
        ),
        ("aws = 3", "aws: got 3, wants"),
        (
            "[aws]\nregions = []",
            'aws.regions: got [], wants a list of regions like ["eu-west-1", "us-east-1"], or ["all"].',
        ),
        ('[policy]\nmode = "lax"', 'policy.mode: got \'lax\', wants "effective" or "literal".'),
        ('[sweep]\nevery = "10s"', "sweep.every: got '10s', wants a duration like \"1h\", 1m or more."),
        ('[[digest]]\nchannel = "general"', "digest[0].channel: got 'general', wants a channel id like \"C0DIGEST\"."),
        ('[polcy]\nmode = "literal"', "polcy: not a setting of ecrbot; did you mean policy?"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_got_and_what_it_wants(content: str, said: str) -> None:
    file(content)
    assert problems()[0].startswith(said)


def test_each_account_of_a_digest_that_is_none_is_answered_by_the_nearest() -> None:
    file("""
        [[aws.accounts]]
        id = "111111111111"
        name = "prod"
        [[aws.accounts]]
        id = "222222222222"
        [[digest]]
        channel = "C0ONE"
        accounts = ["nope", "prod", "222222222222"]
        [[digest]]
        channel = "C0TWO"
        accounts = ["222222222223"]
    """)
    wants = "wants ids or names of [[aws.accounts]]; did you mean"
    assert problems() == [
        f"digest[0].accounts: got 'nope', {wants} prod?",
        f"digest[1].accounts: got '222222222223', {wants} 222222222222?",
    ]


def test_digests_of_one_channel_may_differ_in_filters_and_name_the_one_account_by_its_id() -> None:
    file("""
        [[digest]]
        channel = "C0ONE"
        accounts = ["111111111111"]
        [[digest]]
        channel = "C0ONE"
        regions = ["eu-west-1"]
    """)
    assert len(load().file.digest) == 2


def test_without_any_region_it_says_how_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    assert problems() == ['aws.regions: not set, and AWS_REGION neither; wants a list like ["eu-west-1"], or ["all"].']


def test_a_profile_that_is_not_there_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    assert problems() == ["AWS_PROFILE: got 'nowhere', wants a profile that the AWS configuration files have."]


@pytest.mark.parametrize("name", ["AWS", "SLACK", "STORE", "SWEEP", "DIGEST", "POLICY"])
def test_a_variable_named_like_a_section_is_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "anything")
    assert load().file.store.keep == timedelta(days=400)
