"""Digests that several tests show: a rich one, a quiet one, and what they are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ecr.digest import Digest, Occasion, Resolved, Row
from ecr.facts import Ending, OpenFinding, Point, Totals, UnknownRepository, UnreadRepositories
from ecr.model import Rule, Target
from ecr.subscription import Filters

AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
DAY = date(2026, 11, 25)
PROD = Target("111111111111", "eu-west-1", "prod")
STAGING = Target("222222222222", "us-east-1", "staging")
MUTABLE = "Tag mutability is MUTABLE: every tag can be overwritten."
UNSCANNED = "The BASIC registry has no rule, and the flag scanOnPush is false."


def arn(name: str) -> str:
    return f"arn:aws:ecr:eu-west-1:111111111111:repository/{name}"


def finding(name: str, rule: Rule = Rule.TAG_IMMUTABILITY, *, days: int = 0) -> OpenFinding:
    evidence = MUTABLE if rule is Rule.TAG_IMMUTABILITY else UNSCANNED
    return OpenFinding(name, PROD, arn(name), rule, evidence, AT - timedelta(days=days))


def row(name: str, *rules: Rule, days: int = 0) -> Row:
    chosen = rules or (Rule.TAG_IMMUTABILITY,)
    return Row(name, PROD, arn(name), tuple(finding(name, rule, days=days) for rule in chosen))


def rows(prefix: str, count: int) -> tuple[Row, ...]:
    return tuple(row(f"{prefix}-{number:03}") for number in range(count))


def occasion(*names: str, trouble: str | None = None) -> Occasion:
    return Occasion(Filters(names), DAY, "Europe/Berlin", AT - timedelta(days=1), AT, trouble)


def rich() -> Digest:
    trend = tuple(Point(DAY - timedelta(days=back), failing) for back, failing in ((4, 4), (2, 7), (0, 5)))
    return Digest(
        occasion("payments-*"),
        Totals(passing=37, failing=5, exempt=1, unknown=14),
        new=(row("payments-api", *Rule),),
        new_count=1,
        regressed=(row("payments-web"),),
        regressed_count=1,
        resolved=(
            Resolved("payments-batch", PROD, (Rule.TAG_IMMUTABILITY,), "remediated", "U0LEAD"),
            Resolved("payments-batch", PROD, (Rule.SCAN_ON_PUSH,), "fixed outside"),
            Resolved("payments-old", STAGING, tuple(Rule), "deleted"),
        ),
        resolved_count=2,
        still_open=(row("payments-core", days=12), row("payments-data", days=1), row("payments-edge")),
        still_open_count=3,
        unknown=(
            UnknownRepository("payments-new", PROD, "GetRegistryScanningConfiguration is not allowed."),
            UnknownRepository("payments-odd", PROD, "Tag mutability is 'FROZEN', a value this release does not know."),
        ),
        unknown_count=2,
        unread=(
            UnreadRepositories(
                STAGING,
                "The role ecrbot-read cannot be assumed.",
                AT - timedelta(days=2),
                known=12,
                failing=4,
                names=("payments-a", "payments-b", "payments-c"),
            ),
            UnreadRepositories(Target("333333333333", "eu-west-1"), "AWS did not answer in time.", None, known=0),
        ),
        ending=(
            Ending("payments-legacy", PROD, Rule.SCAN_ON_PUSH, AT + timedelta(days=3), "Retired in December <soon>."),
        ),
        trend=trend,
        swept_at=AT - timedelta(minutes=14),
        trouble="The last sweep failed: AWS did not answer.",
    )


def quiet(passing: int = 37, exempt: int = 0, *names: str) -> Digest:
    return Digest(occasion(*names), Totals(passing=passing, exempt=exempt), swept_at=AT)
