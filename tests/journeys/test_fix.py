"""Fix in code as people use it: the button of a check, the lines, and the same lines for another tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.text import render

if TYPE_CHECKING:
    from tests.journeys.surroundings import Journey

PROD = "111111111111"
HCL = """```
# failing in prod (111111111111) in eu-west-1
resource "aws_ecr_repository" "failing" {
  # Put these lines into the resource whose name is failing, in place of those there are.
  image_tag_mutability = "IMMUTABLE"
  image_scanning_configuration {
    scan_on_push = true
  }
}
```"""


def test_the_button_shows_the_lines_and_another_tool_s_take_their_place(journey: Journey) -> None:
    checked = journey.slack.command("check failing")
    journey.answer(checked)
    shown = journey.slack.click(checked.messages()[0], "Fix in code")
    said = journey.answer(shown)
    assert "Fix in code · `failing` · prod (111111111111) in eu-west-1" in said
    assert "No resource tag tells what made it: the lines are for Terraform, by default." in said
    assert shown.messages()[0].blocks[1]["text"]["text"] == HCL
    journey.slack.click(shown.messages()[0], "AWS CLI").wait_ack()
    journey.slack.wait_for(
        lambda: "aws ecr put-image-tag-mutability" in str(shown.messages()[0].blocks),
        what="the commands in place of the lines",
    )
    assert "the lines are for the AWS CLI, as asked." in render(shown.messages()[0])
    assert journey.slack.refusals == ()


def test_the_stack_of_a_repository_is_told_by_its_tags(journey: Journey) -> None:
    name = "stacked-repository"
    journey.aws.create(PROD, "eu-west-1", name)
    logical = {"aws:cloudformation:stack-name": "shop", "aws:cloudformation:logical-id": "StackedRepository"}
    journey.aws.tag(PROD, "eu-west-1", name, logical)
    checked = journey.slack.command(f"check {name}")
    journey.answer(checked)
    said = journey.answer(journey.slack.click(checked.messages()[0], "Fix in code"))
    assert "stack shop (resource StackedRepository) made this repository, so the lines are for CloudFormation." in said
    assert "  StackedRepository:\n    Type: AWS::ECR::Repository" in said


def test_a_button_that_was_forged_is_stale(journey: Journey) -> None:
    checked = journey.slack.command("check failing")
    journey.answer(checked)
    shown = journey.slack.click(checked.messages()[0], "Fix in code")
    journey.answer(shown)
    for value in ('{"arn":"failing","tool":"cdk","alone":false}', '{"arn":"fail*","tool":"cdk","alone":false}', "cdk"):
        forged = journey.slack.click(shown.messages()[0], "CDK", value=value)
        assert "of an older message" in journey.answer(forged)
