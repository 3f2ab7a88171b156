"""Forms that are open: kept for a day, and dropped when they are submitted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.draft import LIFE, Draft
from ecr.request import Kind
from store.drafts import SqliteDrafts
from tests.store.asked import BOTH, EVA, item
from tests.store.world import AT

if TYPE_CHECKING:
    from pathlib import Path

    from store.history import SqliteHistory

DRAFT = Draft("D1", Kind.REMEDIATION, EVA.id, "C0ENG", "https://hooks.example/1", AT, ("api",))


@pytest.fixture
def drafts(path: Path, history: SqliteHistory) -> SqliteDrafts:
    assert history.path == path
    return SqliteDrafts(path)


def test_a_draft_that_is_saved_again_is_what_it_was_last(drafts: SqliteDrafts) -> None:
    filled = replace(DRAFT, items=(item("api", *BOTH),))
    drafts.save(DRAFT)
    first = drafts.get("D1")
    drafts.save(filled)
    assert (first, drafts.get("D1")) == (DRAFT, filled)


def test_a_draft_that_was_submitted_is_no_more(drafts: SqliteDrafts) -> None:
    drafts.save(DRAFT)
    drafts.drop("D1")
    drafts.drop("D1")
    assert drafts.get("D1") is None


def test_drafts_are_dropped_a_day_later_when_somebody_opens_another_form(drafts: SqliteDrafts) -> None:
    drafts.save(DRAFT)
    drafts.save(replace(DRAFT, id="D2", made_at=AT + LIFE))
    kept = drafts.get("D1")
    drafts.save(replace(DRAFT, id="D3", made_at=AT + LIFE + timedelta(seconds=1)))
    assert kept == DRAFT
    assert [drafts.get(key) is not None for key in ("D1", "D2", "D3")] == [False, True, True]
