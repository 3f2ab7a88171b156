"""What Slack shows of a request: its card and the list below it, and what is said of it elsewhere."""

from __future__ import annotations

from handlers.blocks.card import card, details, needs_details
from handlers.blocks.outcome import asked, line, outcome

__all__ = ["asked", "card", "details", "line", "needs_details", "outcome"]
