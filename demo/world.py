"""What is in the local ECR: three accounts, six registries, and a repository for every row of the truth table.

Values first, then the function that puts them there. Names are made up; nobody's real registry is described.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.aws import LocalAws

PROD, STAGING, SANDBOX = "111111111111", "222222222222", "333333333333"
WEST, EAST = "eu-west-1", "us-east-1"

IMMUTABLE, MUTABLE = "IMMUTABLE", "MUTABLE"
IMMUTABLE_BUT, MUTABLE_BUT = "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"
ON_PUSH, CONTINUOUS = "SCAN_ON_PUSH", "CONTINUOUS_SCAN"

FAMILY = 36
"""How many repositories the family `team-…` has: more than an answer shows one by one."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as ecrbot.toml configures it; one that is closed lets nobody assume its role."""

    id: str
    name: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Registry:
    """How a registry scans; `flag_counts` is what ECR makes of a flag where rules exist and none matches.

    `caches` are the prefixes of its pull-through-cache rules.
    """

    account: str
    region: str
    scan_type: str = "BASIC"
    rules: tuple[tuple[str, tuple[str, ...]], ...] = ()
    flag_counts: bool = True
    caches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """An image: how long ago it was pushed, and its tags; one without any lost them to a newer one."""

    age: timedelta
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository: its tag mutability with the filters that are excluded, and its own scanOnPush flag.

    `images` and resource `tags` tell what a change may break.
    """

    account: str
    region: str
    name: str
    mutability: str = IMMUTABLE
    filters: tuple[str, ...] = ()
    scan_on_push: bool = False
    images: tuple[Image, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is seeded, and the tag filters that the demo's policy accepts."""

    accounts: tuple[Account, ...]
    regions: tuple[str, ...]
    registries: tuple[Registry, ...]
    repositories: tuple[Repository, ...]
    accepted_exclusions: tuple[str, ...] = ("latest",)


ACCOUNTS = (Account(PROD, "prod"), Account(STAGING, "staging"), Account(SANDBOX, "sandbox", closed=True))

REGISTRIES = (
    Registry(PROD, WEST, rules=((ON_PUSH, ("checkout-*", "identity")),), caches=("docker-hub",)),
    Registry(PROD, EAST, "ENHANCED", rules=((ON_PUSH, ("*-web", "team-*")), (CONTINUOUS, ("checkout-*", "search-*")))),
    Registry(STAGING, WEST),
    Registry(STAGING, EAST, rules=((ON_PUSH, ("checkout-*",)),), flag_counts=False),
)

_PUSHED_OVER = (
    Image(timedelta(days=2), ("latest", "v1.8.0")),
    Image(timedelta(days=5), ("main",)),
    Image(timedelta(days=9)),
    Image(timedelta(days=16)),
    Image(timedelta(days=23), ("v1.7.0",)),
)
_RELEASED = (Image(timedelta(days=3), ("v2.1.0",)), Image(timedelta(days=40), ("v2.0.0",)))

_TERRAFORM = (("team", "payments"), ("managed-by", "terraform"))
_PULUMI = (("pulumi:project", "notebooks"),)
_CLOUDFORMATION = (
    ("aws:cloudformation:stack-name", "checkout"),
    ("aws:cloudformation:stack-id", f"arn:aws:cloudformation:{WEST}:{PROD}:stack/checkout/6f1d"),
    ("aws:cloudformation:logical-id", "EmailsRepository"),
)

REPOSITORIES = (
    # prod in eu-west-1: BASIC with rules; where none matches, ECR says that a repository's own flag counts.
    Repository(PROD, WEST, "payments-api", MUTABLE, images=_PUSHED_OVER),
    Repository(PROD, WEST, "payments-worker", MUTABLE, scan_on_push=True, images=_RELEASED, tags=_TERRAFORM),
    Repository(PROD, WEST, "checkout-web"),
    Repository(PROD, WEST, "checkout-worker", IMMUTABLE_BUT, ("latest",)),
    Repository(PROD, WEST, "checkout-emails", MUTABLE, images=_PUSHED_OVER, tags=_CLOUDFORMATION),
    Repository(PROD, WEST, "identity"),
    Repository(PROD, WEST, "platform/identity-admin", IMMUTABLE_BUT, ("latest", "dev-*")),
    Repository(PROD, WEST, "ledger-core", scan_on_push=True),
    Repository(PROD, WEST, "ledger-reports"),
    Repository(PROD, WEST, "docker-hub/library/nginx", MUTABLE_BUT, ("v*",)),
    # prod in us-east-1: ENHANCED; rules alone decide, and continuous wins where both match.
    Repository(PROD, EAST, "payments-api", MUTABLE, scan_on_push=True, images=_RELEASED),
    Repository(PROD, EAST, "checkout-web"),
    Repository(PROD, EAST, "search-indexer"),
    Repository(PROD, EAST, "search-web", scan_on_push=True),
    Repository(PROD, EAST, "landing-web"),
    Repository(PROD, EAST, "media-resizer", scan_on_push=True),
    Repository(PROD, EAST, "assets-web", IMMUTABLE_BUT, ("*",)),
    Repository(PROD, EAST, "assets-cdn", IMMUTABLE_BUT, ("latest", "**"), scan_on_push=True),
    # staging in eu-west-1: BASIC without any rule; a repository's own flag is all there is.
    Repository(STAGING, WEST, "payments-api", MUTABLE, scan_on_push=True),
    Repository(STAGING, WEST, "checkout-web", scan_on_push=True),
    Repository(STAGING, WEST, "feature-flags"),
    Repository(STAGING, WEST, "mail-templates", IMMUTABLE_BUT, ("latest",), scan_on_push=True),
    Repository(STAGING, WEST, "notebooks", MUTABLE, images=_RELEASED, tags=_PULUMI),
    # staging in us-east-1: BASIC with rules; where none matches, ECR says that the flag does not count.
    Repository(STAGING, EAST, "checkout-web"),
    Repository(STAGING, EAST, "batch-exporter", scan_on_push=True),
    Repository(STAGING, EAST, "load-tests", MUTABLE_BUT, ("release-*",)),
    # States that today's ECR does not hand out, and that must not pass for anything they are not.
    Repository(STAGING, EAST, "checkout-legacy", IMMUTABLE_BUT),
    Repository(STAGING, EAST, "checkout-preview", "IMMUTABLE_AFTER_RELEASE"),
    # sandbox: it lets nobody in, so that nothing is known of its registries and of what is in them.
    Repository(SANDBOX, WEST, "playground", MUTABLE, images=_PUSHED_OVER),
    Repository(SANDBOX, WEST, "hackday-bot", MUTABLE),
    Repository(SANDBOX, WEST, "wiki-search", scan_on_push=True),
    Repository(SANDBOX, EAST, "gpu-notebooks", MUTABLE),
    Repository(SANDBOX, EAST, "prompt-evals", IMMUTABLE_BUT, ("latest",), scan_on_push=True),
)

_TEAMS = (
    "billing",
    "catalog",
    "delivery",
    "fraud",
    "growth",
    "inbox",
    "loyalty",
    "maps",
    "onboarding",
    "pricing",
    "returns",
    "support",
)
_PARTS = ("api", "jobs", "ui")


def world(seed: int = 1) -> World:
    """Return the demo's world.

    Args:
        seed: draws the settings of the family `team-…`; the same seed gives the same world.
    """
    return World(ACCOUNTS, (WEST, EAST), REGISTRIES, REPOSITORIES + _family(seed))


def seed_into(aws: LocalAws, planned: World, at: datetime | None = None) -> None:
    """Put a world into a local AWS, beside what is there.

    Args:
        aws: where to put it.
        planned: what to put there.
        at: the moment that the ages of images are counted from; now unless told.
    """
    for account in planned.accounts:
        aws.enable_regions(account.id, *planned.regions)
        if account.closed:
            aws.refuse_role(account.id)
    for registry in planned.registries:
        aws.scanning(registry.account, registry.region, registry.scan_type, registry.rules)
        aws.legacy_flag_counts(registry.account, registry.region, registry.flag_counts)
        for prefix in registry.caches:
            aws.pull_through(registry.account, registry.region, prefix)
    for one in planned.repositories:
        _create(aws, one, at or datetime.now(UTC))


def _create(aws: LocalAws, one: Repository, at: datetime) -> None:
    place = (one.account, one.region, one.name)
    aws.create(*place, one.mutability, one.filters, scan_on_push=one.scan_on_push)
    if one.tags:
        aws.tag(*place, dict(one.tags))
    for image in one.images:
        aws.push(*place, image.tags, at - image.age)


def _family(seed: int) -> tuple[Repository, ...]:
    names = [f"team-{team}-{part}" for team in _TEAMS for part in _PARTS]
    drawn = random.Random(seed)  # noqa: S311 - a pleasant mixture, no secret
    return tuple(_drawn(drawn, name) for name in names[:FAMILY])


def _drawn(drawn: random.Random, name: str) -> Repository:
    account, region = drawn.choice([(PROD, WEST), (PROD, EAST), (STAGING, WEST)])
    plain = Repository(account, region, name, scan_on_push=drawn.random() < 0.6)  # noqa: PLR2004 - most have it
    settings = drawn.choice([(IMMUTABLE, ()), (IMMUTABLE, ()), (MUTABLE, ()), (IMMUTABLE_BUT, ("latest",))])
    return replace(plain, mutability=settings[0], filters=settings[1])
