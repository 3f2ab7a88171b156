"""What is said of a request elsewhere: to whoever asked, at once and at its end, and to channels that read digests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ecr.arns import is_registry
from ecr.request import UNDO_FOR, Kind, Outcome, State
from handlers.blocks.change import change, in_words
from handlers.blocks.decision import decided, exempting, person, plainly, progress, title
from handlers.blocks.guard_button import guard_button
from handlers.blocks.plan import LONGEST_SENTENCE, many, name, packed, sentence, target
from handlers.blocks.remediation import button
from handlers.blocks.text import LONGEST_TEXT, Message, clipped, code, context, escaped, moment, section

if TYPE_CHECKING:
    from datetime import datetime

    from slack_sdk.models.blocks import Block, ButtonElement

    from ecr.request import Item, Request

ASK_ANEW = 10
"""Repositories in which it failed that get a button each; more are listed."""

SHOWN = 20
"""Blocks of a list, at most."""

NAMES_SAID = 5
CHANGES_SAID = 5


def outcome(request: Request, at: datetime) -> Message:
    """Return what came of a request, as whoever asked is told.

    Args:
        request: the request as it ended.
        at: the present moment.
    """
    said = [*filter(None, [decided(request), exempting(request), progress(request)])]
    where = f" in <#{request.card.channel}>" if request.card else ""
    small_print = context(f"Request {code(request.id)}{where}{_undo(request, at)}")
    blocks = (section("\n".join([title(request), *said])), *_repositories(request), small_print)
    return Message("\n".join([f"{plainly(request)}.", *said]), blocks)


def line(request: Request) -> Message:
    """Return the one line that a channel is told which reads digests of some of the repositories."""
    who = f"by {person(request.by)}"
    if request.decided and not request.break_glass:
        who += f", approved by {person(request.decided.by)}"
    loud = ":rotating_light: Break-glass: " if request.break_glass else ""
    said = f"{loud}{_done(request, who)}{_changes(request)}{_failures(request)}"
    return Message(said, (section(said),))


def asked(request: Request, card_link: str | None, *, is_new: bool) -> Message:
    """Return what whoever asked is told at once: where the request is, or which identical one is open already.

    Args:
        request: the request, or that other one.
        card_link: the address of its card, where it has one.
        is_new: whether it was made now.
    """
    where = f" in <#{request.card.channel}>" if request.card else " in the approvals channel"
    late = "" if request.card else " Slack has not taken its card yet, which is tried again."
    link = f" <{escaped(card_link).replace('|', '%7C')}|See it.>" if card_link else ""
    if not is_new:
        lead = f"*This is asked for already*: {person(request.by)} did {moment(request.made_at)}, and it waits{where}."
        if request.state is not State.REQUESTED:
            by = f", approved by {person(request.decided.by)}" if request.decided else ""
            what = f"request {code(request.id)} of {person(request.by)} is {request.state}{by}"
            lead = f"*This is asked for already*: {what}."
    elif request.break_glass and request.state is State.APPLIED:
        lead = f":rotating_light: *Break-glass*: it is undone and verified, which is told{where}."
    elif request.break_glass:
        lead = f":rotating_light: *Break-glass*: it is being undone, and its card{where} tells when that is verified."
    else:
        lead = f"*Asked.* It waits for an approver{where} until {moment(request.expires_at)}."
    lines = [f"{lead}{late}{link}"]
    if request.no_approver and request.state is State.REQUESTED:
        lines.append(f":warning: *Nobody can approve this.* {sentence(request.no_approver)}")
    said = "\n".join(lines)
    return Message(said, (section(said), context(f"Request {code(request.id)}")))


def _undo(request: Request, at: datetime) -> str:
    if request.ended_at is None or not request.can_be_undone(at):
        return ""
    return f" · Undo is on its card until {moment(request.ended_at + UNDO_FOR)}"


def _repositories(request: Request) -> list[Block]:
    """Return what came of each repository: what failed with a button to ask anew, and the rest in short."""
    if len(request.items) == 1:
        return _one(request)
    failed = request.failed
    again = [section(_evidence(item), _again(request, item)) for item in failed[:ASK_ANEW]]
    rest = packed(map(_evidence, failed[ASK_ANEW:]), SHOWN // 2)
    return [*again, *rest, *packed(map(_evidence, request.applied), SHOWN)]


def _one(request: Request) -> list[Block]:
    """Return the changes of the one repository, with a button to ask anew where they were not made."""
    item = request.items[0]
    again = _again(request, item) if request.state in (State.FAILED, State.EXPIRED) else None
    anew = [f"To ask anew, press {again.text.text}."] if again and again.text else []
    lines = [*map(change, item.changes), *anew]
    if is_registry(item.arn) and len("\n".join(lines)) > LONGEST_TEXT:
        return [*packed(map(change, item.changes), SHOWN), *(section(text, again) for text in anew)]
    return [section("\n".join(lines), again)] if lines else []


def _again(request: Request, item: Item) -> ButtonElement | None:
    if request.kind is Kind.GUARDRAIL:
        return guard_button(item.target)
    return button(item.name, item.arn) if request.kind is Kind.REMEDIATION else None


def _evidence(item: Item) -> str:
    sign = ":x:" if item.outcome is Outcome.FAILED else ":white_check_mark:"
    return f"{sign} {name(item)}: {sentence(item.sentence or item.outcome)}"


def _done(request: Request, who: str) -> str:
    """Return what was done to what by whom."""
    about = _named(request)
    be = "was" if (len(request.applied) or len(request.items)) == 1 else "were"
    if not request.applied:
        return f"{about} {be} to be {_meant(request)} {who}, and it failed: {sentence(_why(request))}"
    if request.kind is Kind.UNDO:
        return f"{_undone(request)} {about} {'were' if _of_registries(request) else 'was'} undone {who}"
    return f"{about} {be} {_meant(request)} {who}"


def _undone(request: Request) -> str:
    if _of_registries(request):
        return "The guardrails of"
    return f"The {'exemption' if request.exempts else 'remediation'} of"


def _of_registries(request: Request) -> bool:
    return any(is_registry(item.arn) for item in request.items)


def _meant(request: Request) -> str:
    if request.kind is Kind.UNDO:
        return "put back"
    if request.exempts:
        rules = " and ".join(request.exempts.rules)
        return f"exempted from {rules} until {moment(request.exempts.until)}"
    return "guarded" if request.kind is Kind.GUARDRAIL else "remediated"


def _named(request: Request) -> str:
    """Return the one repository, or registry, with where it is, or how many of how many."""
    if len(request.items) == 1:
        item = request.items[0]
        return target(item) if is_registry(item.arn) else f"{code(item.name)} ({target(item)})"
    done, all_of_them = len(request.applied), many(request.items)
    return all_of_them if done in (0, len(request.items)) else f"{done} of {all_of_them}"


def _why(request: Request) -> str:
    return next((item.sentence for item in request.items if item.sentence), request.sentence) or "nobody knows why."


def _changes(request: Request) -> str:
    """Return what was changed: of one repository each change, of many how often each was made."""
    if not request.applied:
        return ""
    made = Counter(
        clipped(f"{one.rule} {in_words(one)}", LONGEST_SENTENCE) for item in request.applied for one in item.changes
    )
    several = len(request.items) > 1
    said = [f"{_times(count) if several else ''}{what}" for what, count in made.most_common(CHANGES_SAID)]
    more = f", and {len(made) - CHANGES_SAID} more" if len(made) > CHANGES_SAID else ""
    return f": {', '.join(said)}{more}." if said else "."


def _times(count: int) -> str:
    return "once " if count == 1 else f"{count:,} times "


def _failures(request: Request) -> str:
    failed = request.failed
    if not failed or not request.applied:
        return ""
    names = ", ".join(target(one) if is_registry(one.arn) else code(one.name) for one in failed[:NAMES_SAID])
    more = f" and {len(failed) - NAMES_SAID} more" if len(failed) > NAMES_SAID else ""
    return f" {len(failed)} failed: {names}{more}."
