"""The control in words, for whoever asks what is checked, why, and how it is remedied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.described import CONTROL
from ecr.model import Mode
from handlers import ids
from handlers.blocks.text import Message, code, context, escaped, section, verbatim

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

    from ecr.described import Counterpart, RuleInWords
    from ecr.model import Rule

_LITERAL = f'policy.mode = "{Mode.LITERAL}"'


def control() -> Message:
    """Return what the control detects, why, how it is remedied, and what of AWS, NIST and PCI it answers."""
    return Message(
        f"{CONTROL.title}. Severity: {CONTROL.severity}. {CONTROL.description}",
        (
            section(f"*{escaped(CONTROL.title)}*\n*Severity*: {CONTROL.severity}\n{verbatim(CONTROL.description)}"),
            *(_rule(rule, words) for rule, words in CONTROL.rules.items()),
            section("\n".join(("*How to get there*", *_ways()))),
            section(f"*The stored check* ({code(_LITERAL)}) fails a repository\n{_stored_check()}"),
            section("\n".join(("*What AWS checks by itself*", *(_counterpart(one) for one in CONTROL.mappings)))),
            context(
                "What is in capitals is to be filled in. The console's steps and the truth tables: docs/control.md."
            ),
        ),
    )


def _rule(rule: Rule, words: RuleInWords) -> Block:
    said = (
        f"{code(rule)} *{escaped(words.title)}*",
        verbatim(words.why),
        f"*Remediation*: {verbatim(words.remediation)} <{words.url}|What AWS says>",
        f"```{escaped(words.cli)}```",
        f"*For an account and region*: {verbatim(words.service_wide)}",
    )
    return section("\n".join(said))


def _ways() -> tuple[str, ...]:
    return (
        f"• {code(f'{ids.COMMAND} remediate <repo>')} asks on-call to change one repository, or many",
        f"• {code(f'{ids.COMMAND} guardrails')} says what guards every repository of an account and region",
        f"• {code(f'{ids.COMMAND} fix <repo>')} gives the lines for the code that a repository comes from",
    )


def _stored_check() -> str:
    return "where " + "\nor ".join(code(part) for part in CONTROL.stored_check.split(" or "))


def _counterpart(one: Counterpart) -> str:
    related = [f"NIST 800-53 {', '.join(one.nist)}"] if one.nist else []
    related += [f"PCI DSS v4.0.1 {', '.join(one.pci)}"] if one.pci else []
    head = f"<{one.url}|Security Hub {one.security_hub}>, {one.severity}, {one.schedule.lower()}"
    return f"{head} · {code(one.config_rule)} · {' · '.join(related)}\n{verbatim(one.differs)}"
