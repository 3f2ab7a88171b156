"""`export --as junit`: a test suite for each account and region, a test for each rule, for what shows a CI job's tests.

The format that Jenkins, GitLab and others read: https://github.com/testmoapp/junitxml.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from bot.exports.asff import shortened
from ecr.described import CONTROL
from ecr.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from bot.exports.records import Record

# Characters that are in no XML 1.0 document, not even as references (https://www.w3.org/TR/xml/#charsets).
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_LONGEST_MESSAGE = 1000
_IN_MEMORY = 2**20

_ELEMENTS = {Verdict.FAIL: "failure", Verdict.UNKNOWN: "error", Verdict.EXEMPT: "skipped"}
_COUNTS = (("failures", Verdict.FAIL), ("errors", Verdict.UNKNOWN), ("skipped", Verdict.EXEMPT))


def write(records: Iterable[Record], out: TextIO) -> None:
    """Write the suites, one after the other: its counts come first, so a large one waits for them in a file."""
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="ecrbot">\n')
    for target, some in groupby(records, lambda record: record.target):
        with SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="") as cases:
            counts: Counter[Verdict] = Counter()
            for record in some:
                counts[record.finding.verdict] += 1
                cases.writelines(_case(record))
            told = "".join(f' {name}="{counts[verdict]}"' for name, verdict in _COUNTS)
            out.write(f'  <testsuite name={_attribute(str(target))} tests="{counts.total()}"{told}>\n')
            cases.seek(0)
            shutil.copyfileobj(cases, out)
            out.write("  </testsuite>\n")
    out.write("</testsuites>\n")


def _case(record: Record) -> Iterator[str]:
    """Yield the lines of a test: what is to be done is the text of a failure."""
    finding = record.finding
    name = record.repository.name if record.repository else str(record.target)
    head = f"    <testcase name={_attribute(finding.rule)} classname={_attribute(name)}"
    element = _ELEMENTS.get(finding.verdict)
    if element is None:
        yield f"{head}/>\n"
        return
    yield f"{head}>\n"
    said = f"      <{element} message={_attribute(shortened(finding.evidence, _LONGEST_MESSAGE))}"
    if finding.verdict is Verdict.EXEMPT:
        yield f"{said}/>\n"
    else:
        yield f'{said} type="{finding.verdict}">{_text(record)}</{element}>\n'
    yield "    </testcase>\n"


def _text(record: Record) -> str:
    """Return all of the evidence, and what to do about a failure."""
    finding = record.finding
    advice = CONTROL.rules[finding.rule].remediation if finding.verdict is Verdict.FAIL else ""
    return escape(_allowed("\n".join(filter(None, (record.arn, finding.evidence, advice)))))


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text))


def _allowed(text: str) -> str:
    """Return a text with a mark in place of each character that XML forbids."""
    return _FORBIDDEN.sub("\ufffd", text)
