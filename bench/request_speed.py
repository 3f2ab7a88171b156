"""From an approver's click to the card that says what was verified, for one repository and for a hundred.

The bot is a process of its own between the local Slack workspace and the local ECR, which answers after 50 ms and
takes 20 calls a second of each operation and registry. The forms are filled in as the journeys of the tests do it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import boto3

from demo.aws import LocalAws
from demo.text import render
from demo.workspace import Workspace
from tests.journeys.approvals import ONCALL, SETTINGS_OF_REQUESTS, Approvals
from tests.journeys.surroundings import PROD, Bot

LATENCY = 0.05
ROUNDS = 8
MANY = 100
REGION = "eu-west-1"


def main() -> None:
    """Print both, beside the AWS calls that they need one after the other."""
    with LocalAws() as aws, Workspace(port=0) as slack, tempfile.TemporaryDirectory() as folder:
        aws.reset()
        aws.create(PROD, REGION, "payments-api")
        for number in range(MANY):
            aws.create(PROD, REGION, f"team-{number:03}")
        bot = Bot(slack, aws, Path(folder), "socket", settings=SETTINGS_OF_REQUESTS)
        try:
            bot.start()
            aws.slow(LATENCY)
            aws.throttle(20, 20)
            journey = Approvals(bot)
            _one(journey)
            _many(journey)
        finally:
            bot.kill()


def _one(journey: Approvals) -> None:
    times, calls = [], []
    for _ in range(ROUNDS):
        journey.ask("payments-api")
        card = journey.card(saying="Requested")
        began = time.perf_counter()
        journey.press("Approve", card=card)
        journey.slack.wait_for(lambda: "Verified" in render(journey.cards()[-1]), timeout=30, what="the card")
        times.append(time.perf_counter() - began)
        calls.append(_bare_calls(journey))
    mine, theirs = (statistics.median(some) * 1000 for some in (times, calls))
    print(f"click to verified card, one repository: {mine:.0f} ms; the calls it takes, bare: {theirs:.0f} ms")
    print(f"  (medians of {ROUNDS}, in turn, {LATENCY * 1000:.0f} ms a call; the aim is 6 calls plus 300 ms: 600 ms)")


def _bare_calls(journey: Approvals) -> float:
    """Make the calls of a remediation with bare boto3, one after the other, and leave the repository as it was."""
    began = time.perf_counter()
    home = {"aws_access_key_id": "AKIAHOME", "aws_secret_access_key": "home"}
    sts = boto3.client("sts", region_name=REGION, endpoint_url=journey.aws.url, **home)
    role = f"arn:aws:iam::{PROD}:role/bare"
    keys = sts.assume_role(RoleArn=role, RoleSessionName="bare")["Credentials"]
    ecr = boto3.client(
        "ecr",
        region_name=REGION,
        endpoint_url=journey.aws.url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    name = "payments-api"
    ecr.describe_repositories(repositoryNames=[name])
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration={"scanOnPush": True})
    ecr.describe_repositories(repositoryNames=[name])
    ecr.get_registry_scanning_configuration()
    took = time.perf_counter() - began
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="MUTABLE")
    ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration={"scanOnPush": False})
    return took


def _many(journey: Approvals) -> None:
    journey.ask("team-*")
    card = journey.card(saying="100 repositories")
    journey.press("Approve", card=card)
    view = journey.form(ONCALL)
    began = time.perf_counter()
    journey.submit(view, ONCALL)
    journey.slack.wait_for(lambda: f"All {MANY} applied" in render(journey.cards()[-1]), timeout=120, what="the card")
    took = time.perf_counter() - began
    print(
        f"click to verified card, {MANY} repositories: {took:.1f} s at {LATENCY * 1000:.0f} ms a call (the aim is 10 s)"
    )
    puts = {name: count for (name, _, _), count in journey.aws.calls.items() if name.startswith("Put")}
    print(f"  (puts so far, throttled ones included: {puts}; the service takes 20 a second of each)")


if __name__ == "__main__":
    main()
