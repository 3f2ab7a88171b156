"""What people type for a repository."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.errors import InvalidNameError
from ecr.names import LONGEST_NAME, Query, nearest, parse

ACCOUNT = "111111111111"
HOST = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
LOCATED = Query("team/payments-api", ACCOUNT, "eu-west-1")
DIGEST = "sha256:" + "0a" * 32

# CreateRepository's grammar (ECR API reference).
PART = st.from_regex(r"[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}", fullmatch=True)
NAME = st.lists(PART, min_size=1, max_size=4).map("/".join).filter(lambda name: len(name) > 1)
TAG = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", fullmatch=True)
NEAR_A_QUERY = st.text("abz019.-_/:@*?[]! <>|`\"'", max_size=40) | st.text()
PATTERN = st.text("ab.-*?[]!", max_size=20)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("payments-api", Query("payments-api")),
        ("  Payments-API ", Query("payments-api")),
        ("payments-api\n", Query("payments-api")),
        ("`payments-api`", Query("payments-api")),
        ('"payments-api"', Query("payments-api")),
        ("'payments-api'", Query("payments-api")),
        ("“payments-api”", Query("payments-api")),
        ("‘payments-api’", Query("payments-api")),
        ("/team/payments-api/", Query("team/payments-api")),
        ("a.b/c__d/e---f", Query("a.b/c__d/e---f")),
        ("x" * LONGEST_NAME, Query("x" * LONGEST_NAME)),
        ("payments-api:1.4.2", Query("payments-api")),
        (f"payments-api@{DIGEST}", Query("payments-api")),
        ("payments-api:Tag_1.0@" + DIGEST.upper(), Query("payments-api")),
        ("payments-*", Query("payments-*")),
        ("team-[ab]?", Query("team-[ab]?")),
        ("Team-[!A]*", Query("team-[!a]*")),
        ("*", Query("*")),
        ("?", Query("?")),
    ],
)
def test_names_and_globs_are_understood(text: str, query: Query) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (f"{HOST}/team/payments-api", LOCATED),
        (f"{HOST}/team/payments-api:latest", LOCATED),
        (f"{HOST}/team/payments-api@{DIGEST}", LOCATED),
        (f"{HOST}/team/payments-api:Tag_1.0@{DIGEST}", LOCATED),
        (f"https://{HOST}/team/payments-api/", LOCATED),
        (f" `{HOST.upper()}/Team/Payments-Api` ", LOCATED),
        (f"<http://{HOST}/team/payments-api|{HOST}/team/payments-api>", LOCATED),
        (f"<https://{HOST}/team/payments-api:latest>", LOCATED),
        (f"{HOST}/team-*", Query("team-*", ACCOUNT, "eu-west-1")),
        (f"{ACCOUNT}.dkr.ecr-fips.us-gov-west-1.amazonaws.com/x1", Query("x1", ACCOUNT, "us-gov-west-1")),
        (f"{ACCOUNT}.dkr-ecr.eu-west-1.on.aws/team/payments-api", LOCATED),
        (f"{ACCOUNT}.dkr-ecr-fips.us-east-1.on.aws/x1:v1", Query("x1", ACCOUNT, "us-east-1")),
        (f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn/x1", Query("x1", ACCOUNT, "cn-north-1")),
        (f"{ACCOUNT}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/x1", Query("x1", ACCOUNT, "cn-north-1")),
        (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/team/payments-api", LOCATED),
        (f"arn:aws-us-gov:ecr:us-gov-east-1:{ACCOUNT}:repository/x1", Query("x1", ACCOUNT, "us-gov-east-1")),
        (f"arn:aws-cn:ecr:cn-north-1:{ACCOUNT}:repository/x1", Query("x1", ACCOUNT, "cn-north-1")),
        (f"ARN:AWS:ECR:EU-WEST-1:{ACCOUNT}:REPOSITORY/Team/Payments-Api", LOCATED),
        (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/team-*", Query("team-*", ACCOUNT, "eu-west-1")),
    ],
)
def test_uris_and_arns_say_where_to_look(text: str, query: Query) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No repository was named"),
        ("   ", "No repository was named"),
        ("``", "No repository was named"),
        ("x", "2 to 256 characters"),
        ("x" * 257, "257 characters"),
        ("x" * 5000, "5000 characters"),
        ("🎉", "lower-case letters"),
        ("payments api", "lower-case letters"),
        ("payments\N{EN DASH}api", "lower-case letters"),
        (":latest", "lower-case letters"),
        (f"@{DIGEST}", "is not a repository name"),
        ("-leading", "each part begins and ends"),
        ("trailing-", "each part begins and ends"),
        ("a//b", "each part begins and ends"),
        ("a..b", "each part begins and ends"),
        ("x___y", "each part begins and ends"),
        ("gcr.io/project/image", "gcr.io, not in private ECR"),
        ("eu-docker.pkg.dev/project/image:1", "eu-docker.pkg.dev"),
        ("registry.azurecr.io/image", "registry.azurecr.io"),
        ("docker.io/library/nginx", "docker.io"),
        ("https://ghcr.io/owner/image", "ghcr.io"),
        ("quay.io/owner/image:v1", "quay.io"),
        ("public.ecr.aws/nginx/nginx", "public.ecr.aws"),
        (HOST, "no repository in it"),
        (f"{HOST}/", "no repository in it"),
        (f"{HOST}/:latest", "is not a repository name"),
        (f"{HOST}/a//b", "each part begins and ends"),
        ("arn:", "not the ARN of an ECR repository"),
        ("arn:aws:s3:::bucket", "not the ARN of an ECR repository"),
        (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:x1", "not the ARN of an ECR repository"),
        ("arn:aws:ecr:eu-west-1::repository/x1", "lacks its account"),
        ("arn:aws:ecr:eu-west-1:12:repository/x1", "lacks its account"),
        (f"arn:aws:ecr::{ACCOUNT}:repository/x1", "lacks its account or its region"),
        (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/", "no repository in it"),
    ],
)
def test_what_is_none_of_these_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(InvalidNameError, match=said) as raised:
        parse(text)
    assert str(raised.value).endswith(".")
    assert len(str(raised.value)) < 400


@given(NEAR_A_QUERY)
def test_any_text_is_a_query_or_a_sentence(text: str) -> None:
    try:
        query = parse(text)
    except InvalidNameError as error:
        assert str(error).endswith(".")  # noqa: PT017 - any text may or may not raise
    else:
        assert parse(str(query)) == query


@given(NAME, TAG)
def test_the_uri_and_the_arn_of_any_name_are_found_again(name: str, tag: str) -> None:
    located = Query(name, ACCOUNT, "eu-west-1")
    assert parse(name) == Query(name)
    assert parse(f"{name}:{tag}") == Query(name)
    assert parse(f"{HOST}/{name}:{tag}@{DIGEST}") == located
    assert parse(f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/{name}") == located
    assert parse(str(located)) == located


@given(PATTERN, NAME)
def test_any_pattern_can_be_asked_whether_it_matches(pattern: str, name: str) -> None:
    assert Query(pattern).matches(name) in {True, False}
    assert Query("*").matches(name)
    assert Query(name).matches(name)


@pytest.mark.parametrize("text", [":a" * 20_000 + "!", "@sha256:" * 5_000, "<|" * 20_000, "a-" * 20_000, "[a" * 400])
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    with pytest.raises(InvalidNameError):
        parse(text)
    assert time.process_time() - began < 1


def test_no_glob_takes_long() -> None:
    assert not Query("*a" * 120 + "*b").matches("a" * 256)


def test_a_glob_matches_whole_names_across_slashes() -> None:
    names = ("team/a", "team/b/c", "my-team/a", "team")
    assert [name for name in names if Query("team/*").matches(name)] == ["team/a", "team/b/c"]
    assert [name for name in names if Query("team/?").matches(name)] == ["team/a"]
    assert [name for name in names if Query("*/[!b]").matches(name)] == ["team/a", "team/b/c", "my-team/a"]
    assert not Query("team").matches("team/a")


NAMES = ("payments-api", "payments-web", "core/payments-api", "unrelated")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("paymnts-api", ("payments-api", "core/payments-api", "payments-web")),
        ("payment-*", ("payments-api", "payments-web", "core/payments-api")),
        ("unrelatd", ("unrelated",)),
        ("zzzzzzzz", ()),
        ("*", ()),
    ],
)
def test_the_nearest_names_come_best_first_and_a_team_s_prefix_may_be_left_out(
    asked: str, names: tuple[str, ...]
) -> None:
    assert nearest(asked, NAMES) == names


def test_the_nearest_names_are_few_and_each_comes_once() -> None:
    many = [f"svc-{number}" for number in range(1000)] * 2
    assert len(set(nearest("svc-x", many))) == len(nearest("svc-x", many)) == 3
    assert nearest("svc-x", many, most=1) == nearest("svc-x", many)[:1]
    assert nearest("svc-x", ()) == ()
