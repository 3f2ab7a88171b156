"""`python -m bot export` as a process of its own: what it writes, where, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import boto3
import pytest
from moto.server import ThreadedMotoServer

from bot.export_command import Format, Tally
from bot.exports import asff, ocsf
from bot.exports.csv_table import COLUMNS
from ecr.model import ALL_REGIONS, Target, Verdict
from store.history import SqliteHistory
from tests.bot.asked import AT, PROD, ROOT, Shell, apply, approve, exemption
from tests.bot.exports.examples import FAILING
from tests.store.world import EXEMPT, FAIL, STAGING, UNKNOWN, seen, swept, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ecr.model import Assessment

DOCUMENT = (ROOT / "docs/export.md").read_text(encoding="utf-8")
LAB, NOWHERE = Target("333333333333", "eu-west-1", "lab"), Target("444444444444", ALL_REGIONS)
DAY = timedelta(days=1)
FORMATS = tuple(Format)


def sweep(shell: Shell, holds: Mapping[Target, Sequence[Assessment] | str], days: float = 1) -> None:
    swept(SqliteHistory.prepare(shell.database), AT + days * DAY, holds)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A history of two sweeps, in which everything that can be is."""
    shell = Shell(tmp_path)
    requests = shell.requests()
    sweep(shell, {PROD: [seen("api", FAIL), seen("web", FAIL)], STAGING: [seen("job", FAIL, target=STAGING)]}, days=-1)
    requests.ask(exemption("R1"), channel="C0APPROVE")
    approve(requests, "R1", AT)
    apply(requests, "R1", AT)
    holds: dict[Target, Sequence[Assessment] | str] = {
        PROD: [seen("api", EXEMPT), seen("odd", UNKNOWN), seen("web", FAIL)],
        STAGING: "Access denied.",
        LAB: "No such role.",
        NOWHERE: "Its regions cannot be listed.",
    }
    sweep(shell, holds)
    return shell


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def told(shell: Shell) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shell.run("export", "--as", "json").stdout)
    return found


def test_there_is_a_record_for_each_repository_and_rule_whatever_it_came_to(shell: Shell) -> None:
    found = [(one["repository"], one["rule"], one["verdict"]) for one in told(shell)]
    assert found == [
        ("api", "tag-immutability", "exempt"),
        ("api", "scan-on-push", "pass"),
        ("odd", "tag-immutability", "unknown"),
        ("odd", "scan-on-push", "pass"),
        ("web", "tag-immutability", "fail"),
        ("web", "scan-on-push", "pass"),
        ("job", "tag-immutability", "unknown"),
        ("job", "scan-on-push", "unknown"),
        (None, "tag-immutability", "unknown"),
        (None, "scan-on-push", "unknown"),
        (None, "tag-immutability", "unknown"),
        (None, "scan-on-push", "unknown"),
    ]


def test_what_was_not_read_since_is_told_as_list_tells_it_with_no_exemption_and_no_beginning(shell: Shell) -> None:
    [listed] = [row for row in shell.json("list") if row["repository"] == "job"]
    found = [one for one in told(shell) if one["repository"] == "job"]
    assert [one["evidence"] for one in found] == [finding["evidence"] for finding in listed["findings"]]
    assert found[0]["evidence"] == "Access denied. It was fail at 2026-11-23T09:00:00Z: Tags fail."
    assert {(one["since"], one["read_at"], one["exempt_until"]) for one in found} == {
        (None, "2026-11-23T09:00:00Z", None)
    }


def test_a_target_that_was_never_read_is_told_with_the_reason(shell: Shell) -> None:
    found = [(one["account"], one["region"], one["evidence"]) for one in told(shell) if one["repository"] is None]
    assert found == 2 * [("333333333333", "eu-west-1", "No such role.")] + 2 * [
        ("444444444444", "all", "Its regions cannot be listed.")
    ]


def test_an_exemption_is_told_with_who_granted_it(shell: Shell) -> None:
    names = ("since", "exempt_until", "exempt_by", "exempt_reason")
    assert {name: told(shell)[0][name] for name in names} == {
        "since": "2026-11-25T09:00:00Z",
        "exempt_until": "2026-12-24T09:00:00Z",
        "exempt_by": "Otto Oncall",
        "exempt_reason": "A base image.",
    }


def test_every_format_tells_of_the_same_findings(shell: Shell) -> None:
    counted = Counter(one["verdict"] for one in told(shell))
    rows = table(shell.run("export", "--as", "csv").stdout.replace("\n", "\r\n"))
    events = [json.loads(line) for line in shell.run("export", "--as", "ocsf").stdout.splitlines()]
    suites = ET.fromstring(shell.run("export", "--as", "junit").stdout.encode())  # noqa: S314 - of our own
    findings = json.loads(shell.run("export", "--as", "asff").stdout)
    assert Counter(row["verdict"] for row in rows) == counted
    assert Counter(event["unmapped"]["verdict"] for event in events) == counted
    assert {name: sum(int(suite.get(name) or 0) for suite in suites) for name in ("tests", "errors")} == {
        "tests": 12,
        "errors": 7,
    }
    # The account whose regions are not known cannot be told there, and is said so.
    assert Counter(one["ProductFields"]["ecrbot/verdict"] for one in findings) == counted - Counter(unknown=2)


def test_security_hub_s_format_says_what_it_leaves_out(shell: Shell) -> None:
    done = shell.run("export", "--as", "asff")
    assert done.stderr.splitlines() == [
        "Findings: 1 fail, 7 unknown, 1 exempt, 3 pass. Swept 2026-11-25 09:00 UTC.",
        "Left out, as Security Hub wants an account and a region: 444444444444 in all: Its regions cannot be listed.",
    ]


@pytest.mark.parametrize(
    ("holds", "code"),
    [
        ({PROD: [seen("api")]}, 0),
        ({PROD: []}, 0),
        ({PROD: [seen("api", EXEMPT)]}, 0),
        ({PROD: [seen("api", UNKNOWN)]}, 3),
        ({PROD: [seen("api")], LAB: "Access denied."}, 3),
        ({PROD: [seen("api", FAIL), seen("web", UNKNOWN)], LAB: "Access denied."}, 1),
    ],
)
def test_it_ends_as_list_does(tmp_path: Path, holds: Mapping[Target, Sequence[Assessment] | str], code: int) -> None:
    shell = Shell(tmp_path)
    sweep(shell, holds)
    assert (shell.run("export", "--as", "csv").returncode, shell.run("list").returncode) == (code, code)


def test_what_failed_and_was_not_read_since_is_3_as_of_list(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    sweep(shell, {PROD: [seen("api", FAIL)]}, days=-1)
    sweep(shell, {PROD: "Access denied."})
    assert (shell.run("export", "--as", "csv").returncode, shell.run("list").returncode) == (3, 3)


def test_the_tally_counts_what_went_by() -> None:
    assert (Tally().worst, Tally({Verdict.FAIL: 0, Verdict.UNKNOWN: 1, Verdict.EXEMPT: 0, Verdict.PASS: 2}).worst) == (
        Verdict.PASS,
        Verdict.UNKNOWN,
    )


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_file_has_what_stdout_would_and_nothing_lies_beside_it(shell: Shell, wanted: str) -> None:
    output = shell.folder / "out" / "findings"
    output.parent.mkdir()
    output.write_text("what was there", encoding="utf-8")
    printed = shell.run("export", "--as", wanted)
    done = shell.run("export", "--as", wanted, "--output", str(output))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Findings in {output}: 1 fail, 7 unknown, 1 exempt, 3 pass.")
    assert output.read_text(encoding="utf-8") == printed.stdout
    assert list(output.parent.iterdir()) == [output]


def test_a_file_that_was_there_stays_where_the_export_fails(shell: Shell) -> None:
    output = shell.folder / "findings.csv"
    output.write_text("what was there", encoding="utf-8")
    write(shell.database, "UPDATE judgements SET findings = 'no JSON' WHERE findings LIKE '%Tags unknown.%'")
    done = shell.run("export", "--as", "csv", "--output", str(output))
    assert (done.returncode, done.stdout) == (3, "")
    assert output.read_text(encoding="utf-8") == "what was there"
    assert not list(shell.folder.glob(".findings*"))


@pytest.mark.parametrize("output", ["ecrbot.db", "./link.db", ".", "nowhere/findings.csv", "fifo"])
def test_an_output_that_cannot_be_one_is_2_with_a_sentence_and_nothing_is_lost(shell: Shell, output: str) -> None:
    (shell.folder / "link.db").symlink_to(shell.database)
    os.mkfifo(shell.folder / "fifo")
    before = shell.database.read_bytes()
    done = shell.run("export", "--as", "json", "--output", output)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        r"ecrbot: \S+ (is the history itself: .+|is no file: .+|cannot be written: .+)\.\n", done.stderr
    )
    assert shell.database.read_bytes() == before


def test_a_dash_is_stdout(shell: Shell) -> None:
    done = shell.run("export", "--as", "csv", "--output", "-")
    assert len(table(done.stdout.replace("\n", "\r\n"))) == 12
    assert not (shell.folder / "-").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say in which format, one of csv, json, asff, ocsf, junit: --as csv, for one."),
        (
            ("--as", "xml"),
            "'xml' is no format. Say in which format, one of csv, json, asff, ocsf, junit: --as csv, for one.",
        ),
        (("--as",), "Option '--as' requires an argument."),
    ],
)
def test_wrong_usage_is_2_and_names_the_formats(shell: Shell, arguments: tuple[str, ...], said: str) -> None:
    done = shell.run("export", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("wanted", ["csv", "junit"])
def test_without_a_history_or_a_sweep_it_says_what_makes_one_as_list_does(tmp_path: Path, wanted: str) -> None:
    shell = Shell(tmp_path)
    output = tmp_path / "findings"
    for _ in range(2):
        done, listed = shell.run("export", "--as", wanted, "--output", str(output)), shell.run("list")
        assert (done.returncode, done.stdout, done.stderr) == (2, "", listed.stderr)
        assert "python -m bot sweep makes" in done.stderr
        SqliteHistory.prepare(shell.database)
    assert not output.exists()


def test_it_is_utf_8_whatever_the_locale_says(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    sweep(shell, {PROD: "Ärger mit der Rolle 🚀."})
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "bot", "export", "--as", "json"]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert json.loads(done.stdout.decode())[0]["evidence"] == "Ärger mit der Rolle 🚀."


def test_a_reader_that_has_enough_ends_it_without_a_word(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    sweep(shell, {PROD: [seen(f"r{number}") for number in range(3000)]})
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", "export", "--as", "ocsf"]
    with subprocess.Popen(command, env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        assert (process.stderr.read(), process.wait(60)) == (b"", 1)


def test_the_document_has_every_format_verdict_and_column() -> None:
    tables = {
        first: [row.split("|")[1] for row in body.strip().splitlines()]
        for first, body in re.findall(r"^\| (\w+) \|[^\n]+\n\|[-|]+\|\n((?:\|[^\n]+\n)+)", DOCUMENT, re.MULTILINE)
    }
    names = {first: [name for row in rows for name in re.findall(r"`([\w-]+)`", row)] for first, rows in tables.items()}
    assert names == {"format": list(Format), "verdict": ["pass", "fail", "exempt", "unknown"], "column": list(COLUMNS)}


def test_the_examples_of_the_document_have_what_is_exported() -> None:
    row, finding, event = (json.loads(block) for block in re.findall(r"```json\n(.+?)```", DOCUMENT, re.DOTALL))
    [lines] = re.findall(r"```\n(account,.+?)```", DOCUMENT, re.DOTALL)
    assert list(row) == list(COLUMNS) == next(csv.reader(io.StringIO(lines)))
    assert {key: type(value) for key, value in finding.items()} == {
        key: type(value) for key, value in asff.finding(FAILING).items()
    }
    assert {key: type(value) for key, value in event.items()} == {
        key: type(value) for key, value in ocsf.event(FAILING).items()
    }


@contextmanager
def security_hub() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def test_the_script_of_the_document_imports_those_of_the_caller_s_account(tmp_path: Path) -> None:
    """The caller is who the local AWS says: its account is the one of which all findings arrive, in their regions."""
    shell, mine = Shell(tmp_path), "123456789012"
    europe, america = Target(mine, "eu-west-1"), Target(mine, "us-east-1")
    some = [seen(f"r{number:03}", FAIL, target=europe) for number in range(120)]
    sweep(shell, {europe: some, america: [seen("api", target=america)], STAGING: [seen("job", target=STAGING)]})
    shell.run("export", "--as", "asff", "--output", "findings.json")
    [script] = re.findall(r"```python\n(.+?)```", DOCUMENT, re.DOTALL)
    (tmp_path / "import_findings.py").write_text(script, encoding="utf-8")
    with security_hub() as endpoint:
        keys = {"AWS_ACCESS_KEY_ID": "AKIAHOME", "AWS_SECRET_ACCESS_KEY": "home", "AWS_DEFAULT_REGION": "eu-west-1"}
        env = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": endpoint, **keys}
        command = [sys.executable, "import_findings.py", "findings.json"]
        done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        arrived = {
            region: sum(
                len(page["Findings"])
                for page in boto3.client(
                    "securityhub",
                    region_name=region,
                    endpoint_url=endpoint,
                    aws_access_key_id="AKIAHOME",
                    aws_secret_access_key="home",
                )
                .get_paginator("get_findings")
                .paginate()
            )
            for region in ("eu-west-1", "us-east-1")
        }
    assert (done.stderr, arrived) == ("", {"eu-west-1": 240, "us-east-1": 2})
    assert done.stdout.splitlines() == ["eu-west-1: 240 imported, 0 failed", "us-east-1: 2 imported, 0 failed"]
