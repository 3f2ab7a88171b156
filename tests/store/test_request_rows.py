"""A request as rows and back again is the same, whatever is in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecr.changes import Action, Change
from ecr.draft import Draft
from ecr.model import Rule, ScanFilter, ScanRule, Target
from ecr.request import Actor, Decided, Exempting, Item, Kind, Outcome, Request, State
from ecr.setting import RegistryFilter, Scanning, Setting, Tags, TemplateTags
from store import request_rows, setting_rows
from store.drafts import SqliteDrafts
from store.requests import SqliteRequests

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from store.history import SqliteHistory

# Slack's texts are whole characters: halves of one are none, and SQLite ends a text at none of these.
texts = st.text(st.characters(codec="utf-8"), max_size=12)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - is added
some_texts = st.lists(texts, max_size=3).map(tuple)
ids = st.text("ABCDEF0123456789", min_size=1, max_size=6)
actors = st.builds(Actor, ids, texts)
tags = st.builds(Tags, texts, some_texts)
flags = st.builds(Scanning, st.booleans())
scan_filters = st.builds(ScanFilter, texts, st.booleans())
rules = st.lists(st.builds(ScanRule, texts, st.lists(scan_filters, max_size=3).map(tuple)), max_size=2).map(tuple)
registry_filters = st.builds(RegistryFilter, texts, st.booleans(), texts, rules)
templates = st.builds(TemplateTags, texts, st.none() | texts, some_texts, some_texts)
KINDS: tuple[st.SearchStrategy[Setting], ...] = (tags, flags, registry_filters, templates)
changes = st.one_of(
    [st.builds(Change, st.sampled_from(Rule), st.sampled_from(Action), kind, kind, some_texts) for kind in KINDS]
)
accounts = st.none() | st.text("0123456789", min_size=12, max_size=12)
targets = st.builds(Target, accounts, st.sampled_from(["eu-west-1", "us-east-1"]), st.none() | texts)
items = st.builds(
    Item,
    name=texts,
    target=targets,
    arn=texts,
    changes=st.lists(changes, max_size=3).map(tuple),
    advice=some_texts,
    impact=some_texts,
    code=st.none() | texts,
    outcome=st.sampled_from(Outcome),
    sentence=texts,
)
some_items = st.lists(items, min_size=1, max_size=3).map(tuple)
exempting = st.builds(Exempting, st.lists(st.sampled_from(Rule), unique=True, min_size=1).map(tuple), moments)
decisions = st.builds(Decided, actors, texts, moments, st.none() | texts)
new_requests = st.builds(
    Request,
    id=ids,
    kind=st.sampled_from(Kind),
    state=st.sampled_from([State.REQUESTED, State.APPROVED]),
    by=actors,
    asked_in=texts,
    reason=texts,
    made_at=moments,
    expires_at=moments,
    items=some_items,
    exempts=st.none() | exempting,
    break_glass=st.booleans(),
    no_approver=st.none() | texts,
    decided=st.none() | decisions,
)
drafts = st.builds(Draft, ids, st.sampled_from(Kind), ids, texts, texts, moments, some_texts, some_items)


@given(new_requests)
@settings(max_examples=60)
def test_a_request_is_read_as_it_was_asked(
    fresh_history: Callable[[], AbstractContextManager[SqliteHistory]], new: Request
) -> None:
    with fresh_history() as history:
        requests = SqliteRequests(history.path)
        saved = requests.ask(new, channel=None)
        assert requests.all() == (saved,)
    assert replace(saved, revision=0, head=None) == new


@given(drafts)
@settings(max_examples=60)
def test_a_draft_is_read_as_it_was_saved(
    fresh_history: Callable[[], AbstractContextManager[SqliteHistory]], draft: Draft
) -> None:
    with fresh_history() as history:
        own = SqliteDrafts(history.path)
        own.save(draft)
        assert own.get(draft.id) == draft


@given(items, st.lists(st.integers(0, 3), unique=True).map(tuple))
def test_a_repository_of_a_request_is_the_same_as_a_row_and_back(item: Item, made: tuple[int, ...]) -> None:
    row = request_rows.new_item("R1", 7, item)
    assert row[:2] == ("R1", 7)
    assert request_rows.item_of(row[1:], made) == replace(item, made=made)


@given(some_items)
def test_the_repositories_of_a_draft_are_the_same_as_text_and_back(some: tuple[Item, ...]) -> None:
    assert request_rows.items_of(request_rows.items(some)) == some


@given(st.one_of(KINDS))
def test_a_setting_of_every_kind_is_the_same_as_a_row_and_back(setting: Setting) -> None:
    row = setting_rows.row(setting)
    assert setting_rows.setting(json.loads(json.dumps(row))) == setting


def test_there_is_no_kind_of_setting_besides_those_that_go_round() -> None:
    assert set(get_args(Setting)) == {Tags, Scanning, RegistryFilter, TemplateTags}


@pytest.mark.parametrize(
    ("stored", "setting"),
    [
        ({"mutability": "MUTABLE", "filters": []}, Tags("MUTABLE")),
        (
            {"mutability": "IMMUTABLE_WITH_EXCLUSION", "filters": ["latest", "dev-*"]},
            Tags("IMMUTABLE_WITH_EXCLUSION", ("latest", "dev-*")),
        ),
        ({"scan_on_push": False}, Scanning(scan_on_push=False)),
    ],
)
def test_what_releases_before_registries_stored_is_read_and_written_as_they_did(
    stored: dict[str, Any], setting: Setting
) -> None:
    assert setting_rows.setting(stored) == setting
    assert json.dumps(setting_rows.row(setting)) == json.dumps(stored)


def test_a_template_that_is_not_there_is_no_tags_of_a_repository() -> None:
    row = setting_rows.row(TemplateTags("ROOT"))
    assert row == {
        "kind": "template tags",
        "prefix": "ROOT",
        "mutability": None,
        "filters": (),
        "applied_for": (),
    }
    assert setting_rows.setting(row) == TemplateTags("ROOT")


def test_a_filter_that_nobody_understands_stays_so_in_the_rules_of_a_change() -> None:
    rules_ = (ScanRule("SCAN_ON_PUSH", (ScanFilter("*"), ScanFilter("odd", understood=False))),)
    setting = RegistryFilter("*", is_there=True, scan_type="BASIC", rules=rules_)
    assert setting_rows.row(setting)["rules"] == [
        {
            "frequency": "SCAN_ON_PUSH",
            "filters": [{"text": "*", "understood": True}, {"text": "odd", "understood": False}],
        }
    ]
    assert setting_rows.setting(setting_rows.row(setting)) == setting


def test_a_setting_of_a_kind_that_is_not_known_is_taken_for_no_other() -> None:
    with pytest.raises(ValueError, match="A setting of the kind 'weather' is none that this release knows"):
        setting_rows.setting({"kind": "weather", "mutability": "MUTABLE", "filters": []})
