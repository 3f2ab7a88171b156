"""Slack: what it says to the bot and what it sees of it. No rule, no SQL and no boto3 lives here."""

from handlers.register import register

__all__ = ["register"]
