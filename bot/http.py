"""The HTTP face: our own check of Slack's signature in front of Bolt, and the pages for whoever operates the bot.

Bolt's own check answers an unsigned `ssl_check` with 200 and malformed headers with 500, and logs refused bodies;
here nothing that is not signed reaches it. See https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import io
import json
import logging
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import waitress.server
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from slack_bolt import App

logger = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"
LARGEST_BODY = 1 << 20
"""Bytes in a request at most; Slack's own are far below."""

LARGEST_READ = 8 * LARGEST_BODY
"""Bytes that are read before the connection is cut. What is merely too large is read, so that its 413 arrives."""

THREADS = 8


@dataclass(frozen=True, slots=True)
class Page:
    """What a GET answers."""

    status: HTTPStatus
    content_type: str
    body: bytes


def json_page(status: HTTPStatus, content: object) -> Page:
    """Return a page of JSON."""
    return Page(status, "application/json", json.dumps(content).encode())


def application(pages: dict[str, Callable[[], Page]], slack: WSGIApplication | None) -> WSGIApplication:
    """Return the WSGI application.

    Args:
        pages: what GET answers, by path.
        slack: takes what Slack sends, signature checked first; `None` in Socket Mode.
    """

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
        if path == EVENTS_PATH and slack is not None:
            if method != "POST":
                return _send(start_response, _error(HTTPStatus.METHOD_NOT_ALLOWED))
            return slack(environ, start_response)
        if path not in pages:
            return _send(start_response, _error(HTTPStatus.NOT_FOUND))
        if method not in ("GET", "HEAD"):
            return _send(start_response, _error(HTTPStatus.METHOD_NOT_ALLOWED))
        return _send(start_response, pages[path]())

    return respond


class Events:
    """Takes Slack's requests to Bolt, once there is one: while the bot still asks who it is, Slack is to come again."""

    def __init__(self) -> None:
        """Begin without Bolt."""
        self._bolt: WSGIApplication | None = None

    def serve(self, app: App) -> None:
        """Hand requests to this app from now on."""
        self._bolt = SlackRequestHandler(app, path=EVENTS_PATH)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request whose signature was checked."""
        if self._bolt is None:
            return _send(start_response, _error(HTTPStatus.SERVICE_UNAVAILABLE))
        return self._bolt(environ, start_response)


def signed(bolt: WSGIApplication, signing_secret: str) -> WSGIApplication:
    """Return an application behind our check: only what Slack signed within the last five minutes gets to it."""
    verifier = SignatureVerifier(signing_secret)

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(LARGEST_BODY + 1)
        refusal = _refusal(verifier, environ, body)
        if refusal is not None:
            logger.warning("a request to %s was refused: %s", EVENTS_PATH, refusal.phrase)
            return _send(start_response, _error(refusal))
        if _is_ssl_check(body):
            return _send(start_response, json_page(HTTPStatus.OK, {}))
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        try:
            return bolt(environ, start_response)
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            # Bolt reads the payload before any listener of ours sees it; it is signed, but no request of Slack's.
            logger.warning("a signed request could not be read: %s", type(error).__name__)
            return _send(start_response, _error(HTTPStatus.BAD_REQUEST))

    return respond


def _is_ssl_check(body: bytes) -> bool:
    """Tell Slack's occasional look at the certificate, which only wants an answer."""
    return b"ssl_check=1" in body.split(b"&")


def _refusal(verifier: SignatureVerifier, environ: WSGIEnvironment, body: bytes) -> HTTPStatus | None:
    """Return the status that a request is refused with, or none for one that Slack signed."""
    if len(body) > LARGEST_BODY:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return HTTPStatus.BAD_REQUEST
    timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
    signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12 and signature.isascii()):  # noqa: PLR2004 - seconds
        return HTTPStatus.UNAUTHORIZED
    return None if verifier.is_valid(text, timestamp, signature) else HTTPStatus.UNAUTHORIZED


def _error(status: HTTPStatus) -> Page:
    return json_page(status, {"error": status.phrase})


def _send(start_response: StartResponse, page: Page) -> list[bytes]:
    headers = [("Content-Type", page.content_type), ("Content-Length", str(len(page.body)))]
    start_response(f"{page.status.value} {page.status.phrase}", headers)
    return [page.body]


class Server:
    """waitress, in a thread of its own."""

    def __init__(self, app: WSGIApplication, port: int) -> None:
        """Listen, and begin to answer.

        Args:
            app: what answers.
            port: where; 0 for any free one.

        Raises:
            OSError: the port is taken.
        """
        self._server: Any = waitress.server.create_server(
            app, host="0.0.0.0", port=port, threads=THREADS, max_request_body_size=LARGEST_READ, ident="ecrbot"
        )
        self.port: int = self._server.effective_port
        self._closing = False
        threading.Thread(target=self._run, name="http", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._closing = True
        self._server.close()

    def _run(self) -> None:
        try:
            self._server.run()
        except OSError:
            # Closing takes the sockets away under waitress' loop, which is how it ends.
            if not self._closing:
                raise
