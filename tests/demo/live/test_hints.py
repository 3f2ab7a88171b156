"""What is offered to whoever types."""

from __future__ import annotations

import pytest

from demo.live.hints import MOST_NAMES, fitting
from handlers.subcommands import SUBCOMMANDS

NAMES = ("payments-worker", "payments-api", "checkout-web", "api-payments", "payments-api")


def labels(typed: str) -> list[str]:
    return [option["label"] for option in fitting(typed, NAMES)["options"]]


@pytest.mark.parametrize("typed", ["/", "/e", "/ecr", "/ecr "])
def test_whoever_begins_is_offered_every_subcommand(typed: str) -> None:
    assert labels(typed) == [f"/ecr {one.usage}" for one in SUBCOMMANDS]


def test_a_subcommand_that_was_begun_is_completed_and_leaves_room_for_a_name() -> None:
    assert fitting("/ecr re", NAMES)["options"] == [
        {
            "text": "/ecr remediate ",
            "label": "/ecr remediate <repo or glob>",
            "does": "a form with what would be changed and what may break, to ask on-call for approval",
        }
    ]
    assert [option["text"] for option in fitting("/ecr stat", NAMES)["options"]] == ["/ecr status"]


def test_a_known_subcommand_is_explained() -> None:
    assert fitting("/ecr check", NAMES)["usage"].startswith("/ecr check <repo> — the verdict")
    assert fitting("/ecr check pay", NAMES)["usage"].startswith("/ecr check <repo> — the verdict")
    assert fitting("/ecr nonsense pay", NAMES) == {"options": [], "usage": ""}


def test_names_that_begin_so_come_first_each_once_and_what_is_complete_is_offered_no_more() -> None:
    assert labels("/ecr check pay") == ["payments-api", "payments-worker", "api-payments"]
    assert labels("/ecr check payments-api") == []
    assert fitting("/ecr exempt CHECK", NAMES)["options"] == [
        {"text": "/ecr exempt checkout-web", "label": "checkout-web"}
    ]


def test_filters_are_offered_once_they_are_begun() -> None:
    assert labels("/ecr list ") == []
    assert labels("/ecr list account=prod check") == ["checkout-web"]
    assert len(labels("/ecr check ")) == len(set(NAMES))
    many = fitting("/ecr check ", (f"name-{number}" for number in range(50)))
    assert len(many["options"]) == MOST_NAMES


@pytest.mark.parametrize("typed", ["", "hello", "/other", "/ecrx check", " /ecr", "/ecr status now"])
def test_nothing_is_offered_where_nothing_fits(typed: str) -> None:
    assert labels(typed) == []
