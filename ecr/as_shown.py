"""What was shown in a form is what is asked for, or nothing is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.planning import Planned
    from ecr.request import Item


def require_as_shown(shown: Sequence[Item], planned: Planned) -> None:
    """Refuse repositories that are not as the form showed them: what is approved must be what somebody saw.

    Raises:
        UsageError: one of them is not; the sentence says what is different.
    """
    now = {item.arn: item for item in (*planned.items, *planned.idle)}
    for unread in planned.unread:
        raise UsageError(
            f"{unread.name} could not be read again, so nothing was asked for: {unread.findings[0].evidence}"
        )
    for one in shown:
        fresh = now.get(one.arn)
        if fresh is None:
            raise UsageError(f"{one.name} is not there any more in {one.target}, so nothing was asked for.")
        before = {change.rule: change for change in one.changes}
        if drifted := next(
            (c for c in fresh.changes if c.rule not in before or c.before != before[c.rule].before), None
        ):
            raise UsageError(
                f"{one.name} has changed since the form was opened: {drifted.rule} is {drifted.before} now. "
                "Nothing was asked for; ask anew."
            )


def require_guards_as_shown(shown: Sequence[Item], planned: Sequence[Item]) -> None:
    """Refuse registries that are not as the form showed them.

    Raises:
        UsageError: one of them is not; the sentence says what is different.
    """
    now = {item.arn: item for item in planned}
    for one in shown:
        fresh = now.get(one.arn)
        if fresh is None:
            raise UsageError(f"The registry of {one.target} could not be read again, so nothing was asked for.")
        before = {change.subject: change.before for change in one.changes}
        if drifted := next((c for c in fresh.changes if before.get(c.subject) != c.before), None):
            raise UsageError(
                f"The registry of {one.target} has changed since the form was opened: it has {drifted.before} now. "
                "Nothing was asked for; ask anew."
            )
