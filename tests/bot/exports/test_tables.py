"""The records as an auditor's spreadsheet and a program read them."""

from __future__ import annotations

import csv
import io
import json

import pytest

from bot.exports import csv_table, json_array
from bot.exports.records import columns
from ecr.model import Verdict
from tests.bot.exports.examples import EVERY, EXEMPT, LAB, PASSING, record, repository, unread, written

EXEMPT_ROW = {
    "account": "111111111111",
    "account_name": "prod",
    "region": "eu-west-1",
    "repository": "payments/api",
    "arn": "arn:aws:ecr:eu-west-1:111111111111:repository/payments/api",
    "rule": "tag-immutability",
    "verdict": "exempt",
    "evidence": "Exempt until 2026-12-24: a base image.",
    "tag_mutability": "MUTABLE",
    "exclusion_filters": [],
    "scan_on_push": False,
    "effective_scanning": "MANUAL",
    "since": "2026-11-21T09:00:00Z",
    "read_at": "2026-11-24T08:55:00Z",
    "exempt_until": "2026-12-24T09:00:00Z",
    "exempt_by": "Otto Oncall",
    "exempt_reason": "A base image.",
}


def parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_json_is_one_array_with_every_name() -> None:
    assert json.loads(written(json_array.write, EXEMPT)) == [EXEMPT_ROW]


def test_json_has_an_item_a_line_so_that_it_can_be_read_as_it_comes() -> None:
    first, *items, last = written(json_array.write, *EVERY).splitlines()
    assert (first, last) == ("[", "]")
    assert [json.loads(item.rstrip(",")) for item in items] == [columns(one) for one in EVERY]


def test_json_of_nothing_is_an_empty_array() -> None:
    assert written(json_array.write) == "[]\n"


def test_the_columns_of_csv_are_the_names_of_json_in_their_order() -> None:
    assert list(EXEMPT_ROW) == list(columns(EXEMPT)) == list(csv_table.COLUMNS)
    assert written(csv_table.write) == ",".join(csv_table.COLUMNS) + "\r\n"


def test_csv_says_the_same_as_json_with_nothing_for_null() -> None:
    expected = {**EXEMPT_ROW, "exclusion_filters": "", "scan_on_push": "false"}
    assert parsed(written(csv_table.write, EXEMPT)) == [expected]


def test_the_filters_of_a_cell_are_separated_by_spaces() -> None:
    [told] = parsed(written(csv_table.write, PASSING))
    assert (told["exclusion_filters"], told["scan_on_push"]) == ("v* latest", "true")


def test_a_target_of_which_nothing_is_known_is_a_row_without_a_repository() -> None:
    [told] = parsed(written(csv_table.write, unread(LAB)))
    assert {name: value for name, value in told.items() if value} == {
        "account": "444444444444",
        "account_name": "lab",
        "region": "eu-west-1",
        "rule": "tag-immutability",
        "verdict": "unknown",
        "evidence": "Access denied.",
    }


def test_every_line_ends_as_rfc_4180_has_it_and_a_quoted_line_break_stays() -> None:
    text = written(csv_table.write, record(Verdict.FAIL, 'He said "no",\nand went.'), EXEMPT)
    assert text.count("\r\n") == 3
    assert [row["evidence"] for row in parsed(text)] == ['He said "no",\nand went.', EXEMPT.finding.evidence]


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula_for_a_spreadsheet_and_json_says_what_it_is(begins: str) -> None:
    one = record(Verdict.FAIL, f"{begins}HYPERLINK(1)", of=repository(tag_mutability=f"{begins}1"))
    [told], [exact] = parsed(written(csv_table.write, one)), json.loads(written(json_array.write, one))
    assert (told["evidence"], told["tag_mutability"]) == (f"'{begins}HYPERLINK(1)", f"'{begins}1")
    assert (exact["evidence"], exact["tag_mutability"]) == (f"{begins}HYPERLINK(1)", f"{begins}1")
