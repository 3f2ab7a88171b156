"""Test reports as a CI job's reader parses them: a suite for each target, with its counts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from bot.exports import junit
from ecr.model import Verdict
from tests.bot.exports.examples import (
    EVERY,
    EXEMPT,
    FAILING,
    LAB,
    PASSING,
    UNKNOWN,
    record,
    repository,
    unread,
    written,
)

if TYPE_CHECKING:
    from bot.exports.records import Record


def parsed(*records: Record) -> ET.Element:
    return ET.fromstring(written(junit.write, *records).encode())  # noqa: S314 - written here


def only_case(record: Record) -> ET.Element:
    [suite] = parsed(record)
    [case] = suite
    return case


def test_a_suite_is_a_target_with_the_counts_of_its_tests() -> None:
    found = parsed(FAILING, PASSING, EXEMPT, UNKNOWN, *map(unread, (LAB,)))
    assert found.tag == "testsuites"
    assert [(suite.tag, suite.attrib, len(suite)) for suite in found] == [
        ("testsuite", {"name": str(one.target), "tests": tests, "failures": fail, "errors": error, "skipped": skip}, n)
        for one, tests, fail, error, skip, n in (
            (FAILING, "3", "1", "0", "1", 3),
            (UNKNOWN, "1", "0", "1", "0", 1),
            (unread(LAB), "1", "0", "1", "0", 1),
        )
    ]


def test_the_counts_are_those_of_the_elements() -> None:
    for suite in parsed(*EVERY):
        counted = {name: len(suite.findall(f"testcase/{name.rstrip('s')}")) for name in ("failures", "errors")}
        counted |= {"skipped": len(suite.findall("testcase/skipped")), "tests": len(suite)}
        assert counted == {name: int(value) for name, value in suite.attrib.items() if name != "name"}


def test_a_test_is_a_rule_of_a_repository() -> None:
    case = only_case(PASSING)
    assert (case.attrib, len(case)) == ({"name": "scan-on-push", "classname": "payments/api"}, 0)


def test_a_failure_says_why_and_what_to_do() -> None:
    [failure] = only_case(FAILING)
    assert (failure.tag, failure.attrib) == ("failure", {"message": "Every tag can be overwritten.", "type": "fail"})
    assert (failure.text or "").splitlines() == [
        "arn:aws:ecr:eu-west-1:111111111111:repository/payments/api",
        "Every tag can be overwritten.",
        "Set the repository's tag mutability to IMMUTABLE.",
    ]


def test_what_is_exempt_is_skipped_and_what_is_unknown_is_an_error() -> None:
    [skipped], [error] = only_case(EXEMPT), only_case(UNKNOWN)
    assert (skipped.tag, skipped.attrib) == ("skipped", {"message": "Exempt until 2026-12-24: a base image."})
    assert (error.tag, error.get("message"), error.get("type")) == ("error", UNKNOWN.finding.evidence, "unknown")


def test_a_target_of_which_nothing_is_known_is_a_suite_of_errors() -> None:
    case = only_case(unread(LAB))
    assert case.attrib == {"name": "tag-immutability", "classname": "lab (444444444444) in eu-west-1"}
    assert [one.tag for one in case] == ["error"]


def test_what_xml_takes_for_its_own_is_escaped_and_what_it_forbids_is_marked() -> None:
    said = "<b> & \"quoted\" 'too' ]]> \t tab\nline \x00\x08\x1f\ufffe\uffff end 🚀"
    [failure] = only_case(record(Verdict.FAIL, said, of=repository(name='a<&">b\x01')))
    shown = "<b> & \"quoted\" 'too' ]]> \t tab\nline " + "\ufffd" * 5 + " end 🚀"
    assert failure.get("message") == shown
    assert shown in (failure.text or "")
    [suite] = parsed(record(Verdict.PASS, of=repository(name='a<&">b\x01')))
    assert suite[0].get("classname") == 'a<&">b\ufffd'


def test_a_long_message_is_cut_and_all_of_it_is_in_the_text() -> None:
    said = "A sentence that does not end. " * 100
    [failure] = only_case(record(Verdict.FAIL, said))
    assert len(failure.get("message") or "") == 1000
    assert said in (failure.text or "")


def test_a_suite_that_is_too_large_for_memory_is_whole() -> None:
    [suite] = parsed(*[FAILING] * 6000)
    assert (suite.get("tests"), suite.get("failures"), len(suite)) == ("6000", "6000", 6000)


def test_a_report_of_nothing_is_a_report() -> None:
    assert (parsed().tag, len(parsed())) == ("testsuites", 0)
