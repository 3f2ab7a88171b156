"""The bot killed at every step that it makes, and started again."""
