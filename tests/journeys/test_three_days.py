"""Three days of a channel that gets a digest, and the days after: the real bot, from nine o'clock to nine o'clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from demo.text import render
from tests.journeys.surroundings import PROD, SETTINGS, STAGING, ClockedBot

if TYPE_CHECKING:
    from demo.workspace.state import Message

REGION = "eu-west-1"
CHANNEL = "C0DIGEST"
DIGEST = f"""
[slack]
approvals_channel = "C0APPROVE"

[[digest]]
channel = "{CHANNEL}"
at = "09:00"
timezone = "Europe/Bucharest"
"""
MONDAY = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # six in the evening, in Bucharest


TUESDAY = """\
ECR digest · Tuesday 24 November
================================
6 repositories: 3 compliant, 3 non-compliant
🔴 New · 3 repositories
`payments-api` · prod (111111111111) in eu-west-1   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
`payments-old` · prod (111111111111) in eu-west-1   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
`shop` · staging (222222222222) in eu-west-1   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
🟢 Resolved · 1 repository
`cart` · staging (222222222222) in eu-west-1 · fixed outside (scan-on-push)
Non-compliant repositories, 30 days
▁ Non-compliant: 3 → 3
ECR was swept 2026-11-24 07:00 UTC · changes since 2026-11-23 07:00 UTC"""

WEDNESDAY = """\
ECR digest · Wednesday 25 November
==================================
6 repositories: 2 compliant, 1 non-compliant, 3 unknown
🔴 New · 1 repository
`payments-web` · prod (111111111111) in eu-west-1   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
🟢 Resolved · 2 repositories
`payments-api` · prod (111111111111) in eu-west-1 · fixed outside (tag-immutability)
`payments-old` · prod (111111111111) in eu-west-1 · deleted (tag-immutability)
⚪ Unknown · 1 repository
`payments-odd` · prod (111111111111) in eu-west-1 · Tag mutability is 'FROZEN', a value this release does not know.
⚪ Could not be read · 1 account and region, 2 repositories known there
staging (222222222222) in eu-west-1
Role arn:aws:iam::222222222222:role/ecrbot-read could not be assumed (AccessDenied): let its trust policy allow \
sts:AssumeRole to arn:aws:iam::123456789012:user/ecrbot (no external_id is set for it), and grant that identity \
sts:AssumeRole on the role.
Last read 2026-11-24 20:00 UTC: 2 repositories known there, 1 of them non-compliant then: `shop`
Non-compliant repositories, 30 days
█▁ Non-compliant: 3 → 2
▁█ Unknown: 0 → 1
ECR was swept 2026-11-25 07:00 UTC · changes since 2026-11-24 07:00 UTC"""

THURSDAY = """\
ECR digest · Thursday 26 November
=================================
6 repositories: 1 compliant, 4 non-compliant, 1 unknown
🔴 New · 1 repository
`payments-db` · prod (111111111111) in eu-west-1   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
🔴 Regressed · 1 repository, resolved before and failing again
`payments-api` · prod (111111111111) in eu-west-1   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
🔴 Still open · 2 repositories, oldest first
`shop` · staging (222222222222) in eu-west-1 · open for 3 days   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
`payments-web` · prod (111111111111) in eu-west-1 · open for 1 day   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
⚪ Unknown · 1 repository
`payments-odd` · prod (111111111111) in eu-west-1 · Tag mutability is 'FROZEN', a value this release does not know.
Non-compliant repositories, 30 days
▁█ Non-compliant: 3 → 4
▁█ Unknown: 0 → 1
ECR was swept 2026-11-26 07:00 UTC · changes since 2026-11-25 07:00 UTC"""

FRIDAY = """\
ECR digest · Friday 27 November
===============================
6 repositories: 6 compliant
🟢 Resolved · 4 repositories
`payments-api` · prod (111111111111) in eu-west-1 · fixed outside (tag-immutability)
`payments-db` · prod (111111111111) in eu-west-1 · fixed outside (tag-immutability)
`payments-web` · prod (111111111111) in eu-west-1 · fixed outside (tag-immutability)
`shop` · staging (222222222222) in eu-west-1 · fixed outside (tag-immutability)
Non-compliant repositories, 30 days
█▆▁ Non-compliant: 3 → 0
▁█▁ Unknown: 0 → 0
ECR was swept 2026-11-27 07:00 UTC · changes since 2026-11-26 07:00 UTC"""

SATURDAY = "Nothing to report: all 6 repositories are compliant."

CHARTS = (
    (("24 Nov",), {"Non-compliant": [3]}),
    (("23 Nov", "25 Nov"), {"Non-compliant": [3, 2], "Unknown": [0, 1]}),  # staging as it was read last
    (("24 Nov", "26 Nov"), {"Non-compliant": [3, 4], "Unknown": [0, 1]}),
    (("23 Nov", "25 Nov", "27 Nov"), {"Non-compliant": [3, 2, 0], "Unknown": [0, 1, 0]}),
    (),
)

SAID = (
    "ECR digest · Tuesday 24 November: 3 new, 1 resolved. New: payments-api, payments-old, shop",
    (
        "ECR digest · Wednesday 25 November: 1 new, 2 resolved, 1 unknown, 1 account and region not read. "
        "New: payments-web"
    ),
    "ECR digest · Thursday 26 November: 1 new, 1 regressed, 2 still open, 1 unknown. New: payments-db",
    "ECR digest · Friday 27 November: 4 resolved",
    SATURDAY,
)


def test_a_channel_reads_what_became_of_its_repositories_every_morning_once(clocked: ClockedBot) -> None:
    for name in ("payments-api", "payments-db", "payments-web"):
        clocked.aws.create(PROD, REGION, name, "IMMUTABLE", scan_on_push=True)
    clocked.aws.create(PROD, REGION, "payments-old", scan_on_push=True)
    clocked.aws.create(STAGING, REGION, "cart", "IMMUTABLE")
    clocked.aws.create(STAGING, REGION, "shop", scan_on_push=True)
    clocked.settings = SETTINGS + DIGEST
    clocked.set_clock(evening(0))
    clocked.start()

    # Monday night: one is made mutable, one is fixed.
    sweep_at(clocked, evening(0, hour=20))
    tags(clocked, "payments-api", "MUTABLE")
    scanned(clocked, STAGING, "cart")
    tuesday = morning(clocked, 1)

    # Tuesday night: the bot is not there, a role lets it in no more; two are mended, one of them by deleting it.
    sweep_at(clocked, evening(1, hour=20))
    clocked.stop()
    clocked.aws.refuse_role(STAGING)
    tags(clocked, "payments-api", "IMMUTABLE")
    tags(clocked, "payments-web", "MUTABLE")
    clocked.aws.client("ecr", PROD, REGION).delete_repository(repositoryName="payments-old")
    clocked.aws.create(PROD, REGION, "payments-odd", "FROZEN", scan_on_push=True)
    clocked.start()
    wednesday = morning(clocked, 2)

    # Wednesday night: the role lets it in again, and what was mended on Tuesday is as it was before.
    clocked.aws.clear()
    sweep_at(clocked, evening(2, hour=20))
    tags(clocked, "payments-api", "MUTABLE")
    tags(clocked, "payments-db", "MUTABLE")
    thursday = morning(clocked, 3)

    # Thursday night: everything is made compliant; then nothing happens any more.
    for name in ("payments-api", "payments-db", "payments-odd", "payments-web"):
        tags(clocked, name, "IMMUTABLE")
    tags(clocked, "shop", "IMMUTABLE", STAGING)
    friday = morning(clocked, 4)
    saturday = morning(clocked, 5)

    digests = (tuesday, wednesday, thursday, friday, saturday)
    assert [render(one) for one in digests] == [TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY]
    assert tuple(one.text for one in digests) == SAID
    assert tuple(chart(one) for one in digests) == CHARTS
    assert clocked.slack.messages(CHANNEL) == digests
    assert clocked.slack.messages("C0APPROVE") == ()
    assert clocked.slack.refusals == ()


def evening(number: int, hour: int = 16) -> datetime:
    """Return an hour of the n-th day, in UTC, which is two hours behind Bucharest."""
    return MONDAY + timedelta(days=number, hours=hour - MONDAY.hour)


def sweep_at(bot: ClockedBot, moment: datetime) -> None:
    """Let a moment come at which a sweep is due, and wait for its end."""
    before = bot.sweeps
    bot.set_clock(moment)
    bot.until(lambda: bot.sweeps > before, f"the sweep of {moment}")


def morning(bot: ClockedBot, number: int) -> Message:
    """Let the n-th morning come, and return the digest that there is more than the day before."""
    bot.set_clock(evening(number, hour=7))
    bot.until(lambda: len(bot.slack.messages(CHANNEL)) >= number, f"digest {number}")
    return bot.slack.messages(CHANNEL)[-1]


def chart(message: Message) -> tuple[object, ...]:
    """Return the points of a digest's chart: the days, and the values of each line; nothing where there is none."""
    charts = [block["chart"] for block in message.blocks if block["type"] == "data_visualization"]
    if not charts:
        return ()
    (drawn,) = charts
    lines = {one["name"]: [point["value"] for point in one["data"]] for one in drawn["series"]}
    return tuple(drawn["axis_config"]["categories"]), lines


def tags(bot: ClockedBot, name: str, mutability: str, account: str = PROD) -> None:
    """Change a repository's tags, as somebody does outside of the bot."""
    bot.aws.client("ecr", account, REGION).put_image_tag_mutability(repositoryName=name, imageTagMutability=mutability)


def scanned(bot: ClockedBot, account: str, name: str) -> None:
    """Let a repository be scanned on push, as somebody does outside of the bot."""
    bot.aws.client("ecr", account, REGION).put_image_scanning_configuration(
        repositoryName=name, imageScanningConfiguration={"scanOnPush": True}
    )
