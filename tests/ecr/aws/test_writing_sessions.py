"""Sessions that write: named after the request, able to make its changes alone, and shared by its threads."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from ecr import errors
from ecr.aws.identities import AssumedIdentities
from ecr.aws.registry import Account
from ecr.aws.session_policy import registry_policy, session_policy
from ecr.aws.sessions import Access, Role
from ecr.aws.writing import AwsWriter
from ecr.model import RegistryScanning, Target
from tests.ecr.aws.accounts import PROD, ROLE, called, soon, until
from tests.ecr.aws.plans import SCAN, TAGS, plan, registry_plan, rule_change
from tests.ecr.aws.writers import PUT, WRITE, create, shown, writer
from tests.ecr.truth_table import rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws import LocalAws
    from ecr.changes import Plan


def test_the_session_is_named_after_the_request_and_can_do_what_its_plans_say(aws: LocalAws) -> None:
    create(aws, "api", "web")
    role = Role(WRITE.arn, "open-sesame")
    aws.require_external_id("111111111111", "open-sesame")
    plans = [plan("api", TAGS), plan("web", SCAN)]
    writing = writer(role).writing(PROD, "R0123456789", plans)
    writing.put("api", TAGS, soon())
    writing.put("web", SCAN, soon())
    [session] = aws.sessions
    assert (session.account, session.role, session.name, session.seconds, session.external_id) == (
        "111111111111",
        WRITE.arn,
        "ecrbot-R0123456789",
        900,
        "open-sesame",
    )
    assert session.policy == session_policy(plans)


def test_a_request_s_id_that_sts_would_not_take_is_made_one_that_it_takes(aws: LocalAws) -> None:
    create(aws, "api")
    writer().writing(PROD, f"R é/{'x' * 80}", [plan("api", TAGS)]).put("api", TAGS, soon())
    assert aws.sessions[0].name == f"ecrbot-R---{'x' * 53}"


def test_a_hundred_of_the_longest_names_are_written_with_policies_that_aws_takes(aws: LocalAws) -> None:
    names = [f"{number:03}{'x' * 253}" for number in range(100)]
    create(aws, *names)
    plans = [plan(name, TAGS, SCAN) for name in names]
    writing = writer().writing(PROD, "R1", plans)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda one: [writing.put(one.name, each, soon(60)) for each in one.changes], plans))
    allowed = [
        (statement["Action"], arn)
        for session in aws.sessions
        for statement in json.loads(session.policy or "")["Statement"]
        for arn in statement["Resource"]
    ]
    assert sorted(allowed) == sorted((change.action.iam, one.arn) for one in plans for change in one.changes)
    assert max(len(session.policy or "") for session in aws.sessions) <= 2048
    assert called(aws, "AssumeRole") == len(aws.sessions)
    assert {shown(aws, name)["imageTagMutability"] for name in names} == {"IMMUTABLE"}


def test_a_policy_that_aws_packs_too_large_is_halved(aws: LocalAws) -> None:
    names = ("api", "jobs", "web")
    create(aws, *names)
    plans = [plan(name, TAGS) for name in names]
    aws.fail("AssumeRole", error="PackedPolicyTooLarge", times=1)
    writing = writer().writing(PROD, "R1", plans)
    for one in plans:
        writing.put(one.name, TAGS, soon())
    assert [session.policy for session in aws.sessions] == [session_policy(plans[:1]), session_policy(plans[1:])]


def test_threads_that_wait_for_a_chunk_that_is_halved_go_on_with_its_halves(aws: LocalAws) -> None:
    names = ("api", "jobs", "web")
    create(aws, *names)
    plans = [plan(name, TAGS) for name in names]
    aws.slow(0.3, "AssumeRole")
    aws.fail("AssumeRole", error="PackedPolicyTooLarge", times=1)
    writing = writer().writing(PROD, "R1", plans)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda name: writing.put(name, TAGS, soon()), names))
    assert {session.policy for session in aws.sessions} == {session_policy(plans[:1]), session_policy(plans[1:])}
    assert called(aws, "AssumeRole") == 3


def test_a_policy_for_one_that_is_too_large_all_the_same_is_said(aws: LocalAws) -> None:
    create(aws, "api")
    aws.fail("AssumeRole", error="PackedPolicyTooLarge")
    with pytest.raises(errors.AwsError, match="AWS finds the session policy for api too large"):
        writer().writing(PROD, "R1", [plan("api", TAGS)]).put("api", TAGS, soon())
    assert called(aws, PUT) == 0


def test_threads_of_one_chunk_wait_for_the_one_that_assumes(aws: LocalAws) -> None:
    names = [f"svc-{number}" for number in range(8)]
    create(aws, *names)
    aws.slow(0.3, "AssumeRole")
    writing = writer().writing(PROD, "R1", [plan(name, TAGS) for name in names])
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: writing.put(name, TAGS, soon()), names))
    assert called(aws, "AssumeRole") == 1


def test_who_waits_for_the_one_that_assumes_waits_no_longer_than_the_deadline(aws: LocalAws) -> None:
    create(aws, "api", "web")
    writing = writer().writing(PROD, "R1", [plan("api", TAGS), plan("web", TAGS)])
    aws.hang(operation="AssumeRole")
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(writing.put, "api", TAGS, soon(20))
        assert until(lambda: called(aws, "AssumeRole") == 1)
        with pytest.raises(errors.UnreachableError, match=r"within 0\.3 seconds"):
            writing.put("web", TAGS, soon(0.3))
        aws.release()
        assert first.result()
    assert called(aws, "AssumeRole") == 1


def test_a_session_that_is_about_to_end_is_assumed_anew(aws: LocalAws) -> None:
    now = 1000.0
    one = plan("api", TAGS)
    identities = AssumedIdentities(Access(), PROD, WRITE, "R1", [one], lambda: now)
    for now, assumed in ((1000.0, 1), (1839.0, 1), (1840.0, 2), (2000.0, 2)):  # noqa: B007 - the clock reads it
        identities.of(one, soon())
        assert len(aws.sessions) == assumed


def test_without_a_role_that_writes_the_one_that_reads_does(aws: LocalAws) -> None:
    create(aws, "api")
    writer(None).writing(PROD, "R1", [plan("api", TAGS)]).put("api", TAGS, soon())
    assert [(one.role, one.name) for one in aws.sessions] == [(ROLE.arn, "ecrbot-R1")]


def test_requests_accounts_and_threads_never_mix(aws: LocalAws) -> None:
    accounts = [f"{number:012}" for number in range(1, 7)]
    writing_to = AwsWriter(
        [Account(one, ("eu-west-1",), None, None, Role(f"arn:aws:iam::{one}:role/w")) for one in accounts]
    )
    work: list[tuple[Callable[..., Any], Plan]] = []
    for account in accounts:
        target = Target(account, "eu-west-1")
        for request in ("RA", "RB"):
            names = [f"{request.lower()}-{number}" for number in range(6)]
            create(aws, *names, account=account)
            plans = [plan(name, TAGS, target=target) for name in names]
            writing = writing_to.writing(target, f"{request}{account}", plans)
            work += [(writing.put, one) for one in plans]
    with ThreadPoolExecutor(24) as threads:
        list(threads.map(lambda one: one[0](one[1].name, TAGS, soon(60)), work))
    # Each session's policy is enforced, so that a put signed by another one's keys would have been refused.
    assert sorted((one.account, one.name) for one in aws.sessions) == [
        (account, f"ecrbot-{request}{account}") for account in accounts for request in ("RA", "RB")
    ]
    assert {shown(aws, one.name, one.target.account or "")["imageTagMutability"] for _, one in work} == {"IMMUTABLE"}
    assert called(aws, PUT) == len(work)


def test_what_is_of_the_registry_is_written_in_a_session_of_its_own(aws: LocalAws) -> None:
    create(aws, "api")
    plans = [plan("api", TAGS, rule_change("api")), registry_plan(rule_change())]
    writing = writer().writing(PROD, "R1", plans)
    for _ in range(2):
        writing.put("api", TAGS, soon())
        writing.put_rules(RegistryScanning("BASIC", (rule("SCAN_ON_PUSH", "*"),)), soon())
    assert [(one.name, one.seconds, one.policy) for one in aws.sessions] == [
        ("ecrbot-R1", 900, session_policy(plans)),
        ("ecrbot-R1", 900, registry_policy(plans)),
    ]


def test_a_registry_s_policy_that_is_too_large_all_the_same_is_said(aws: LocalAws) -> None:
    aws.fail("AssumeRole", error="PackedPolicyTooLarge")
    with pytest.raises(errors.AwsError, match="AWS finds the session policy for registry settings too large"):
        writer().writing(PROD, "R1", [registry_plan(rule_change())]).put_rules(RegistryScanning("BASIC"), soon())
