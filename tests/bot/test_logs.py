"""The log: two formats, and no secret in either."""

from __future__ import annotations

import json
import logging
import sys

from bot.logs import JsonFormatter, TextFormatter, redacted


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("ecrbot", logging.INFO, __file__, 1, message, arguments, None)


def test_a_token_is_cut_to_its_beginning() -> None:
    said = "with xoxb-123456-abcdefgh and xapp-1-A02-987654 and ASIAQWERTYUIOPASDFGH"
    assert redacted(said) == "with xoxb-1234… and xapp-1-A0… and ASIAQW…"


def test_json_lines_have_the_traceback_and_no_token() -> None:
    try:
        int("xoxb-123456-abcdefgh")
    except ValueError:
        failed = logging.LogRecord("ecrbot", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())
    line = json.loads(JsonFormatter().format(failed))
    assert (line["level"], line["logger"], line["message"]) == ("error", "ecrbot", "it failed")
    assert "ValueError: invalid literal for int() with base 10: 'xoxb-1234…'" in line["traceback"]


def test_a_text_line_has_its_level_and_its_source() -> None:
    assert TextFormatter().format(record("%d jobs", 3)).endswith(" info    ecrbot: 3 jobs")
