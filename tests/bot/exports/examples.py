"""Records of every kind, as the formats are given them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.exports.records import Record
from ecr.model import ALL_REGIONS, Exclusion, Finding, Repository, Rule, ScanFrequency, Target, Verdict
from store.export_reading import Grant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
FOUND, FIRST = AT - timedelta(days=3), AT - timedelta(days=90)
PROD, CHINA = Target("111111111111", "eu-west-1", "prod"), Target("333333333333", "cn-north-1")
LAB = Target("444444444444", "eu-west-1", "lab")
NOWHERE, NOBODY = Target("555555555555", ALL_REGIONS), Target(None, "eu-west-1")
GRANT = Grant("Otto Oncall", "A base image.", AT - timedelta(days=1), AT + timedelta(days=30))


def repository(
    target: Target = PROD,
    name: str = "payments/api",
    *,
    tag_mutability: str | None = "MUTABLE",
    exclusions: tuple[Exclusion, ...] | None = (),
    scan_on_push: bool | None = False,
) -> Repository:
    account, partition = target.account or "", "aws-cn" if target is CHINA else "aws"
    arn = f"arn:{partition}:ecr:{target.region}:{account}:repository/{name}"
    return Repository(account, target.region, name, arn, tag_mutability, exclusions, scan_on_push)


def record(
    verdict: Verdict,
    evidence: str = "Every tag can be overwritten.",
    *,
    target: Target = PROD,
    rule: Rule = Rule.TAG_IMMUTABILITY,
    of: Repository | None = None,
    grant: Grant | None = None,
) -> Record:
    return Record(
        target=target,
        repository=of or repository(target),
        effective_scanning=ScanFrequency.MANUAL,
        finding=Finding(rule, verdict, evidence),
        since=FOUND,
        read_at=AT - timedelta(minutes=5),
        first_seen_at=FIRST,
        as_of=AT,
        grant=grant,
    )


def unread(target: Target, rule: Rule = Rule.TAG_IMMUTABILITY) -> Record:
    finding = Finding(rule, Verdict.UNKNOWN, "Access denied.")
    return Record(target, None, None, finding, None, None, None, AT)


FAILING = record(Verdict.FAIL)
PASSING = record(
    Verdict.PASS,
    "scanOnPush is true.",
    rule=Rule.SCAN_ON_PUSH,
    of=repository(
        tag_mutability="IMMUTABLE_WITH_EXCLUSION", exclusions=(Exclusion("v*"), Exclusion("latest")), scan_on_push=True
    ),
)
EXEMPT = record(Verdict.EXEMPT, "Exempt until 2026-12-24: a base image.", grant=GRANT)
UNKNOWN = record(
    Verdict.UNKNOWN,
    "Access denied. It was fail at 2026-11-23T09:00:00Z: scanOnPush is false.",
    rule=Rule.SCAN_ON_PUSH,
    target=CHINA,
    of=repository(CHINA, tag_mutability=None, exclusions=None, scan_on_push=None),
)
EVERY = (FAILING, PASSING, EXEMPT, UNKNOWN, unread(LAB), unread(NOWHERE), unread(NOBODY))


def written(write: Callable[[Iterable[Record], TextIO], None], *records: Record) -> str:
    out = io.StringIO(newline="")
    write(iter(records), out)
    return out.getvalue()
