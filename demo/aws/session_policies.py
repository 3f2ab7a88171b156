"""Inline session policies: which AssumeRole takes, and what they let a session do. No key is kept here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
"""

from __future__ import annotations

import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from demo.aws.answers import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_CHARACTERS = 2048

_MEMBERS = {"Sid", "Effect", "Action", "Resource", "Condition"}
_NOTHING: Mapping[str, str] = MappingProxyType({})


def check(policy: str) -> None:
    """Check a policy as STS does, as far as statements that allow actions on resources go.

    Raises:
        RefusalError: PackedPolicyTooLarge or MalformedPolicyDocument.
    """
    if len(policy) > MOST_CHARACTERS:
        raise RefusalError("PackedPolicyTooLarge", f"Packed size of session policy consumes {len(policy)} characters.")
    statements = _statements(policy)
    if not statements or not all(_is_statement(one) for one in statements):
        raise RefusalError("MalformedPolicyDocument", "Syntax errors in policy.")


def allows(policy: str, action: str, resources: Iterable[str], context: Mapping[str, str] = _NOTHING) -> bool:
    """Tell whether a policy allows an action on every one of some resources.

    Args:
        policy: the document.
        action: the IAM action.
        resources: what it is done on.
        context: the values of condition keys; a statement with a condition on any other key allows nothing.
    """
    statements = [
        one for one in _statements(policy) if _any(one["Action"], action) and _holds(one.get("Condition"), context)
    ]
    return all(any(_any(one["Resource"], resource) for one in statements) for resource in resources)


def _statements(policy: str) -> list[Any]:
    try:
        document = json.loads(policy)
    except ValueError:
        return []
    if not isinstance(document, dict) or document.get("Version") != "2012-10-17":
        return []
    statements = document.get("Statement")
    return statements if isinstance(statements, list) else [statements]


def _is_statement(one: object) -> bool:
    return (
        isinstance(one, dict)
        and one.keys() <= _MEMBERS
        and one.get("Effect") == "Allow"
        and all(_texts(one.get(member)) for member in ("Action", "Resource"))
        and isinstance(one.get("Condition", {}), dict)
    )


def _holds(condition: object, context: Mapping[str, str]) -> bool:
    """Tell whether a condition holds: none at all, or StringEquals, the one operator that is played."""
    if condition is None:
        return True
    if not isinstance(condition, dict) or condition.keys() != {"StringEquals"}:
        return False
    return all(context.get(key) in _texts(wanted) for key, wanted in condition["StringEquals"].items())


def _texts(value: object) -> list[str]:
    """Return the texts that a member has, one or a list of them; none where it is anything else."""
    members = value if isinstance(value, list) else [value]
    texts = [text for text in members if isinstance(text, str) and text]
    return texts if len(texts) == len(members) else []


def _any(patterns: object, text: str) -> bool:
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) for pattern in _texts(patterns)
    )
