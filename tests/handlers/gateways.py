"""What may answer ecrbot in place of Slack: a proxy with a page of its own, or an answer that is cut short."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def answering(status: int, body: bytes, length: int | None = None) -> Iterator[str]:
    """A gateway before Slack that answers every call like this; a length that is too long cuts the answer short."""

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(length or len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api/"
        server.shutdown()
        thread.join()


GATEWAYS = [
    (502, b"<html>Bad gateway</html>", None),
    (504, b"", None),
    (200, b"<html>Please log in</html>", None),
    (200, b'{"ok": tr', 100),
    (500, b"<html>Oops", 1000),
]
