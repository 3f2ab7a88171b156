"""The log: JSON or text lines on stderr, without tokens and without what people sent."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

from bot.settings import LogFormat

# slack_bolt logs the body of a request whose signature is wrong at INFO, slack_sdk whole requests at DEBUG.
_QUIET = ("slack_bolt", "slack_sdk", "botocore", "boto3", "urllib3", "waitress", "schedule")
_SECRETS = re.compile(r"\b(x(?:ox[a-z]|app)-[\w-]{4})[\w-]+|((?:A3T|AKIA|ASIA)[A-Z0-9]{2})[A-Z0-9]{8,}")


def configure(chosen: LogFormat | None) -> None:
    """Set the log up.

    Args:
        chosen: the format; `None`: text where stderr is a terminal, JSON elsewhere.
    """
    text = chosen is LogFormat.TEXT or (chosen is None and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFormatter() if text else JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def redacted(text: str) -> str:
    """Return a text with every token and access key in it cut to its first characters."""
    return _SECRETS.sub(lambda match: f"{match[1] or match[2]}…", text)


class TextFormatter(logging.Formatter):
    """One line for a person: time, level, where, what."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        line = f"{at} {record.levelname.lower():7} {record.name}: {record.getMessage()}"
        return redacted("\n".join([line, *_traceback(self, record)]))


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for whatever collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted."""
        content = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if traceback := _traceback(self, record):
            content["traceback"] = "\n".join(traceback)
        return redacted(json.dumps(content, ensure_ascii=False))


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    return [formatter.formatException(record.exc_info)] if record.exc_info else []
