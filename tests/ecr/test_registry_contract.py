"""What every `Registry` keeps to: the plain one of these tests, and boto3's over the local AWS.

The plain one is only worth something in the tests of the check as far as both pass here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import pytest

from ecr.aws.registry import Account, AwsRegistry
from ecr.aws.sessions import Role
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError, AwsError, UnreachableError
from ecr.model import CreationTemplate, Exclusion, RegistryScanning, Repository, RepositoryScanning, Target, Unreadable
from tests.ecr.plain_registry import PlainRegistry, repository
from tests.ecr.truth_table import MISSED, enhanced, rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws import LocalAws
    from ecr.ports import Registry

PROD = Target("111111111111", "eu-west-1", "prod")
PROD_US = Target("111111111111", "us-east-1", "prod")
STAGING = Target("222222222222", "eu-west-1", "staging")
EMPTY = Target("222222222222", "us-east-1", "staging")

HOLDS = {
    PROD: (
        repository(PROD, "api"),
        repository(PROD, "team/web", tag_mutability="MUTABLE", scan_on_push=False),
        repository(
            PROD,
            "worker",
            tag_mutability="IMMUTABLE_WITH_EXCLUSION",
            exclusions=(Exclusion("latest"), Exclusion("dev-*")),
        ),
    ),
    PROD_US: (repository(PROD_US, "api", tag_mutability="SOMETHING_NEW"),),
    STAGING: (repository(STAGING, "api"), repository(STAGING, "web")),
    EMPTY: (),
}
SCANNING = {PROD: MISSED, STAGING: enhanced(rule("CONTINUOUS_SCAN", "*"), rule("SCAN_ON_PUSH", "a", "b*"))}

TEMPLATES = {
    PROD: (
        CreationTemplate("ROOT", ("CREATE_ON_PUSH", "REPLICATION"), "IMMUTABLE"),
        CreationTemplate("team", ("REPLICATION",), "IMMUTABLE_WITH_EXCLUSION", (Exclusion("latest"),)),
    ),
    STAGING: (CreationTemplate("docker-hub", ("PULL_THROUGH_CACHE",), "MUTABLE"),),
}


class World(Protocol):
    """A registry with everything in `HOLDS`, and a way to close a target of it."""

    @property
    def registry(self) -> Registry: ...

    def refuse(self, target: Target) -> None: ...


class Plain:
    """The world as plain values."""

    def __init__(self) -> None:
        self.registry = PlainRegistry(dict(HOLDS), dict(SCANNING), dict(TEMPLATES))

    def refuse(self, target: Target) -> None:
        self.registry.refused[target] = AccessDeniedError("It may not.")


class Boto:
    """The world in the local AWS, read through a role for each account."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        for target, held in HOLDS.items():
            for one in held:
                _create(aws, target, one)
        for target, scanning in SCANNING.items():
            rules = [(each.frequency, [text.text for text in each.filters]) for each in scanning.rules]
            aws.scanning(str(target.account), target.region, scanning.scan_type, rules)
        for target, templates in TEMPLATES.items():
            for template in templates:
                _template(aws, target, template)
        self.registry = AwsRegistry([_account("111111111111", "prod"), _account("222222222222", "staging")])

    def refuse(self, target: Target) -> None:
        self._aws.fail(None, error="AccessDeniedException", account=target.account, region=target.region)


def _create(aws: LocalAws, target: Target, one: Repository) -> None:
    filters = [exclusion.text for exclusion in one.exclusions or ()]
    mutability, flag = one.tag_mutability or "", bool(one.scan_on_push)
    aws.create(str(target.account), target.region, one.name, mutability, filters, scan_on_push=flag)


def _template(aws: LocalAws, target: Target, one: CreationTemplate) -> None:
    filters = [{"filterType": "WILDCARD", "filter": exclusion.text} for exclusion in one.exclusions or ()]
    aws.client("ecr", str(target.account), target.region).create_repository_creation_template(
        prefix=one.prefix,
        appliedFor=list(one.applied_for),
        imageTagMutability=one.tag_mutability,
        **({"imageTagMutabilityExclusionFilters": filters} if filters else {}),
    )


def _account(account: str, name: str) -> Account:
    return Account(account, ("eu-west-1", "us-east-1"), name, Role(f"arn:aws:iam::{account}:role/ecrbot-read"))


@pytest.fixture(params=["plain", "boto3"])
def world(request: pytest.FixtureRequest) -> World:
    return Plain() if request.param == "plain" else Boto(request.getfixturevalue("aws"))


def soon() -> Deadline:
    return Deadline.after(30)


def timeless(repositories: tuple[Repository, ...]) -> set[Repository]:
    return {replace(one, created_at=None) for one in repositories}


READS: tuple[Callable[[Registry, Target, Deadline], object], ...] = (
    lambda registry, target, deadline: registry.account(target, deadline),
    lambda registry, target, deadline: registry.find(target, ("api",), deadline),
    lambda registry, target, deadline: list(registry.pages(target, deadline)),
    lambda registry, target, deadline: registry.scanning(target, deadline),
    lambda registry, target, deadline: registry.templates(target, deadline),
    lambda registry, target, deadline: registry.repository_scanning(target, ("api",), deadline),
)
NAMES = ("account", "find", "pages", "scanning", "templates", "repository_scanning")


def test_targets_come_in_the_order_of_the_settings(world: World) -> None:
    assert world.registry.targets(soon()) == tuple(HOLDS)


@pytest.mark.parametrize("target", HOLDS, ids=str)
def test_a_target_s_account_is_told(world: World, target: Target) -> None:
    assert world.registry.account(target, soon()) == target.account


@pytest.mark.parametrize("target", HOLDS, ids=str)
def test_pages_have_every_repository_of_the_target_once_and_no_other(world: World, target: Target) -> None:
    pages = list(world.registry.pages(target, soon()))
    assert timeless(tuple(one for page in pages for one in page)) == set(HOLDS[target])
    assert sum(map(len, pages)) == len(HOLDS[target])


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("api",), {"api"}),
        (("worker", "team/web", "api"), {"api", "team/web", "worker"}),
        (("api", "nowhere", "worker"), {"api", "worker"}),
        (("nowhere",), set()),
        (("web",), set()),
        ((), set()),
    ],
)
def test_finding_leaves_out_what_is_not_there(world: World, names: tuple[str, ...], found: set[str]) -> None:
    answer = world.registry.find(PROD, names, soon())
    assert timeless(answer) == {one for one in HOLDS[PROD] if one.name in found}
    assert len(answer) == len(found)


def test_scanning_is_each_target_s_own_and_basic_without_rules_where_nobody_set_it(world: World) -> None:
    told = {target: world.registry.scanning(target, soon()) for target in HOLDS}
    assert told == {
        PROD: MISSED,
        PROD_US: RegistryScanning("BASIC"),
        STAGING: SCANNING[STAGING],
        EMPTY: RegistryScanning("BASIC"),
    }


def test_templates_are_each_target_s_own(world: World) -> None:
    told = {target: world.registry.templates(target, soon()) for target in HOLDS}
    assert told == {PROD_US: (), EMPTY: (), **TEMPLATES}


def test_each_repository_that_is_asked_about_is_answered_and_one_that_is_not_there_is_unreadable(world: World) -> None:
    told = world.registry.repository_scanning(PROD, ("worker", "nowhere", "api"), soon())
    assert set(told) == {"worker", "nowhere", "api"}
    assert told["worker"] == told["api"] == RepositoryScanning("SCAN_ON_PUSH", scan_on_push=True)
    assert isinstance(told["nowhere"], Unreadable)


@pytest.mark.parametrize("read", READS, ids=NAMES)
def test_a_target_that_may_not_be_read_is_an_error_and_the_others_are_unharmed(
    world: World, read: Callable[[Registry, Target, Deadline], object]
) -> None:
    world.refuse(PROD)
    with pytest.raises(AwsError) as raised:
        read(world.registry, PROD, soon())
    assert str(raised.value).endswith(".")
    assert read(world.registry, STAGING, soon())


@pytest.mark.parametrize("read", READS, ids=NAMES)
def test_nothing_is_read_after_the_deadline(world: World, read: Callable[[Registry, Target, Deadline], object]) -> None:
    with pytest.raises(UnreachableError, match="AWS did not answer within 0 seconds"):
        read(world.registry, PROD, Deadline.after(0))


def test_calls_are_counted(world: World) -> None:
    assert world.registry.calls == 0
    for read in READS:
        before = world.registry.calls
        read(world.registry, PROD, soon())
        assert world.registry.calls > before
