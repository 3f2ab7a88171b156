"""An STS whose credentials last as long as a test says: moto's always last an hour.

It knows AssumeRole alone (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs

from demo.aws import LocalAws

if TYPE_CHECKING:
    from types import TracebackType

_ANSWER = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>made-up</SecretAccessKey><SessionToken>{token}</SessionToken>
<Expiration>{ends_at:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
_REFUSAL = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>"""


class ShortLivedSts:
    """Hands out keys of the role's account that end after `lasts`; `refusing` lets it refuse every role."""

    def __init__(self, lasts: timedelta) -> None:
        self.lasts = lasts
        self.refusing = False
        self.assumed: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, form: dict[str, list[str]]) -> tuple[int, str]:
        [role] = form["RoleArn"]
        self.assumed.append(role)
        if self.refusing:
            return 403, _REFUSAL
        token = f"token-{len(self.assumed)}"
        key = LocalAws.access_key(role.split(":")[4])
        return 200, _ANSWER.format(key=key, token=token, ends_at=datetime.now(UTC) + self.lasts)


def _handler(sts: ShortLivedSts) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            status, text = sts.answer(parse_qs(self.rfile.read(length).decode()))
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
