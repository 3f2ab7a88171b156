"""The forms of requests: what is asked for, which is meant, and what is decided about it."""

from __future__ import annotations

from handlers.blocks.decision_forms import confirmation, denial, undoing
from handlers.blocks.exemption_form import exemption
from handlers.blocks.guardrail_form import guarding
from handlers.blocks.modal import reading, told
from handlers.blocks.remediation_form import choosing, remediation

__all__ = ["choosing", "confirmation", "denial", "exemption", "guarding", "reading", "remediation", "told", "undoing"]
