"""What is exempt: from its grant until its end, which is noted once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.audit import Step
from ecr.exemption import Exemption, exempted, index
from ecr.model import Verdict
from ecr.request import ECRBOT
from store.audit import SqliteAudit
from store.exemptions import SqliteExemptions
from store.requests import SqliteRequests
from tests.store.asked import OTTO, carried_out, exemption
from tests.store.world import AT, FAIL, PROD, SCAN, STAGING, TAGS, after, seen

if TYPE_CHECKING:
    from pathlib import Path

    from store.history import SqliteHistory

SECOND = timedelta(seconds=1)
END = after(10)
API = Exemption("api", PROD, TAGS, "The audit.", OTTO.id, "Otto", AT, END, "R1")


@pytest.fixture
def exemptions(path: Path, history: SqliteHistory) -> SqliteExemptions:
    """Of one repository until the tenth day, and of another one for longer."""
    assert history.path == path
    requests = SqliteRequests(path)
    carried_out(requests, exemption("R1", "api", until=END))
    carried_out(requests, exemption("R2", "web", rules=(SCAN,), until=after(20)))
    return SqliteExemptions(path)


def names(exemptions: SqliteExemptions, day: float) -> list[str]:
    return [one.name for one in exemptions.current(after(day))]


def test_an_exemption_holds_from_its_grant_until_its_end(exemptions: SqliteExemptions) -> None:
    assert exemptions.current(AT)[0] == API
    assert [names(exemptions, day) for day in (-0.1, 0, 9.9, 10, 20)] == [
        [],
        ["api", "web"],
        ["api", "web"],
        ["web"],
        [],
    ]


def test_an_end_is_noted_once_and_is_an_event_of_ecrbot_s(exemptions: SqliteExemptions, path: Path) -> None:
    early = exemptions.end(END - SECOND)
    ended, again = exemptions.end(END + SECOND), exemptions.end(END + SECOND)
    assert (early, ended, again) == ((), (API,), ())
    told = [
        (event.at, event.request, event.actor, event.repository, event.account, event.rule, event.before, event.detail)
        for event in SqliteAudit(path).events()
        if event.event is Step.EXEMPTION_ENDED
    ]
    assert told == [
        (
            "2026-11-11T09:00:01.000000Z",
            "R1",
            ECRBOT.id,
            "api",
            "111111111111",
            TAGS,
            "tag-immutability exempt until 2026-11-11 09:00 UTC",
            "Its time is over.",
        )
    ]


def test_whoever_notes_an_end_first_has_it(exemptions: SqliteExemptions, path: Path) -> None:
    other = SqliteExemptions(path)
    assert [one.request for one in other.end(after(30))] == ["R1", "R2"]
    assert exemptions.end(after(30)) == ()


def test_what_is_stored_is_what_the_verdicts_take(exemptions: SqliteExemptions) -> None:
    exempt = index(exemptions.current(after(5)))
    verdicts = {
        (name, target): exempted(seen(name, FAIL, FAIL, target), exempt, after(5)).findings
        for name, target in (("api", PROD), ("web", PROD), ("api", STAGING))
    }
    assert {key: [finding.verdict for finding in findings] for key, findings in verdicts.items()} == {
        ("api", PROD): [Verdict.EXEMPT, Verdict.FAIL],
        ("web", PROD): [Verdict.FAIL, Verdict.EXEMPT],
        ("api", STAGING): [Verdict.FAIL, Verdict.FAIL],
    }
