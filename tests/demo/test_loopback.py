from __future__ import annotations

import pytest

from demo.loopback import NotLoopbackError, require_loopback, require_loopback_everywhere


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8021/",
        "http://127.0.0.1:8021/api/",
        "https://127.0.0.2",
        "ws://127.0.0.1:1/link?a=b",
        "http://[::1]:80/",
    ],
)
def test_loopback_addresses_pass(url: str) -> None:
    assert require_loopback(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://slack.com/api/",
        "https://api.ecr.eu-west-1.amazonaws.com",
        "http://localhost:8021/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://169.254.169.254/latest/",
        "http://127.0.0.1@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://127.0.0.1.example.com/",
        "http://127.1/",
        "http://2130706433/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::]/",
        "http://127.0.0.1:8021/\n.example.com",
        "ftp://127.0.0.1/",
        "127.0.0.1:8021",
        "",
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    with pytest.raises(NotLoopbackError):
        require_loopback(url)


def test_an_environment_is_refused_for_one_address_in_it() -> None:
    require_loopback_everywhere({"HOME": "/nowhere", "SLACK_API_URL": "http://127.0.0.1:1/api/"})

    with pytest.raises(NotLoopbackError, match="example"):
        require_loopback_everywhere({"SLACK_API_URL": "http://127.0.0.1:1/api/", "ANYTHING": "https://example.com"})
