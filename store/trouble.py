"""What goes wrong with a file, as sentences of ours. Nothing is opened, read or written here."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ecr.errors import HistoryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The documentation of the codes: https://www.sqlite.org/rescode.html
_BY_SQLITE_CODE = {
    sqlite3.SQLITE_BUSY: "The history {path} stayed locked by another program: end that program, or try again.",
    sqlite3.SQLITE_READONLY: (
        "The history {path} cannot be written: give ecrbot the right to write it and its folder, "
        "or change ECRBOT_DATABASE."
    ),
    sqlite3.SQLITE_FULL: "The history {path} cannot be written: its disk is full, make room on it.",
    sqlite3.SQLITE_IOERR: "The history {path} cannot be read or written: its disk is full or failing ({said}).",
    sqlite3.SQLITE_NOTADB: (
        "{path} is not an SQLite database: change ECRBOT_DATABASE, or put a copy of the history there."
    ),
    sqlite3.SQLITE_CORRUPT: "The history {path} is damaged: put a copy of it there, or change ECRBOT_DATABASE.",
    sqlite3.SQLITE_CANTOPEN: (
        "The history {path} cannot be opened: is it there, and may ecrbot read and write it and its folder?"
    ),
}
_BY_ERRNO = {
    errno.ENOENT: "The folder of the history {path} does not exist: make it, or change ECRBOT_DATABASE.",
    errno.ENOTDIR: "The folder of the history {path} is a file: change ECRBOT_DATABASE.",
    errno.EACCES: (
        "The history {path} cannot be used: give ecrbot the right to write in its folder, or change ECRBOT_DATABASE."
    ),
    errno.EROFS: "The history {path} is on a disk that cannot be written: change ECRBOT_DATABASE.",
    errno.ENOSPC: "The history {path} cannot be written: its disk is full, make room on it.",
}
_OTHERWISE = "The history {path} cannot be used: {said}."


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what sqlite3 and the file system raise inside into a HistoryError with a sentence.

    Args:
        path: the history, for the sentence.

    Raises:
        HistoryError: the translation.
    """
    try:
        yield
    except sqlite3.Error as error:
        # Extended codes hold the primary one in their low byte; errors of the module itself have none.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        raise HistoryError(_BY_SQLITE_CODE.get(code, _OTHERWISE).format(path=path, said=error)) from error
    except OSError as error:
        sentence = _BY_ERRNO.get(error.errno or 0, _OTHERWISE)
        raise HistoryError(sentence.format(path=path, said=error.strerror or error)) from error
