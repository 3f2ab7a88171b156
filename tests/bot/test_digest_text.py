"""The digest at a terminal, and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone

from bot.digest_rows import digest_row
from bot.digest_text import digest_text
from tests.digests import AT, MUTABLE, UNSCANNED, arn, quiet, rich, rows

RICH = """\
ECR digest · Wednesday 25 November · payments-*
Warning: The last sweep failed: AWS did not answer.
57 repositories: 37 compliant, 5 non-compliant, 14 unknown, 1 exempt

New · 1 repository
  payments-api  prod (111111111111) in eu-west-1  since today
    Tag mutability is MUTABLE: every tag can be overwritten.
    The BASIC registry has no rule, and the flag scanOnPush is false.

Regressed · 1 repository
  payments-web  prod (111111111111) in eu-west-1  since today
    Tag mutability is MUTABLE: every tag can be overwritten.

Resolved · 2 repositories
  payments-batch  prod (111111111111) in eu-west-1  remediated by U0LEAD (tag-immutability)
  payments-batch  prod (111111111111) in eu-west-1  fixed outside (scan-on-push)
  payments-old  staging (222222222222) in us-east-1  deleted (tag-immutability and scan-on-push)

Still open · 3 repositories
  payments-core  prod (111111111111) in eu-west-1  open for 12 days
    Tag mutability is MUTABLE: every tag can be overwritten.
  payments-data  prod (111111111111) in eu-west-1  open for 1 day
    Tag mutability is MUTABLE: every tag can be overwritten.
  payments-edge  prod (111111111111) in eu-west-1  since today
    Tag mutability is MUTABLE: every tag can be overwritten.

Unknown · 2 repositories
  payments-new  prod (111111111111) in eu-west-1  GetRegistryScanningConfiguration is not allowed.
  payments-odd  prod (111111111111) in eu-west-1  Tag mutability is 'FROZEN', a value this release does not know.

Could not be read · 2 accounts and regions
  staging (222222222222) in us-east-1  The role ecrbot-read cannot be assumed.
    Last read 2026-11-23 08:00 UTC: 12 repositories known there, 4 of them non-compliant then: \
payments-a, payments-b, payments-c and 1 more
  333333333333 in eu-west-1  AWS did not answer in time.
    Never read, so nothing is known of it.

Exemptions ending within 7 days · 1 exemption
  payments-legacy  prod (111111111111) in eu-west-1  scan-on-push until 2026-11-28 08:00 UTC: \
Retired in December <soon>.

Non-compliant repositories, 30 days: ▁█▃ 4 → 5 (lowest 4, highest 7)

ECR was swept 2026-11-25 07:46 UTC; changes since 2026-11-24 08:00 UTC."""


def test_a_digest_is_told_at_a_terminal_without_markup() -> None:
    assert digest_text(rich()) == RICH


def test_a_day_with_nothing_to_tell_is_one_line() -> None:
    assert (
        digest_text(quiet(37, 0, "payments-*"))
        == "Nothing to report for payments-*: all 37 repositories are compliant."
    )


def test_a_digest_of_a_channel_begins_with_it() -> None:
    assert digest_text(quiet(), "C0DIGEST") == "C0DIGEST: Nothing to report: all 37 repositories are compliant."
    assert digest_text(rich(), "C0DIGEST") == f"C0DIGEST: {RICH}"


def test_all_rows_that_a_digest_holds_are_shown_and_what_is_beyond_them_is_counted() -> None:
    told = digest_text(replace(quiet(), still_open=rows("old", 250), still_open_count=260, swept_at=None)).splitlines()
    assert sum(line.startswith("  old-") for line in told) == 250
    assert "  and 10 more" in told
    assert told[-1] == "ECR was not swept yet; changes since 2026-11-24 08:00 UTC."


def test_a_digest_as_json_has_everything() -> None:
    shown = digest_row(rich(), "C0DIGEST")
    prod = {"account": "111111111111", "region": "eu-west-1"}
    assert {key: value for key, value in shown.items() if key not in ("still_open", "regressed")} == {
        "day": "2026-11-25",
        "timezone": "Europe/Berlin",
        "channel": "C0DIGEST",
        "filters": {"repositories": ["payments-*"], "accounts": [], "regions": []},
        "since": "2026-11-24T08:00:00Z",
        "swept_at": "2026-11-25T07:46:00Z",
        "trouble": "The last sweep failed: AWS did not answer.",
        "totals": {"repositories": 57, "passing": 37, "failing": 5, "exempt": 1, "unknown": 14},
        "new_count": 1,
        "new": [
            {
                "repository": "payments-api",
                **prod,
                "arn": arn("payments-api"),
                "age_days": 0,
                "findings": [
                    {"control": "tag-immutability", "evidence": MUTABLE, "opened_at": "2026-11-25T08:00:00Z"},
                    {"control": "scan-on-push", "evidence": UNSCANNED, "opened_at": "2026-11-25T08:00:00Z"},
                ],
            }
        ],
        "regressed_count": 1,
        "resolved_count": 2,
        "resolved": [
            {
                "repository": "payments-batch",
                **prod,
                "controls": ["tag-immutability"],
                "how": "remediated",
                "by": "U0LEAD",
            },
            {"repository": "payments-batch", **prod, "controls": ["scan-on-push"], "how": "fixed outside", "by": None},
            {
                "repository": "payments-old",
                "account": "222222222222",
                "region": "us-east-1",
                "controls": ["tag-immutability", "scan-on-push"],
                "how": "deleted",
                "by": None,
            },
        ],
        "still_open_count": 3,
        "unknown_count": 2,
        "unknown": [
            {
                "repository": "payments-new",
                **prod,
                "reason": "GetRegistryScanningConfiguration is not allowed.",
            },
            {
                "repository": "payments-odd",
                **prod,
                "reason": "Tag mutability is 'FROZEN', a value this release does not know.",
            },
        ],
        "unreadable": [
            {
                "account": "222222222222",
                "region": "us-east-1",
                "error": "The role ecrbot-read cannot be assumed.",
                "read_at": "2026-11-23T08:00:00Z",
                "known": 12,
                "failing": 4,
                "names": ["payments-a", "payments-b", "payments-c"],
            },
            {
                "account": "333333333333",
                "region": "eu-west-1",
                "error": "AWS did not answer in time.",
                "read_at": None,
                "known": 0,
                "failing": 0,
                "names": [],
            },
        ],
        "ending": [
            {
                "repository": "payments-legacy",
                **prod,
                "control": "scan-on-push",
                "ends_at": "2026-11-28T08:00:00Z",
                "reason": "Retired in December <soon>.",
            }
        ],
        "trend": [
            {"day": "2026-11-21", "failing": 4, "unknown": 0},
            {"day": "2026-11-23", "failing": 7, "unknown": 0},
            {"day": "2026-11-25", "failing": 5, "unknown": 0},
        ],
        "audit_head": None,
    }
    assert [row["age_days"] for row in shown["still_open"]] == [12, 1, 0]
    assert json.loads(json.dumps(shown)) == shown


def test_moments_are_in_utc_whatever_zone_they_come_in() -> None:
    berlin = timezone(timedelta(hours=1))
    assert digest_row(replace(quiet(), swept_at=AT.astimezone(berlin)))["swept_at"] == "2026-11-25T08:00:00Z"
    loud = replace(quiet(), swept_at=AT.astimezone(berlin), trouble="The last sweep failed.")
    assert digest_text(loud).splitlines()[-1].startswith("ECR was swept 2026-11-25 08:00 UTC;")
