"""What was read of a registry, as it is stored: from values to JSON and back again. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ecr.model import CreationTemplate, Exclusion, RegistryScanning, ScanFilter, ScanRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def scanning(registry: RegistryScanning) -> str:
    """Return a registry's scanning as text; the same scanning is the same text."""
    return _text({"scan_type": registry.scan_type, "rules": rules(registry.rules)})


def scanning_of(stored: str) -> RegistryScanning:
    """Return the scanning that a stored text means."""
    row = json.loads(stored)
    return RegistryScanning(row["scan_type"], rules_of(row["rules"]))


def templates(some: Sequence[CreationTemplate]) -> str:
    """Return a registry's creation templates as text."""
    return _text(
        [
            {
                "prefix": one.prefix,
                "applied_for": one.applied_for,
                "tag_mutability": one.tag_mutability,
                "exclusions": None if one.exclusions is None else _filters(one.exclusions),
                "others": one.others,
            }
            for one in some
        ]
    )


def templates_of(stored: str) -> tuple[CreationTemplate, ...]:
    """Return the creation templates that a stored text means."""
    return tuple(
        CreationTemplate(
            row["prefix"],
            tuple(row["applied_for"]),
            row["tag_mutability"],
            None if row["exclusions"] is None else tuple(Exclusion(**one) for one in row["exclusions"]),
            tuple(row.get("others", ())),
        )
        for row in json.loads(stored)
    )


def rules(some: Iterable[ScanRule]) -> list[dict[str, Any]]:
    """Return scanning rules as what JSON can hold."""
    return [{"frequency": str(rule.frequency), "filters": _filters(rule.filters)} for rule in some]


def rules_of(stored: Iterable[Mapping[str, Any]]) -> tuple[ScanRule, ...]:
    """Return the scanning rules that were stored so."""
    return tuple(ScanRule(row["frequency"], tuple(ScanFilter(**one) for one in row["filters"])) for row in stored)


def _filters(some: Iterable[ScanFilter | Exclusion]) -> list[dict[str, Any]]:
    return [{"text": one.text, "understood": one.understood} for one in some]


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)
