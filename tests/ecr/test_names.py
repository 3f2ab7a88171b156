"""What people type for a repository."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.errors import InvalidNameError
from ecr.names import Query, nearest, parse

HOST = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"
LOCATED = Query("team/payments-api", "111111111111", "eu-west-1")
PART = st.from_regex(r"[a-z0-9]{1,8}([-._][a-z0-9]{1,8})?", fullmatch=True)
NAME = st.lists(PART, min_size=1, max_size=3).map("/".join).filter(lambda name: len(name) > 1)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("payments-api", Query("payments-api")),
        ("  Payments-API ", Query("payments-api")),
        ("`payments-api`", Query("payments-api")),
        ('"payments-api"', Query("payments-api")),
        ("“payments-api”", Query("payments-api")),
        ("payments-api:1.4.2", Query("payments-api")),
        ("payments-api@sha256:" + "0" * 64, Query("payments-api")),
        ("payments-*", Query("payments-*")),
        ("team-[ab]?", Query("team-[ab]?")),
        ("*", Query("*")),
        (f"{HOST}/team/payments-api", LOCATED),
        (f"{HOST}/team/payments-api:latest", LOCATED),
        (f"{HOST}/team/payments-api:Tag_1.0@sha256:{'a' * 64}", LOCATED),
        (f"https://{HOST}/team/payments-api/", LOCATED),
        (f"<http://{HOST}/team/payments-api|{HOST}/team/payments-api>", LOCATED),
        ("111111111111.dkr.ecr-fips.eu-west-1.amazonaws.com/team/payments-api", LOCATED),
        ("111111111111.dkr-ecr.eu-west-1.on.aws/team/payments-api", LOCATED),
        ("111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/x1", Query("x1", "111111111111", "cn-north-1")),
        ("arn:aws:ecr:eu-west-1:111111111111:repository/team/payments-api", LOCATED),
        ("arn:aws-us-gov:ecr:us-gov-east-1:111111111111:repository/x1", Query("x1", "111111111111", "us-gov-east-1")),
        (f"{HOST}/team-*", Query("team-*", "111111111111", "eu-west-1")),
    ],
)
def test_names_globs_uris_and_arns_are_understood(text: str, query: Query) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No repository was named"),
        ("   ", "No repository was named"),
        ("x", "2 to 256 characters"),
        ("x" * 5000, "5000 characters"),
        ("🎉", "lower-case letters"),
        ("-leading", "each part begins and ends"),
        ("a//b", "each part begins and ends"),
        ("gcr.io/project/image", "gcr.io, not in private ECR"),
        ("eu-docker.pkg.dev/project/image:1", "eu-docker.pkg.dev"),
        ("registry.azurecr.io/image", "registry.azurecr.io"),
        ("docker.io/library/nginx", "docker.io"),
        ("public.ecr.aws/nginx/nginx", "public.ecr.aws"),
        (HOST, "no repository in it"),
        (f"{HOST}/", "no repository in it"),
        ("arn:aws:s3:::bucket", "not the ARN of an ECR repository"),
        ("arn:aws:ecr:eu-west-1::repository/x1", "lacks its account"),
        ("arn:aws:ecr:eu-west-1:111111111111:repository/", "no repository in it"),
    ],
)
def test_what_is_none_of_these_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(InvalidNameError, match=said) as raised:
        parse(text)
    assert len(str(raised.value)) < 400


@given(st.text())
def test_any_text_is_a_query_or_a_sentence(text: str) -> None:
    try:
        assert parse(text).pattern
    except InvalidNameError as error:
        assert str(error).endswith((".", "only.", "ARN."))  # noqa: PT017 - any text may or may not raise


@given(NAME)
def test_the_uri_and_the_arn_of_any_name_are_found_again(name: str) -> None:
    located = Query(name, "111111111111", "eu-west-1")
    assert parse(name) == Query(name)
    assert parse(f"{HOST}/{name}:v1") == located
    assert parse(f"arn:aws:ecr:eu-west-1:111111111111:repository/{name}") == located
    assert parse(str(located)) == located


def test_a_glob_matches_whole_names_across_slashes() -> None:
    assert [name for name in ("team/a", "team/b/c", "my-team/a") if Query("team/*").matches(name)] == [
        "team/a",
        "team/b/c",
    ]
    assert not Query("team").matches("team/a")


def test_the_nearest_names_come_best_first_and_a_team_s_prefix_may_be_left_out() -> None:
    names = ("payments-api", "payments-web", "core/payments-api", "unrelated")
    assert nearest("paymnts-api", names) == ("payments-api", "core/payments-api", "payments-web")
    assert nearest("zzzzzzzz", names) == ()
