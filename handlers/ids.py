"""Every name that Slack hands back: command, actions, forms, fields, events. What is on old messages works by these."""

from __future__ import annotations

COMMAND = "/ecr"

CHECK = "check"
LIST = "list"
PAGE = "page"
REMEDIATE = "remediate"
EXEMPT = "exempt"
FIX = "fix"
FIX_AS = "fix-as"
SHARE = "share"
GUARD = "guard"
GUARDRAILS = "guardrails"
CARD = "card"

HOME = "home"
HOME_OPENED = "app_home_opened"

APPROVE = "approve"
DENY = "deny"
CANCEL = "cancel"
UNDO = "undo"

FORM_REMEDIATE = "form-remediate"
FORM_GUARD = "form-guard"
FORM_CHOOSE = "form-choose"
FORM_EXEMPT = "form-exempt"
FORM_DENY = "form-deny"
FORM_UNDO = "form-undo"
FORM_CONFIRM = "form-confirm"

# A field of a form is one block with one element: both go by this name.
RULES = "rules"
EXCLUSIONS = "exclusions"
REASON = "reason"
UNTIL = "until"
WHICH = "which"
