"""The steps of a process, counted as they come, and its death by SIGKILL at one of them.

Nobody lists the steps by hand. One is: every SQL statement, just before it is done; every lock on a file; every piece
of an HTTP request, before it is sent; the moment after that, when nobody has read the answer yet; every answer that was
read; and whatever else the process says is one.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LONGEST = 160

_EACH_CONNECTION_BEGINS = ("PRAGMA synchronous", "PRAGMA foreign_keys", "PRAGMA recursive_triggers")
"""Statements that change nothing but how their own connection behaves: before and after them all is the same."""


class Steps:
    """What this process has done so far, and at which step it is to die."""

    def __init__(self, die_at: int | None, file: Path) -> None:
        self.made: list[str] = []
        self._die_at = die_at
        self._file = file
        self._lock = threading.Lock()

    def step(self, what: str) -> None:
        """Make a step, which may be the last one."""
        with self._lock:
            self.made.append(" ".join(what.split())[:_LONGEST])
            if len(self.made) == self._die_at:
                self.write()
                os.kill(os.getpid(), signal.SIGKILL)

    def write(self) -> None:
        """Leave the steps that were made in a file."""
        self._file.write_text(json.dumps(self.made), encoding="utf-8")

    def watch(self) -> None:
        """Count from now on, in this process and for ever."""
        sys.addaudithook(self._audit)
        sqlite3.connect = self._opening(sqlite3.connect)  # type: ignore[assignment]
        HTTPConnection.getresponse = self._answering(HTTPConnection.getresponse)  # type: ignore[method-assign]

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "http.client.send":
            self.step(f"send {bytes(arguments[1])[:_LONGEST]!r}")
        elif event == "fcntl.flock":
            self.step("flock")

    def _statement(self, sql: str) -> None:
        if not sql.startswith(_EACH_CONNECTION_BEGINS):
            self.step(sql)

    def _opening(self, original: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
        def opened(database: str, *arguments: Any, **options: Any) -> sqlite3.Connection:
            connection = original(database, *arguments, **options)
            if str(database).startswith("file:"):  # and not one in memory
                connection.set_trace_callback(self._statement)
            return connection

        return opened

    def _answering(self, original: Callable[[HTTPConnection], HTTPResponse]) -> Callable[..., HTTPResponse]:
        def answer(connection: HTTPConnection) -> HTTPResponse:
            self.step("sent, and no answer read")
            response = original(connection)
            self.step(f"answered {response.status}")
            return response

        return answer
