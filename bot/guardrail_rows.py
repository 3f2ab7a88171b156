"""What guards an account and region as the JSON rows that `guardrails --json` prints; the names are a contract.

With each row stands what would put its guardrails in place, which takes no further call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecr.changes import Choice
from ecr.guardrail_plan import plan
from ecr.model import Unreadable
from ecr.registry_rules import scans_everything

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.changes import Change, Plan
    from ecr.guardrails import Guard, Guarded
    from ecr.model import CreationTemplate, Policy, RegistryScanning, ScanRule


def row(guarded: Guarded, policy: Policy) -> dict[str, Any]:
    """Return the row of an account and region; what could not be read is null."""
    target, registry, templates = guarded.target, guarded.state.registry, guarded.state.templates
    planned = planning(guarded, policy)
    return {
        "account": target.account,
        "region": target.region,
        "account_name": target.name,
        "verdict": guarded.verdict,
        "repositories": guarded.repositories,
        "read_at": f"{guarded.read_at:%Y-%m-%dT%H:%M:%SZ}" if guarded.read_at else None,
        "scan_type": None if isinstance(registry, Unreadable) else registry.scan_type,
        "rules": None if isinstance(registry, Unreadable) else _rules(registry),
        "templates": None if isinstance(templates, Unreadable) else [_template(one) for one in templates],
        "guardrails": [_guard(one) for one in guarded.guards],
        "planned": [_change(one) for one in planned.changes],
        "advice": list(planned.advice),
    }


def planning(guarded: Guarded, policy: Policy) -> Plan:
    """Return what would put the guardrails of an account and region in place, with no tag left mutable."""
    return plan(guarded.target, guarded.state, _missed(guarded), policy, Choice())


def _missed(guarded: Guarded) -> Sequence[str] | None:
    """Return the repositories that no rule scans, where all are known: a filter for everything touches no others."""
    registry = guarded.state.registry
    is_known = guarded.repositories is not None
    if isinstance(registry, Unreadable) or scans_everything(registry) or not is_known:
        return None
    return guarded.guards[0].missed


def _rules(registry: RegistryScanning) -> list[dict[str, Any]]:
    return [_rule(one) for one in registry.rules]


def _rule(rule: ScanRule) -> dict[str, Any]:
    return {"frequency": rule.frequency, "filters": [one.text for one in rule.filters]}


def _template(template: CreationTemplate) -> dict[str, Any]:
    exclusions = template.exclusions
    return {
        "prefix": template.prefix,
        "applied_for": list(template.applied_for),
        "tag_mutability": template.tag_mutability,
        "exclusion_filters": None if exclusions is None else [one.text for one in exclusions],
    }


def _guard(guard: Guard) -> dict[str, Any]:
    return {
        "guardrail": guard.guardrail,
        "verdict": guard.verdict,
        "evidence": guard.evidence,
        "missed": list(guard.missed),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "before": str(change.before),
        "after": str(change.after),
        "lines": list(change.lines),
    }
