"""The form for remediation: what would be changed, what that may break, and what can be chosen about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.model import Rule
from ecr.request import MOST_REPOSITORIES
from handlers import ids
from handlers.blocks.modal import Field, choices, form, modal
from handlers.blocks.plan import name, packed, sentence
from handlers.blocks.plan_form import ASIDE, IN_FULL, exclusions, fields, offered, plans, takes_exclusions
from handlers.blocks.text import code, context, section
from handlers.blocks.unread import not_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slack_sdk.models.blocks import Block

    from ecr.changes import Choice
    from ecr.checked import QueryResult
    from ecr.model import Policy
    from ecr.planning import Planned
    from ecr.request import Item

_TITLE = "Remediate"
_NOTHING = "*Nothing to do.* Nothing that was read fails in a way that a request could mend."


def remediation(draft_id: str, planned: Planned, choice: Choice, policy: Policy, problem: str = "") -> Field:
    """Return the form for remediation; where nothing would be changed, a modal that says so.

    Args:
        draft_id: what the form is kept under.
        planned: what was read and planned.
        choice: what is chosen now.
        policy: which exclusions it accepts.
        problem: why what was chosen last does not go, a sentence.
    """
    above: list[Block] = [section(f":warning: {sentence(problem)}")] if problem else []
    rules = offered(planned, choice)
    if planned.found > MOST_REPOSITORIES and not planned.items:
        return modal(_TITLE, [*above, section(_too_many(planned.found))])
    if not rules or not (planned.items or planned.idle):
        return modal(_TITLE, [*above, section(_why_nothing(planned)), *_aside(planned, choice)])
    if not planned.items:
        above.append(section("*Nothing would be changed* by the chosen rules."))
    blocks: list[Block | Field] = [
        *above,
        *plans(planned.items),
        *_aside(planned, choice),
        *fields("Rules to mend", {rule: str(rule) for rule in rules}, choice, _exclusions(rules, choice, policy)),
    ]
    return form(_TITLE, "Ask for approval", ids.FORM_REMEDIATE, draft_id, blocks)


def _why_nothing(planned: Planned) -> str:
    if planned.items or planned.idle:
        return _NOTHING
    if planned.unread:
        return "*Nothing is planned*: no such repository is in what could be read, and not everything could be."
    return "*No such repository.*" if planned.missing else _NOTHING


def choosing(draft_id: str, planned: Planned, title: str = _TITLE) -> Field:
    """Return the form that asks which of several repositories of one name is meant.

    Args:
        draft_id: what the form is kept under.
        planned: what was read, with the choices.
        title: what the form is called that follows.
    """
    options = [(str(number), _option(item, planned.choices)) for number, item in enumerate(planned.choices)]
    named = " ".join(code(one) for one in dict.fromkeys(item.name for item in planned.choices[:IN_FULL]))
    where = f"{named} exists {len(options)} times. Nothing is chosen for you: which of them do you mean?"
    more = [context(f"The first {MOST_REPOSITORIES} are offered: type a glob or an ARN for the others.")]
    blocks: list[Block | Field] = [
        section(where),
        *(more if len(options) > MOST_REPOSITORIES else ()),
        choices(ids.WHICH, "Account and region", options),
        *packed(not_read(planned.unread), ASIDE),
    ]
    return form(title, "Next", ids.FORM_CHOOSE, draft_id, blocks)


def _option(item: Item, among: Iterable[Item]) -> str:
    """Return what an option is called: the account and region, and the name where they differ in that."""
    return str(item.target) if len({one.name for one in among}) == 1 else f"{item.target}: {item.name}"


def _exclusions(rules: Sequence[Rule], choice: Choice, policy: Policy) -> Field | None:
    return exclusions(choice, policy) if takes_exclusions(rules, choice, policy) else None


def _aside(planned: Planned, choice: Choice) -> list[Block]:
    """Return what nothing is planned for, and why."""
    well = "complies already" if choice.rules.issuperset(Rule) else "needs no change by the chosen rules"
    idle = packed((_idle(item, well) for item in planned.idle), ASIDE)
    return [*idle, *packed(map(_missing, planned.missing), ASIDE), *packed(not_read(planned.unread), ASIDE)]


def _idle(item: Item, well: str) -> str:
    if not item.advice:
        return f":large_green_circle: {name(item)}: {well}"
    return "\n".join([name(item), *(f":warning: {sentence(one)}" for one in item.advice)])


def _missing(result: QueryResult) -> str:
    near = ", ".join(code(one) for one in result.suggestions)
    hint = f" Did you mean {near}?" if near else ""
    what = "repository matches" if result.query.is_glob else "repository is named"
    return f":white_circle: No {what} {code(str(result.query))} in any configured account and region.{hint}"


def _too_many(found: int) -> str:
    return f"*That is {found} repositories*, and one request takes {MOST_REPOSITORIES}: ask for fewer, as with a glob."
