from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from bot.checking import checker, now, policy, registry
from bot.settings_file import SettingsFile
from demo.aws import LocalAws
from demo.environment import settings
from demo.world import EAST, FAMILY, PROD, REGISTRIES, REPOSITORIES, SANDBOX, STAGING, WEST, seed_into, world
from ecr.aws.signals import AwsSignals
from ecr.changes import Choice
from ecr.deadline import Deadline
from ecr.impact import Impact
from ecr.names import parse
from ecr.planning import Planning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.world import Registry
    from ecr.model import Assessment

# (account, region, name): tag-immutability, scan-on-push
EXPECTED = {
    (PROD, WEST, "payments-api"): ("fail", "fail"),
    (PROD, WEST, "payments-worker"): ("fail", "pass"),
    (PROD, WEST, "checkout-web"): ("pass", "pass"),
    (PROD, WEST, "checkout-worker"): ("pass", "pass"),
    (PROD, WEST, "checkout-emails"): ("fail", "pass"),
    (PROD, WEST, "identity"): ("pass", "pass"),
    (PROD, WEST, "platform/identity-admin"): ("fail", "pass"),
    (PROD, WEST, "ledger-core"): ("pass", "pass"),
    (PROD, WEST, "ledger-reports"): ("pass", "fail"),
    (PROD, WEST, "docker-hub/library/nginx"): ("fail", "fail"),
    (PROD, EAST, "payments-api"): ("fail", "fail"),
    (PROD, EAST, "checkout-web"): ("pass", "pass"),
    (PROD, EAST, "search-indexer"): ("pass", "pass"),
    (PROD, EAST, "search-web"): ("pass", "pass"),
    (PROD, EAST, "landing-web"): ("pass", "pass"),
    (PROD, EAST, "media-resizer"): ("pass", "fail"),
    (PROD, EAST, "assets-web"): ("fail", "pass"),
    (PROD, EAST, "assets-cdn"): ("fail", "fail"),
    (STAGING, WEST, "payments-api"): ("fail", "pass"),
    (STAGING, WEST, "checkout-web"): ("pass", "pass"),
    (STAGING, WEST, "feature-flags"): ("pass", "fail"),
    (STAGING, WEST, "mail-templates"): ("pass", "pass"),
    (STAGING, WEST, "notebooks"): ("fail", "fail"),
    (STAGING, EAST, "checkout-web"): ("pass", "pass"),
    (STAGING, EAST, "batch-exporter"): ("pass", "fail"),
    (STAGING, EAST, "load-tests"): ("fail", "fail"),
    (STAGING, EAST, "checkout-legacy"): ("unknown", "pass"),
    (STAGING, EAST, "checkout-preview"): ("unknown", "pass"),
}


@pytest.fixture(scope="module")
def seeded() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        aws.reset()
        seed_into(aws, world())
        yield aws


@pytest.fixture
def assessments(seeded: LocalAws, monkeypatch: pytest.MonkeyPatch) -> tuple[Assessment, ...]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", seeded.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    file = SettingsFile.model_validate(tomllib.loads(settings(world())))
    return checker(registry(file), file).check((parse("*"),), Deadline.after(20)).assessments


def test_every_repository_gets_the_verdict_it_is_there_for(assessments: tuple[Assessment, ...]) -> None:
    found = {
        (row.target.account, row.target.region, row.name): tuple(str(finding.verdict) for finding in row.findings)
        for row in assessments
        if row.repository is not None and not row.name.startswith("team-")
    }

    assert found == EXPECTED


def test_the_closed_account_is_unknown_in_both_regions(assessments: tuple[Assessment, ...]) -> None:
    unread = [row for row in assessments if row.repository is None]

    assert [(row.target.name, row.target.region) for row in unread] == [("sandbox", WEST), ("sandbox", EAST)]
    assert all("could not be assumed" in finding.evidence for row in unread for finding in row.findings)


TAGS, SCANNING = 0, 1

# Every row of the truth table of docs/control.md under `effective`, with a repository that shows it.
TRUTH_TABLE = [
    ("IMMUTABLE", TAGS, (PROD, WEST, "checkout-web"), "IMMUTABLE: no tag can be overwritten", "pass"),
    ("every filter accepted", TAGS, (PROD, WEST, "checkout-worker"), "matching latest, which the policy acc", "pass"),
    ("a filter not accepted", TAGS, (PROD, WEST, "platform/identity-admin"), "matching dev-* can be overwr", "fail"),
    ("a filter of one asterisk", TAGS, (PROD, EAST, "assets-web"), "The exclusion filter * lets every tag", "fail"),
    ("a filter of asterisks", TAGS, (PROD, EAST, "assets-cdn"), "The exclusion filter ** lets every tag", "fail"),
    ("no filters at all", TAGS, (STAGING, EAST, "checkout-legacy"), "filters are absent from ECR's answer", "unknown"),
    ("MUTABLE", TAGS, (PROD, WEST, "payments-api"), "MUTABLE: every tag can be overwritten", "fail"),
    ("MUTABLE_WITH_EXCLUSION", TAGS, (STAGING, EAST, "load-tests"), "only tags matching release-* are", "fail"),
    ("a value not known", TAGS, (STAGING, EAST, "checkout-preview"), "'IMMUTABLE_AFTER_RELEASE'", "unknown"),
    ("ENHANCED, on push", SCANNING, (PROD, EAST, "landing-web"), "*-web scans it on push", "pass"),
    ("ENHANCED, continuous", SCANNING, (PROD, EAST, "search-indexer"), "scans it continuously", "pass"),
    ("ENHANCED, both: continuous", SCANNING, (PROD, EAST, "search-web"), "search-* scans it continuously", "pass"),
    ("ENHANCED, the flag alone", SCANNING, (PROD, EAST, "media-resizer"), "counts for nothing there", "fail"),
    ("BASIC, a rule", SCANNING, (PROD, WEST, "identity"), "with the filter identity scans it on push", "pass"),
    ("BASIC, no rule, the flag", SCANNING, (STAGING, WEST, "checkout-web"), "scanOnPush is true and the reg", "pass"),
    ("BASIC, no rule, no flag", SCANNING, (STAGING, WEST, "feature-flags"), "scanOnPush is false and the reg", "fail"),
    ("BASIC, rules, no flag", SCANNING, (PROD, WEST, "ledger-reports"), "false and no rule of the BASIC", "fail"),
    ("BASIC, the flag counts", SCANNING, (PROD, WEST, "ledger-core"), "itself says that it is scanned on", "pass"),
    ("BASIC, it does not", SCANNING, (STAGING, EAST, "batch-exporter"), "that it is scanned manually", "fail"),
    ("not readable", SCANNING, (SANDBOX, WEST, "*"), "could not be assumed", "unknown"),
]


@pytest.mark.parametrize(
    ("rule", "place", "evidence", "verdict"), [row[1:] for row in TRUTH_TABLE], ids=[row[0] for row in TRUTH_TABLE]
)
def test_every_row_of_the_truth_table_is_there(
    rule: int, place: tuple[str, str, str], evidence: str, verdict: str, assessments: tuple[Assessment, ...]
) -> None:
    [shown] = [row for row in assessments if (row.target.account, row.target.region, row.name) == place]

    assert str(shown.findings[rule].verdict) == verdict
    assert evidence in shown.findings[rule].evidence


def test_there_are_about_sixty_repositories_in_three_accounts_and_two_regions() -> None:
    places = {(one.account, one.region) for one in world().repositories}

    assert places == {(account, region) for account in (PROD, STAGING, SANDBOX) for region in (WEST, EAST)}
    assert 60 <= len(world().repositories) <= 70


def test_the_family_has_failing_and_passing_members(assessments: tuple[Assessment, ...]) -> None:
    family = [row for row in assessments if row.name.startswith("team-")]

    assert len(family) == FAMILY
    assert {str(row.verdict) for row in family} == {"pass", "fail"}


FILTER_OF_ECR = re.compile(r"[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*")
"""https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ScanningRepositoryFilter.html"""


@pytest.mark.parametrize("text", sorted({text for one in REGISTRIES for _, texts in one.rules for text in texts}))
def test_every_seeded_filter_is_one_that_ecr_takes(text: str) -> None:
    assert FILTER_OF_ECR.fullmatch(text)


@pytest.mark.parametrize("one", REGISTRIES, ids=lambda one: f"{one.account}-{one.region}")
def with_everything(had: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a registry's rules with `*` added to the one on push: each frequency may have one rule."""
    filters = [one for rule in had if rule["scanFrequency"] == "SCAN_ON_PUSH" for one in rule["repositoryFilters"]]
    on_push = [*filters, {"filter": "*", "filterType": "WILDCARD"}]
    others = [rule for rule in had if rule["scanFrequency"] != "SCAN_ON_PUSH"]
    return [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": on_push}, *others]


@pytest.mark.parametrize("one", REGISTRIES, ids=lambda one: f"{one.account}-{one.region}")
def test_every_seeded_registry_takes_its_rules_again_with_one_for_everything(one: Registry, seeded: LocalAws) -> None:
    ecr = seeded.client("ecr", one.account, one.region)
    had = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    put = {**had, "rules": with_everything(had["rules"])}
    try:
        ecr.put_registry_scanning_configuration(**put)
        assert ecr.get_registry_scanning_configuration()["scanningConfiguration"] == put
    finally:
        ecr.put_registry_scanning_configuration(**had)


def test_the_same_seed_gives_the_same_world() -> None:
    assert world(7) == world(7)
    assert world(7) != world(8)
    assert len({(one.account, one.region, one.name) for one in world(7).repositories}) == len(REPOSITORIES) + FAMILY


def told(name: str, region: str, account: str, seeded: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Impact:
    monkeypatch.setenv("AWS_ENDPOINT_URL", seeded.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    file = SettingsFile.model_validate(tomllib.loads(settings(world())))
    reading = registry(file)
    planning = Planning(reading, checker(reading, file), AwsSignals(reading), policy(file), now)
    arn = f"arn:aws:ecr:{region}:{account}:repository/{name}"
    [item] = planning.plan((parse(arn),), Choice(), Deadline.after(20)).items
    return Impact(item.impact, item.code)


@pytest.mark.parametrize(
    ("name", "region", "account", "first"),
    [
        ("payments-api", WEST, PROD, "2 tags look moving: latest (pushed 2 days ago), main (pushed 5 days ago): "),
        ("payments-worker", WEST, PROD, "The tag managed-by=terraform names Terraform: "),
        ("docker-hub/library/nginx", WEST, PROD, "The pull-through-cache rule for the prefix docker-hub covers "),
        ("notebooks", WEST, STAGING, "The tag pulumi:project=notebooks names Pulumi: "),
        ("payments-api", EAST, PROD, "Nothing was found that may break, in 2 images, 0 resource tags and 0 "),
    ],
)
def test_plans_of_the_demo_have_something_to_say(
    name: str, region: str, account: str, first: str, seeded: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(name, region, account, seeded, monkeypatch).sentences[0].startswith(first)


def test_a_repository_of_a_stack_brings_the_lines_for_its_template(
    seeded: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = told("checkout-emails", WEST, PROD, seeded, monkeypatch)

    assert found.sentences[-1] == (
        "CloudFormation stack checkout (resource EmailsRepository) made this repository: its next update will revert "
        "this."
    )
    assert found.sentences[1].startswith("2 untagged images of the last 30 days")
    assert found.code == "ImageTagMutability: IMMUTABLE"
