"""The forms about a request that is there: to deny it, to undo it, and to approve one of many repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.arns import is_registry
from ecr.changes import undone
from ecr.digest_words import counted
from ecr.request import CONFIRM_ABOVE, Kind
from handlers import ids
from handlers.blocks.decision import asker, exempting, subject
from handlers.blocks.modal import Field, form, reason
from handlers.blocks.plan import many, name, packed, summary, with_lines
from handlers.blocks.text import clipped, code, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from ecr.request import Item, Request

SHOWN = 40
"""Blocks of repositories, at most."""

_AT_ONCE = (
    ":rotating_light: *Break-glass*: you are an approver, so this runs at once, approved by nobody else. "
    "The approvals channel is told, and the audit keeps it."
)
_NEEDS_APPROVAL = "This asks for approval first, as the request itself did."


def denial(request: Request) -> Field:
    """Return the form that asks why a request is denied."""
    about = section(f"{subject(request)}\n{asker(request)}")
    return form("Deny", "Deny", ids.FORM_DENY, request.id, [about, reason("Why not?")])


def undoing(request: Request, at_once: bool) -> Field:  # noqa: FBT001 - what the form's callers tell from each other
    """Return the form for undoing a request.

    Args:
        request: what is to be undone.
        at_once: whether it runs without anybody's approval, as for an approver.
    """
    how = section(_AT_ONCE if at_once else _NEEDS_APPROVAL)
    lead = section(f"*What is put back* of request {code(request.id)}")
    submit = "Undo now" if at_once else "Ask for approval"
    back = request.applied if request.kind is Kind.EXEMPTION else request.changed
    numbers = [section("\n".join(_numbers(back, "You put back")))] if len(back) > CONFIRM_ABOVE else []
    blocks: list[Block | Field] = [how, *numbers, lead, *packed(_put_back(request), SHOWN), reason()]
    return form("Undo", submit, ids.FORM_UNDO, request.id, blocks)


def confirmation(request: Request) -> Field:
    """Return the second step of approving a request of many repositories: what exactly is approved, in numbers."""
    count, about = many(request.items), exempting(request)
    blocks = [
        section("\n".join(_numbers(request.items, "You approve a request for"))),
        section(asker(request)),
        *([section(about)] if about else ()),
        *summary(request.items),
    ]
    return form(f"Approve {count}", "Approve", ids.FORM_CONFIRM, request.id, blocks)


def _numbers(items: Sequence[Item], lead: str) -> list[str]:
    """Return how many repositories there are, and in which accounts and regions."""
    accounts = dict.fromkeys(map(_account, items))
    regions = dict.fromkeys(item.target.region for item in items)
    where = f"in {counted(len(accounts), 'account', 'accounts')}, {counted(len(regions), 'region', 'regions')}"
    return [
        f"{lead} *{many(items)}* {where}.",
        f"*Accounts*: {clipped(', '.join(accounts), 1000)}",
        f"*Regions*: {clipped(', '.join(map(code, regions)), 1000)}",
    ]


def _put_back(request: Request) -> list[str]:
    if request.kind is Kind.EXEMPTION:
        return [f"{name(item)}\nThe exemption ends now." for item in request.applied]
    return [entry for item in request.changed for entry in _back(item)]


def _back(item: Item) -> list[str]:
    """Return what is put back; a registry has so many changes that each is an entry of its own."""
    made = ["\n".join(with_lines(one)) for one in undone(tuple(item.changes[number] for number in item.made))]
    if is_registry(item.arn):
        return [clipped("\n".join([name(item), *made[:1]])), *map(clipped, made[1:])]
    return [clipped("\n".join([name(item), *made]))]


def _account(item: Item) -> str:
    account = code(item.target.account or "the default account")
    return f"{code(item.target.name)} ({account})" if item.target.name else account
