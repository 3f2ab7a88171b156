"""How a test says which error of Slack it expects."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError


def refused(error: str) -> Any:
    return pytest.raises(SlackApiError, match=f"'error': '{error}'")
