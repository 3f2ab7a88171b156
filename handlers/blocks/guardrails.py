"""What guards each account and region, a page of it: both guardrails with their evidence, and what there is of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, ButtonElement

from ecr.digest_words import counted
from ecr.errors import UsageError
from ecr.guardrails import NOT_GUARDED, Guardrail
from ecr.model import WORST_FIRST, Unreadable, Verdict
from ecr.setting import TemplateTags
from handlers import ids
from handlers.blocks.change import rules_in_words
from handlers.blocks.finding import STALE
from handlers.blocks.guard_button import MOST_TARGETS, guard_all_button, guard_button, is_placed
from handlers.blocks.moments import ago
from handlers.blocks.plan import sentence
from handlers.blocks.text import Message, clipped, code, context, moment, plain, section, verbatim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from slack_sdk.models.blocks import Block

    from ecr.guardrails import Guard, Guarded
    from ecr.model import CreationTemplate, RegistryState

PAGE_TARGETS = MOST_TARGETS
"""Accounts and regions of a page: one button asks for the guardrails of all of them."""

LONGEST_EVIDENCE = 800
LONGEST_LIST = 500
"""Characters of the evidence for one guardrail, and of what there is of it, verbatim."""

MOST_TEMPLATES = 10

ASKING = Message("Asking AWS…")

_SIGNS = {Verdict.PASS: ":large_green_circle:", Verdict.FAIL: ":red_circle:"}
_UNKNOWN = ":white_circle:"
_NAMES = {Guardrail.SCANNING_RULE: "Scanning", Guardrail.CREATION_TEMPLATE: "Creation templates"}


@dataclass(frozen=True, slots=True)
class GuardrailsView:
    """Which part of the answer is shown: the account (id or name) and region that were asked for, and the page."""

    account: str | None = None
    region: str | None = None
    page: int = 0

    def value(self, page: int) -> str:
        """Return the value of a button that shows another page."""
        return json.dumps({"guardrails": [self.account, self.region], "page": page}, separators=(",", ":"))

    @classmethod
    def of(cls, value: str) -> GuardrailsView:
        """Return the view that a button's value names.

        Raises:
            UsageError: it is not one of ours.
        """
        try:
            content = json.loads(value)
            (account, region), page = content["guardrails"], content["page"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise UsageError(STALE) from error
        if not (isinstance(account, str | None) and isinstance(region, str | None) and type(page) is int and page >= 0):
            raise UsageError(STALE)
        return cls(account, region, page)


@dataclass(frozen=True, slots=True)
class Reading:
    """When something is told, whether AWS is being asked meanwhile, and why it could not be, where it was."""

    at: datetime
    is_asking: bool = False
    trouble: str = ""


def guarded(found: Sequence[Guarded], view: GuardrailsView, reading: Reading) -> Message:
    """Return a page of what guards, the unguarded ones first.

    Args:
        found: what guards each account and region, of every page.
        view: what was asked for, and which page; one behind the last is the last.
        reading: how that is known.
    """
    if not found:
        asked = " ".join(filter(None, (view.account, view.region)))
        return plain(f"{asked or 'What was asked for'} is no account and region of the settings.")
    last = (len(found) - 1) // PAGE_TARGETS
    page = min(view.page, last)
    shown = sorted(found, key=lambda one: WORST_FIRST.index(one.verdict))[page * PAGE_TARGETS :][:PAGE_TARGETS]
    said = _summary(found)
    trouble = [section(f":warning: {sentence(reading.trouble)}")] if reading.trouble else []
    blocks = (
        section(f"*{verbatim(said)}* {_age(found, reading)}"),
        *trouble,
        *(_target(one) for one in shown),
        *_buttons(shown, view, page, last),
        context(verbatim(NOT_GUARDED)),
        context(f"Page {page + 1} of {last + 1} · {moment(reading.at)}"),
    )
    return Message(verbatim(said), blocks)


def _summary(found: Sequence[Guarded]) -> str:
    count = len(found)
    if count == 1:
        how = {Verdict.PASS: "is guarded", Verdict.FAIL: "is not guarded"}.get(found[0].verdict, "is unknown")
        return f"{found[0].target} {how}."
    guarded_, unknown = (sum(one.verdict is verdict for one in found) for verdict in (Verdict.PASS, Verdict.UNKNOWN))
    doubt = f"; {unknown:,} {'is' if unknown == 1 else 'are'} unknown" if unknown else ""
    return f"{guarded_:,} of {count:,} accounts and regions {'is' if guarded_ == 1 else 'are'} guarded{doubt}."


def _age(found: Sequence[Guarded], reading: Reading) -> str:
    """Return how old what is told is, where it was not read for this answer."""
    if not (reading.is_asking or reading.trouble):
        return "By what AWS answers now."
    read = [one.read_at for one in found if one.read_at is not None]
    asking = " Asking AWS…" if reading.is_asking else ""
    oldest = f"{', the oldest of it' if len(found) > 1 else ''} {ago(min(read), reading.at)}" if read else " last"
    return f"As read{' last' if len(found) > 1 and read else ''}{oldest}.{asking}"


def _target(one: Guarded) -> Block:
    repositories = "" if one.repositories is None else f" · {counted(one.repositories)}"
    lines = [f"{_sign(one.verdict)} *{sentence(str(one.target))}*{repositories}"]
    if is_same := len({(guard.verdict, guard.sentences) for guard in one.guards}) == 1:
        lines.append(_told(one.guards))
    for guard in one.guards:
        lines += _guard(guard, one.state, is_told=is_same)
    return section("\n".join(lines), guard_button(one.target) if _lacks(one) else None)


def _guard(guard: Guard, state: RegistryState, *, is_told: bool) -> Iterator[str]:
    """Yield a guardrail with its evidence, where it is not told yet, and all that there is of it, whoever's it is."""
    if not is_told:
        yield _told((guard,))
    is_scanning = guard.guardrail is Guardrail.SCANNING_RULE
    if there := _rules(state) if is_scanning else _templates(state):
        yield f"{'Its rules' if is_scanning else 'Its templates'}: {there}"


def _told(guards: Sequence[Guard]) -> str:
    """Return guardrails of the same evidence with it; both have the same where the role may read nothing."""
    first = guards[0]
    names = " and ".join(_NAMES[guard.guardrail] for guard in guards).capitalize()
    evidence = _first(" ", list(map(sentence, first.sentences)), LONGEST_EVIDENCE)
    left = len(first.sentences) - evidence[1]
    noun = "template" if first.guardrail is Guardrail.CREATION_TEMPLATE else "sentence"
    more = f" And {counted(left, f'more {noun}', f'more {noun}s')}." if left else ""
    return f"{_sign(first.verdict)} *{names}* {evidence[0]}{more}"


def _first(joint: str, texts: Sequence[str], longest: int) -> tuple[str, int]:
    """Return the first of some texts, as far as there is room but one at least, and how many these are."""
    shown: list[str] = []
    for text in texts:
        if shown and len(joint.join((*shown, text))) > longest:
            break
        shown.append(text)
    return joint.join(shown), len(shown)


def _rules(state: RegistryState) -> str:
    if isinstance(state.registry, Unreadable) or not state.registry.rules:
        return ""
    return clipped(code(f"{state.registry.scan_type}, {rules_in_words(state.registry.rules)}"), LONGEST_LIST)


def _templates(state: RegistryState) -> str:
    if isinstance(state.templates, Unreadable):
        return ""
    some = [clipped(code(_template(one)), LONGEST_LIST) for one in state.templates[:MOST_TEMPLATES]]
    said, shown = _first(", ", some, LONGEST_LIST)
    left = len(state.templates) - shown
    return f"{said} and {left:,} more" if left else said


def _template(one: CreationTemplate) -> str:
    filters = tuple(exclusion.text for exclusion in one.exclusions or ())
    return str(TemplateTags(one.prefix, one.tag_mutability or "no known mutability", filters, one.applied_for))


def _buttons(shown: Sequence[Guarded], view: GuardrailsView, page: int, last: int) -> list[Block]:
    buttons = []
    lacking = [one.target for one in shown if _lacks(one)]
    if len(lacking) > 1:
        buttons.append(guard_all_button(lacking))
    if page > 0:
        buttons.append(_page("Previous", view.value(page - 1)))
    if page < last:
        buttons.append(_page("Next", view.value(page + 1)))
    return [ActionsBlock(elements=buttons)] if buttons else []


def _page(text: str, value: str) -> ButtonElement:
    return ButtonElement(text=text, action_id=f"{ids.GUARDRAILS}:{text.lower()}", value=value)


def _lacks(one: Guarded) -> bool:
    """Tell whether a request could put something in place: where something is missing, and it is known whose it is."""
    return is_placed(one.target) and any(guard.verdict is Verdict.FAIL for guard in one.guards)


def _sign(verdict: Verdict) -> str:
    return _SIGNS.get(verdict, _UNKNOWN)
