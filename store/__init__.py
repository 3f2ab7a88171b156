"""Memory: the SQLite history, through sqlite-utils. No rule of the control and nothing of Slack or AWS is here."""
