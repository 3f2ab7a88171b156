"""Every name that Slack hands back: the command and the action ids. What is on old messages keeps working by these."""

from __future__ import annotations

COMMAND = "/ecr"

CHECK = "check"
LIST = "list"
PAGE = "page"
REMEDIATE = "remediate"
SHARE = "share"
