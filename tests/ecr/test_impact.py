from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.changes import Action, Change, Plan
from ecr.impact import MOST_IMAGES, Image, Impact, Signs, impact, looks_moving
from ecr.model import Rule, Target, Unreadable
from ecr.setting import Scanning, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SCAN = Change(
    Rule.SCAN_ON_PUSH,
    Action.PUT_IMAGE_SCANNING_CONFIGURATION,
    Scanning(scan_on_push=False),
    Scanning(scan_on_push=True),
)
MUTABLE, IMMUTABLE = Tags("MUTABLE"), Tags("IMMUTABLE")


def tags(before: Tags = MUTABLE, after: Tags = IMMUTABLE) -> Change:
    return Change(Rule.TAG_IMMUTABILITY, Action.PUT_IMAGE_TAG_MUTABILITY, before, after)


def plan(*changes: Change, name: str = "payments-api") -> Plan:
    arn = f"arn:aws:ecr:eu-west-1:111111111111:repository/{name}"
    return Plan(name, Target("111111111111", "eu-west-1", "prod"), arn, changes or (tags(),))


def image(*names: str, age: timedelta = timedelta(days=2), **facts: str | None) -> Image:
    made = Image(f"sha256:{'-'.join(names)}{age}", names, NOW - age, MANIFEST)
    return replace(made, **facts)  # type: ignore[arg-type]  # the facts are texts


def said(
    images: tuple[Image, ...] | Unreadable | None = (),
    tags: Mapping[str, str] | Unreadable | None = None,
    prefixes: tuple[str, ...] | Unreadable | None = None,
    *,
    of: Plan | None = None,
) -> tuple[str, ...]:
    return impact(of or plan(), Signs(images, tags, prefixes), NOW).sentences


MOVING = """
latest LATEST main master dev develop staging prod production stable edge nightly canary release test qa buildcache
cache payments-latest dev.eu web_main latest-alpine3.18 1.4-latest feature-x-dev
"""
PUSHED_ONCE = """
v1.8.0 1 1.4 2026-11-25 4f2a91c main-4f2a91c main-abcdef1 release-1.4 dev-17 nightly-20261125 sha256-0a1b2c3d.sig
develops maintenance latestish feature-x prod-v2 e3b0c44298fc1c149afbf4c8
"""


@pytest.mark.parametrize("tag", MOVING.split())
def test_such_a_tag_looks_moving(tag: str) -> None:
    assert looks_moving(tag)


@pytest.mark.parametrize("tag", PUSHED_ONCE.split())
def test_such_a_tag_does_not(tag: str) -> None:
    assert not looks_moving(tag)


def test_moving_tags_are_told_with_when_they_were_pushed_the_newest_first() -> None:
    images = (
        image("main", age=timedelta(days=5)),
        image("latest", "v1.8.0", age=timedelta(days=2)),
        image("dev", age=timedelta(hours=3)),
        image("qa", age=timedelta(minutes=5)),
        replace(image("edge"), pushed_at=None),
    )
    assert said(images) == (
        (
            "5 tags look moving: qa (pushed within the last hour), dev (pushed 3 hours ago), "
            "latest (pushed 2 days ago), main (pushed 5 days ago), edge (when it was pushed is not known): "
            "pushing one of them again will be refused."
        ),
    )


def test_one_moving_tag_is_told_in_the_singular() -> None:
    assert said((image("latest", age=timedelta(days=1)),)) == (
        "1 tag looks moving: latest (pushed 1 day ago): pushing it again will be refused.",
    )


def test_of_many_moving_tags_ten_are_named_and_the_others_counted() -> None:
    images = tuple(image(f"{letter}-dev") for letter in "abcdefghijkl")
    [sentence] = said(images)
    assert sentence.startswith("12 tags look moving: a-dev (pushed 2 days ago), ")
    assert sentence.endswith("j-dev (pushed 2 days ago) and 2 more: pushing one of them again will be refused.")


def test_a_tag_that_a_new_filter_excludes_does_not_break_and_is_said_to_stay() -> None:
    after = Tags("IMMUTABLE_WITH_EXCLUSION", ("latest", "dev-*"))
    images = (image("latest"), image("dev-eu"), image("main"))
    assert said(images, of=plan(tags(MUTABLE, after))) == (
        "1 tag looks moving: main (pushed 2 days ago): pushing it again will be refused.",
        "2 tags that look moving can still be pushed again, for a filter excludes them: dev-eu, latest.",
    )
    assert said(images[:1], of=plan(tags(MUTABLE, after))) == (
        "1 tag that looks moving can still be pushed again, for a filter excludes it: latest.",
    )


def test_a_protected_tag_that_a_filter_excludes_from_now_on_is_not_said_to_stay_as_it_is() -> None:
    turned = tags(Tags("MUTABLE_WITH_EXCLUSION", ("latest",)), Tags("IMMUTABLE_WITH_EXCLUSION", ("latest",)))
    assert said((image("latest"),), of=plan(turned)) == (
        "1 tag that looks moving can be pushed again from now on, for a filter excludes it: latest.",
    )


@pytest.mark.parametrize(
    ("before", "breaking"),
    [
        (Tags("IMMUTABLE_WITH_EXCLUSION", ("latest", "dev*")), ["dev", "latest"]),
        (Tags("MUTABLE_WITH_EXCLUSION", ("main", "latest")), ["dev"]),
        (Tags("MUTABLE"), ["dev", "latest", "main"]),
        (Tags("A_VALUE_OF_THE_FUTURE"), ["dev", "latest", "main"]),
    ],
)
def test_a_tag_that_could_not_be_pushed_again_before_does_not_break_now(before: Tags, breaking: list[str]) -> None:
    [sentence] = said((image("latest"), image("main"), image("dev")), of=plan(tags(before)))
    assert [word for word in ("dev", "latest", "main") if f"{word} (" in sentence] == breaking


@pytest.mark.parametrize("after", [MUTABLE, Tags("MUTABLE_WITH_EXCLUSION", ("v*",))])
def test_a_plan_that_lets_tags_move_again_breaks_no_push(after: Tags) -> None:
    images = (image("latest"), image())
    assert said(images, None, ("payments-api",), of=plan(tags(IMMUTABLE, after))) == (
        "Nothing was found that may break, in 2 images and 1 pull-through-cache rule.",
    )


def test_untagged_images_of_the_last_month_tell_of_overwritten_tags() -> None:
    images = (image(), image(age=timedelta(days=30)), image(age=timedelta(days=31)), image("v1"))
    assert said(images) == (
        "2 untagged images of the last 30 days tell of tags that were overwritten: such a push will be refused.",
    )
    assert said(images[:1]) == (
        "1 untagged image of the last 30 days tells of tags that were overwritten: such a push will be refused.",
    )


@pytest.mark.parametrize(
    "left_out",
    [
        image(subject="sha256:another"),
        image(artifact_type="application/vnd.in-toto+json"),
        image(artifact_type="application/vnd.dev.cosign.artifact.sig.v1+json"),
        image(artifact_type="application/vnd.cncf.notary.signature"),
        image(age=timedelta(days=10, minutes=4)),
        image(age=timedelta(days=9, hours=23, minutes=57)),
    ],
)
def test_what_hangs_on_another_image_tells_of_nothing(left_out: Image) -> None:
    index = image("v2", age=timedelta(days=10), media_type=INDEX)
    assert said((left_out, index)) == ("Nothing was found that may break, in 2 images.",)


def test_an_untagged_image_that_is_an_index_or_far_from_any_counts() -> None:
    index = image(age=timedelta(days=10), media_type=INDEX)
    alone = image(age=timedelta(days=10, minutes=6))
    assert said((index, alone))[0].startswith("2 untagged images")


def test_untagged_images_tell_nothing_of_a_repository_that_was_immutable_but_for_filters() -> None:
    before = Tags("IMMUTABLE_WITH_EXCLUSION", ("dev",))
    assert said((image(),), of=plan(tags(before))) == ("Nothing was found that may break, in 1 image.",)


def test_it_is_said_where_there_are_more_images_than_were_looked_at() -> None:
    assert said(tuple(image(f"v{number}") for number in range(MOST_IMAGES))) == (
        "Nothing was found that may break, in 10,000 images.",
        "Only 10,000 of its images were looked at.",
    )


@pytest.mark.parametrize(
    ("name", "prefix", "covers"),
    [
        ("docker-hub/nginx", "docker-hub", True),
        ("docker-hub", "docker-hub", True),
        ("docker-hub-mirror", "docker-hub", False),
        ("a/docker-hub/nginx", "docker-hub", False),
        ("anything", "ROOT", True),
    ],
)
def test_a_pull_through_cache_may_not_be_able_to_update(name: str, prefix: str, covers: bool) -> None:  # noqa: FBT001 - a case
    told = said(None, None, (prefix,), of=plan(tags(), name=name))
    assert told == (
        (
            f"The pull-through-cache rule for the prefix {prefix} covers this repository: immutability can stop the "
            "cache from updating its images."
            if covers
            else "Nothing was found that may break, in 1 pull-through-cache rule."
        ),
    )


def test_a_plan_that_leaves_tags_alone_speaks_of_the_code_that_made_the_repository_alone() -> None:
    assert said(None, {"team": "payments"}, of=plan(SCAN)) == ("Nothing was found that may break, in 1 resource tag.",)


def test_nothing_found_says_what_was_looked_at() -> None:
    assert impact(plan(), Signs((image("v1"),), {"a": "b", "c": "d"}, ()), NOW) == Impact(
        ("Nothing was found that may break, in 1 image, 2 resource tags and 0 pull-through-cache rules.",)
    )


def test_what_could_not_be_read_is_said_with_its_reason() -> None:
    denied = Unreadable("The role may not call it: grant it.")
    assert said((image("v1"),), denied, denied) == (
        "Nothing was found that may break, in 1 image.",
        "The resource tags could not be read: The role may not call it: grant it.",
        "The pull-through-cache rules could not be read: The role may not call it: grant it.",
    )
    assert said(denied) == ("The images could not be read: The role may not call it: grant it.",)
    assert said(None) == ()


def test_all_of_it_together_in_its_order() -> None:
    told = impact(
        plan(tags(), SCAN, name="docker-hub/web"),
        Signs((image("latest"), image(age=timedelta(days=9))), {"managed-by": "terraform"}, ("docker-hub",)),
        NOW,
    )
    assert [sentence.split(" ")[0] for sentence in told.sentences] == ["1", "1", "The", "The"]
    assert told.code == ('image_tag_mutability = "IMMUTABLE"\nimage_scanning_configuration {\n  scan_on_push = true\n}')
