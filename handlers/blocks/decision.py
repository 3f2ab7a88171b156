"""How far a request is, and who brought it there, in words and mentions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ecr.approval import REQUESTER
from ecr.arns import is_registry
from ecr.request import ECRBOT, Kind, State
from handlers.blocks.plan import many, name, sentence
from handlers.blocks.text import code, moment

if TYPE_CHECKING:
    from ecr.request import Actor, Decided, Item, Request

LONGEST_REASON = 2000
"""Characters of a reason, escaped; a form takes half of that."""

LONGEST_OUTCOME = 2000
"""Characters of what came of a request, escaped."""

SIGNS = {
    State.REQUESTED: ":large_yellow_circle:",
    State.APPROVED: ":hourglass_flowing_sand:",
    State.APPLYING: ":hourglass_flowing_sand:",
    State.APPLIED: ":white_check_mark:",
    State.FAILED: ":x:",
    State.DENIED: ":no_entry:",
    State.EXPIRED: ":white_circle:",
    State.CANCELLED: ":white_circle:",
    State.UNDONE: ":leftwards_arrow_with_hook:",
}
_VERBS = {Kind.REMEDIATION: "Remediate", Kind.UNDO: "Undo", Kind.EXEMPTION: "Exempt", Kind.GUARDRAIL: "Guardrails for"}
_UNDO_GUARDRAILS = "Undo the guardrails for"
_DECIDED = {State.DENIED: "Denied", State.CANCELLED: "Cancelled"}
_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")
_GROUP = re.compile(r"S[A-Z0-9]{2,}")


def person(who: Actor) -> str:
    """Return a mention of somebody; of one who is nobody in Slack the name."""
    return f"<@{who.id}>" if _PERSON.fullmatch(who.id) else sentence(who.name)


def mention(entry: str) -> str:
    """Return a mention of an approver: a user group or a user."""
    if _GROUP.fullmatch(entry):
        return f"<!subteam^{entry}>"
    return f"<@{entry}>" if _PERSON.fullmatch(entry) else sentence(entry)


def subject(request: Request) -> str:
    """Return what a request is about: one repository, or registry, with where it is, or how many."""
    return name(request.items[0]) if len(request.items) == 1 else many(request.items)


def title(request: Request) -> str:
    """Return the first line: the state, what is asked for, and of which repositories."""
    state = str(request.state).capitalize()
    loud = ":rotating_light: *Break-glass* · " if request.break_glass else ""
    return f"{loud}{SIGNS[request.state]} *{state}* · {_verb(request)} {subject(request)}"


def plainly(request: Request) -> str:
    """Return the first line for notifications and screen readers, without markup; it is escaped."""
    loud = "Break-glass: " if request.break_glass else ""
    return sentence(f"{loud}{_verb(request)} {_plain_subject(request)}, {request.state}")


def waiting(request: Request) -> str:
    """Return an open request in one line: where its card is, who asked, and until when it waits."""
    where = f" in <#{request.card.channel}>" if request.card else ""
    until = f", until {moment(request.expires_at)}" if request.state is State.REQUESTED else ""
    return f"{title(request)} · by {person(request.by)}{where}{until}"


def asker(request: Request) -> str:
    """Return who asked, when and why."""
    return f"Asked by {person(request.by)}, {moment(request.made_at)}\n>{_reason(request.reason)}"


def exempting(request: Request) -> str | None:
    """Return which rules do not count until when, of an exemption and of what undoes one; `None` for others."""
    if request.exempts is None:
        return None
    rules = " and ".join(f"*{rule}*" for rule in request.exempts.rules)
    until = moment(request.exempts.until)
    if request.kind is Kind.UNDO:
        return f"It ends the exemption from {rules} that was until {until}."
    return f"Exempt from {rules} until {until}; then what fails is told of again."


def decided(request: Request) -> str | None:
    """Return who decided, as what, when and why; `None` where nobody did yet, or time alone did."""
    one = request.decided
    if one is None or request.state is State.EXPIRED:
        return None
    lead = _DECIDED.get(request.state, "Approved")
    if request.break_glass:
        return f"Run at once by {_who(one)}; nobody else approved it."
    why = f"\n>{_reason(one.reason)}" if one.reason else ""
    return f"{lead} by {_who(one)}{why}"


def progress(request: Request, done: int | None = None) -> str | None:
    """Return how far it is or what came of it; `None` while it waits.

    Args:
        request: the request.
        done: how many of its repositories are done, while it is applied.
    """
    match request.state:
        case State.REQUESTED | State.DENIED | State.CANCELLED:
            return None
        case State.APPROVED:
            return "Approved: it is applied next."
        case State.APPLYING:
            said = f": {done} of {len(request.items)} done" if done is not None else ""
            return f"Being applied{said} …"
        case State.EXPIRED:
            return f"Nobody decided until {moment(request.expires_at)}, so nothing was done. Ask anew."
        case State.UNDONE:
            by = f" by request {code(request.undone_by)}" if request.undone_by else ""
            return f"Ended{_ended(request)}, and undone since{by}."
    return _came_of(request)


def failure(item: Item) -> str:
    """Return a repository in which it failed, and why: `` `name` (why) ``."""
    return f":x: {name(item)}: {sentence(item.sentence or 'nothing is known of why.')}"


def _verb(request: Request) -> str:
    """Return what is asked for; what is put back of a registry is its guardrails."""
    of_registries = request.kind is Kind.UNDO and any(is_registry(item.arn) for item in request.items)
    return _UNDO_GUARDRAILS if of_registries else _VERBS[request.kind]


def _plain_subject(request: Request) -> str:
    if len(request.items) > 1:
        return many(request.items)
    one = request.items[0]
    return str(one.target) if is_registry(one.arn) else f"{one.name} ({one.target})"


def _came_of(request: Request) -> str:
    """Return what came of a request that was applied, or that failed: in numbers where it is about many."""
    count, applied, failed = len(request.items), len(request.applied), len(request.failed)
    if count == 1 or not (applied or failed):
        said = request.items[0].sentence if count == 1 and request.items[0].sentence else request.sentence
        if request.state is State.FAILED:
            return f"Failed{_ended(request)}: {sentence(said or 'nothing is known of why.', LONGEST_OUTCOME)}"
        return f"Applied{_ended(request)}. {sentence(said, LONGEST_OUTCOME)}".rstrip()
    if not failed:
        return f"All {count} applied{'' if request.exempts else ' and verified'}{_ended(request)}."
    return f"Ended{_ended(request)}. {applied} of {count} applied, {failed} failed:"


def _ended(request: Request) -> str:
    return f" {moment(request.ended_at)}" if request.ended_at else ""


def _who(one: Decided) -> str:
    """Return who decided, as what and when; who asked decides as nothing else, and ecrbot neither."""
    entries = [entry.strip() for entry in one.entry.split(",")]
    roles = [_role(entry, one.by) for entry in entries if entry and entry not in (REQUESTER, ECRBOT.id)]
    return f"{person(one.by)}{' as ' if roles else ''}{' and '.join(roles)}, {moment(one.at)}"


def _role(entry: str, by: Actor) -> str:
    if _GROUP.fullmatch(entry):
        return f"a member of {mention(entry)}"
    return "an approver by name" if entry == by.id else mention(entry)


def _reason(text: str) -> str:
    """Return what somebody wrote, on one line: a quotation ends with its line."""
    return sentence(text, LONGEST_REASON) or "no reason given"
