"""The answer to fix: the lines as code, for which tool and why, and a button for each other tool."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ecr.check import Checker
from ecr.checked import QueryResult
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError, UsageError
from ecr.fixing import Fix, Fixed
from ecr.infrastructure import Tool
from ecr.model import Policy, Target, Verdict
from ecr.names import Query, parse
from handlers.blocks.fix import FixView, fixed
from tests.company import NOON
from tests.ecr.plain_registry import PlainRegistry
from tests.handlers.blocks.test_finding import accepted, labels

PROD = Target("111111111111", "eu-west-1", "prod")
ARN = "arn:aws:ecr:eu-west-1:111111111111:repository/payments-api"
FIX = Fix(
    "payments-api",
    PROD,
    ARN,
    Tool.TERRAFORM,
    Verdict.FAIL,
    ("The tag managed-by=terraform names Terraform, so the lines are for Terraform.",),
    'resource "aws_ecr_repository" "payments_api" {\n  image_tag_mutability = "IMMUTABLE"\n}',
    'terraform plan will show 1 to change: ~ image_tag_mutability = "MUTABLE" -> "IMMUTABLE", in place.',
    ("The filter junk-* goes & <more>.",),
)
RESULT = QueryResult(Query("payments-api"), ())


def shown(*fixes: Fix, result: QueryResult = RESULT) -> tuple[list[str], list[str]]:
    """Return the texts of the sections and the labels of the buttons."""
    payload = accepted(fixed(Fixed(fixes, result)))
    return [block["text"]["text"] for block in payload["blocks"] if block["type"] == "section"], labels(payload)


def test_the_lines_are_code_with_why_what_a_plan_shows_and_what_to_look_out_for() -> None:
    sections, buttons = shown(FIX)
    title = "*Fix in code* · `payments-api` · prod (111111111111) in eu-west-1"
    note = 'terraform plan will show 1 to change: ~ image_tag_mutability = "MUTABLE" -&gt; "IMMUTABLE", in place.'
    assert sections == [
        f"{title}\nThe tag managed-by=terraform names Terraform, so the lines are for Terraform.",
        '```\nresource "aws_ecr_repository" "payments_api" {\n  image_tag_mutability = "IMMUTABLE"\n}\n```',
        f"{note}\n:warning: The filter junk-* goes &amp; &lt;more&gt;.",
    ]
    assert buttons == ["CloudFormation", "CDK", "OpenTofu", "Pulumi", "AWS CLI"]


def test_a_button_carries_the_repository_and_the_tool_and_whether_it_is_alone() -> None:
    payload = accepted(fixed(Fixed((FIX,), RESULT)))
    first = payload["blocks"][-1]["elements"][0]
    assert first["action_id"] == "fix-as:cloudformation"
    assert FixView.of(first["value"]) == FixView(ARN, Tool.CLOUDFORMATION, alone=True)
    both = accepted(fixed(Fixed((FIX, replace(FIX, arn=ARN.replace("eu", "us"))), RESULT)))
    assert [FixView.of(e["value"]).alone for e in both["blocks"][-1]["elements"]] == [False] * 5


@pytest.mark.parametrize(
    "value",
    [
        "",
        "[]",
        "null",
        "{}",
        json.dumps({"arn": ARN, "tool": "cobol", "alone": True}),
        json.dumps({"arn": ARN, "tool": ["cdk"], "alone": True}),
        json.dumps({"arn": 7, "tool": "cdk", "alone": True}),
        json.dumps({"arn": ARN, "tool": "cdk", "alone": "yes"}),
        "[" * 100_000,
    ],
)
def test_a_value_that_is_none_of_ours_is_stale(value: str) -> None:
    with pytest.raises(UsageError, match="of an older message"):
        FixView.of(value)


def test_a_repository_that_passes_says_so_without_code_or_buttons() -> None:
    said = "payments-api passes both rules: there is nothing to fix."
    sections, buttons = shown(replace(FIX, verdict=Verdict.PASS, sentences=(said,), code="", note="", advice=()))
    assert sections == [f"*Fix in code* · `payments-api` · prod (111111111111) in eu-west-1\n{said}"]
    assert buttons == []
    assert fixed(Fixed((replace(FIX, sentences=(said,), code=""),), RESULT)).text.endswith(said)


def test_long_code_goes_on_in_further_sections_with_no_line_broken_or_lost() -> None:
    lines = [f'  filter = "<team-{number:04}>"' for number in range(250)]
    sections, _ = shown(replace(FIX, code="\n".join(lines)))
    code = [text for text in sections if text.startswith("```")]
    assert len(code) > 1
    read = [line for text in code for line in text.replace("&lt;", "<").replace("&gt;", ">").splitlines()]
    assert [line for line in read if line != "```"] == lines
    assert not any("cut" in text for text in sections)


@pytest.mark.parametrize(
    "code", ["\n".join(f"line {number}" for number in range(2000)), "aws ecr x \\\n  --rules '" + "&" * 4000 + "'"]
)
def test_code_that_does_not_fit_is_said_to_be_cut_and_where_all_of_it_is(code: str) -> None:
    sections, _ = shown(replace(FIX, tool=Tool.CLI, code=code))
    told = f":warning: These lines are cut: `python -m bot fix {ARN} --as cli` prints all of them."
    assert told in sections


def test_no_backtick_ends_the_code() -> None:
    sections, _ = shown(replace(FIX, code="# ```\n# *bold* <!channel>"))
    assert sections[1] == "```\n# '''\n# *bold* &lt;!channel&gt;\n```"


def test_of_many_accounts_five_are_shown_and_the_rest_is_counted() -> None:
    many = tuple(replace(FIX, target=Target(str(number) * 12, "eu-west-1")) for number in range(9))
    payload = accepted(fixed(Fixed(many, RESULT)))
    assert len(labels(payload)) == 25
    assert payload["blocks"][-1]["elements"][0]["text"] == "And 4 more: name one of them by its URI or ARN."


def test_the_longest_of_everything_stays_within_the_limits() -> None:
    long = replace(
        FIX,
        name="n" * 256,
        arn=ARN + "n" * 244,
        target=Target("1" * 12, "eu-west-1", "&" * 900),
        sentences=("<" * 5000,) * 2,
        code="\n".join(["&" * 900] * 90),
        note="<" * 5000,
        advice=("&" * 5000,) * 4,
    )
    accepted(fixed(Fixed((long,) * 9, RESULT)))


def test_a_name_that_is_nowhere_suggests_the_nearest_and_what_is_not_read_is_told() -> None:
    registry = PlainRegistry({PROD: ()})
    registry.refused[PROD] = AccessDeniedError("Grant it <ecr:DescribeRepositories>.")
    checker = Checker(registry, Policy(), lambda: NOON)
    [result] = checker.check((parse("paymnts-api"),), Deadline.after(10)).results
    sections, _ = shown(result=result)
    assert sections == [
        "No repository is named paymnts-api in what could be read.",
        ":white_circle: prod (111111111111) in eu-west-1 could not be read: Grant it &lt;ecr:DescribeRepositories&gt;.",
    ]
    near = QueryResult(Query("paymnts-api"), (), ("payments-api",))
    [nowhere], _ = shown(result=near)
    assert nowhere == (
        "No repository is named paymnts-api in any configured account and region. Did you mean payments-api?"
    )
