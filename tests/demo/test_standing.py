from __future__ import annotations

import time
import tomllib
from typing import TYPE_CHECKING

import pytest

from bot.checking import checker, registry
from bot.settings_file import SettingsFile
from demo.aws import LocalAws
from demo.environment import settings
from demo.standing import Row, rows
from demo.world import EAST, PROD, SANDBOX, STAGING, WEST, seed_into, world
from ecr.deadline import Deadline
from ecr.model import ScanFrequency, Verdict
from ecr.names import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = {
    ScanFrequency.SCAN_ON_PUSH: "on push",
    ScanFrequency.CONTINUOUS_SCAN: "continuous",
    ScanFrequency.MANUAL: "manual",
}


@pytest.fixture
def seeded() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        aws.reset()
        seed_into(aws, world())
        yield aws


def one(aws: LocalAws, account: str, region: str, name: str) -> Row | None:
    found = [row for row in rows(aws, world()) if (row.account, row.region, row.name) == (account, region, name)]
    return found[0] if found else None


@pytest.mark.parametrize(
    "row",
    [
        Row(PROD, "prod", WEST, "checkout-worker", "IMMUTABLE_WITH_EXCLUSION", ("latest",), False, "on push", True),
        Row(PROD, "prod", WEST, "ledger-core", "IMMUTABLE", (), True, "on push", True),
        Row(PROD, "prod", WEST, "payments-api", "MUTABLE", (), False, "manual", False),
        Row(PROD, "prod", EAST, "search-indexer", "IMMUTABLE", (), False, "continuous", True),
        Row(PROD, "prod", EAST, "media-resizer", "IMMUTABLE", (), True, "manual", False),
        Row(STAGING, "staging", EAST, "batch-exporter", "IMMUTABLE", (), True, "manual", False),
        Row(STAGING, "staging", EAST, "checkout-preview", "IMMUTABLE_AFTER_RELEASE", (), False, "on push", None),
        Row(SANDBOX, "sandbox", WEST, "playground", "MUTABLE", (), False, "manual", False),
    ],
    ids=lambda row: row.name,
)
def test_a_repository_stands_there_as_it_is_and_as_it_is_judged(seeded: LocalAws, row: Row) -> None:
    assert one(seeded, row.account, row.region, row.name) == row


def test_everything_is_there_in_the_same_order_every_time(seeded: LocalAws) -> None:
    found = rows(seeded, world())

    places = [(row.account, row.region, row.name) for row in found]
    order = [(account.id, region) for account in world().accounts for region in world().regions]
    assert sorted(places) == sorted((r.account, r.region, r.name) for r in world().repositories)
    assert places == sorted(places, key=lambda place: (order.index(place[:2]), place[2]))
    assert rows(seeded, world()) == found


def test_it_is_the_bot_s_own_judgement(seeded: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", seeded.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    seeded.clear()  # so that the bot may look into every account
    file = SettingsFile.model_validate(tomllib.loads(settings(world())))

    checked = checker(registry(file), file).check((parse("*"),), Deadline.after(20)).assessments

    said = {
        (a.target.account, a.target.region, a.name): (
            WORDS[a.effective_scanning] if a.effective_scanning else "unknown",
            {Verdict.PASS: True, Verdict.FAIL: False}.get(a.verdict),
        )
        for a in checked
    }
    assert {(r.account, r.region, r.name): (r.scanning, r.compliant) for r in rows(seeded, world())} == said


def test_what_changes_is_seen_at_once(seeded: LocalAws) -> None:
    ecr = seeded.client("ecr", PROD, WEST)
    ecr.put_image_tag_mutability(repositoryName="payments-worker", imageTagMutability="IMMUTABLE")
    ecr.delete_repository(repositoryName="ledger-core", force=True)
    ecr.create_repository(repositoryName="brand-new")

    changed = one(seeded, PROD, WEST, "payments-worker")
    assert changed == Row(PROD, "prod", WEST, "payments-worker", "IMMUTABLE", (), True, "on push", True)
    assert one(seeded, PROD, WEST, "ledger-core") is None
    made = Row(PROD, "prod", WEST, "brand-new", "MUTABLE", (), False, "manual", False)
    assert one(seeded, PROD, WEST, "brand-new") == made


def test_more_than_a_page_is_read_whole(seeded: LocalAws) -> None:
    for number in range(1200):
        seeded.create(STAGING, WEST, f"many-{number:04}")

    assert sum(row.name.startswith("many-") for row in rows(seeded, world())) == 1200


def test_no_fault_touches_it_and_nothing_counts_it(seeded: LocalAws) -> None:
    before = rows(seeded, world())
    seeded.reset_calls()
    seeded.throttle(0.0, 0.0)
    seeded.fail(None, "AccessDeniedException")

    assert rows(seeded, world()) == before
    assert not seeded.calls


def test_it_takes_a_few_milliseconds(seeded: LocalAws) -> None:
    rows(seeded, world())

    def seconds() -> float:
        began = time.perf_counter()
        rows(seeded, world())
        return time.perf_counter() - began

    assert min(seconds() for _ in range(20)) < 0.005


def test_only_what_is_answered_here_can_be_asked_without_http(seeded: LocalAws) -> None:
    with pytest.raises(LookupError, match="CreateRepository is not answered here"):
        seeded.ask("CreateRepository", PROD, WEST, repositoryName="brand-new")


def test_images_go_with_their_repository(seeded: LocalAws) -> None:
    ecr = seeded.client("ecr", PROD, WEST)
    ecr.delete_repository(repositoryName="payments-api", force=True)
    ecr.create_repository(repositoryName="payments-api")

    assert ecr.describe_images(repositoryName="payments-api")["imageDetails"] == []
    assert ecr.describe_images(repositoryName="checkout-emails")["imageDetails"] != []
