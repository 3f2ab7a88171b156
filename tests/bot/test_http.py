"""The HTTP face over real sockets: what is not signed does not get to Bolt."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bot.http import LARGEST_BODY, Events, Server, application, json_page, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slack_bolt import Ack

SECRET = "0123456789abcdef"
BODY = urlencode({"command": "/ecr", "text": "help", "team_id": "T1", "user_id": "U1", "trigger_id": "1"}).encode()


class Face:
    """A server with a Bolt app that counts what got to it."""

    def __init__(self) -> None:
        self.reached = 0
        app = App(
            authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1"),
            request_verification_enabled=False,
            ssl_check_enabled=False,
            process_before_response=True,
        )

        @app.command("/ecr")
        def ecr(ack: Ack) -> None:
            self.reached += 1
            ack("hello")

        pages = {"/healthz": lambda: json_page(HTTPStatus.OK, {"status": "ok"})}
        events = Events()
        events.serve(app)
        self.server = Server(application(pages, signed(events, SECRET)), 0)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def post(self, body: bytes, **changes: str) -> tuple[int, bytes]:
        headers = {**signature(body), **{key.replace("_", "-"): value for key, value in changes.items()}}
        return self.ask("POST", "/slack/events", body, headers)


def signature(body: bytes, at: int | None = None, secret: str = SECRET) -> dict[str, str]:
    timestamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest}",
    }


@pytest.fixture(scope="module")
def face() -> Iterator[Face]:
    made = Face()
    yield made
    made.server.close()


def test_a_signed_command_is_answered(face: Face) -> None:
    before = face.reached
    assert face.post(BODY) == (200, b"hello")
    assert face.reached == before + 1


def now() -> int:
    return int(time.time())


UNSIGNED: dict[str, Callable[[], dict[str, str]]] = {
    "no headers": dict,
    "a timestamp in words": lambda: {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0=1"},
    "a timestamp in floats": lambda: {"X-Slack-Request-Timestamp": "1e9", "X-Slack-Signature": "v0=1"},
    "an endless timestamp": lambda: {"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=1"},
    "letters beyond ASCII": lambda: {"X-Slack-Request-Timestamp": str(now()), "X-Slack-Signature": "v0=é"},
    "an empty signature": lambda: {"X-Slack-Request-Timestamp": str(now()), "X-Slack-Signature": ""},
    "another secret": lambda: signature(BODY, secret="another-secret"),
    "five minutes old": lambda: signature(BODY, at=now() - 302),
    "five minutes ahead": lambda: signature(BODY, at=now() + 330),
    "another body": lambda: signature(b"another body"),
}


@pytest.mark.parametrize("headers", UNSIGNED.values(), ids=UNSIGNED)
def test_what_is_not_signed_now_by_slack_is_401_and_gets_no_further(
    face: Face, headers: Callable[[], dict[str, str]]
) -> None:
    before = face.reached
    encoded = {key: value.encode("utf-8").decode("latin-1") for key, value in headers().items()}
    status, body = face.ask("POST", "/slack/events", BODY, encoded)
    assert (status, json.loads(body)) == (401, {"error": "Unauthorized"})
    assert face.reached == before


def test_an_unsigned_ssl_check_is_401(face: Face) -> None:
    assert face.ask("POST", "/slack/events", b"ssl_check=1&token=x")[0] == 401


def test_a_signed_ssl_check_is_answered_and_goes_no_further(face: Face) -> None:
    before = face.reached
    assert face.post(b"ssl_check=1&token=x")[0] == 200
    assert face.reached == before


@pytest.mark.parametrize(
    "body",
    [
        b"payload=no-json",
        b"payload=%5B%5D",
        b'payload={"type":"block_actions","team":5,"user":[],"actions":"x"}',
        b'payload={"type":"block_actions"}',
        b"payload=3",
        b"",
        b"=",
    ],
)
def test_a_signed_body_that_is_no_request_is_refused_and_not_500(face: Face, body: bytes) -> None:
    assert face.post(body)[0] in (400, 404)


def test_a_body_that_is_no_utf_8_is_400(face: Face) -> None:
    assert face.post(b"text=\xff\xfe")[0] == 400


def test_a_body_over_a_mebibyte_is_413(face: Face) -> None:
    assert face.post(b"a" * (LARGEST_BODY + 1))[0] == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/slack/events", 405), ("GET", "/nowhere", 404), ("POST", "/healthz", 405), ("GET", "/healthz", 200)],
)
def test_other_methods_and_paths_are_told_apart(face: Face, method: str, path: str, status: int) -> None:
    assert face.ask(method, path)[0] == status


def test_a_signed_request_that_nobody_listens_to_is_404(face: Face) -> None:
    assert face.post(BODY.replace(b"%2Fecr", b"%2Fother"))[0] == 404
