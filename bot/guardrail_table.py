"""What guards accounts and regions, for a person at a terminal: each with its evidence, or a table of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from bot import tables
from ecr.guardrails import NOT_GUARDED
from ecr.model import Unreadable, Verdict
from ecr.setting import RegistryFilter, TemplateTags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.guardrails import Guarded
    from ecr.model import CreationTemplate

MOST_IN_FULL = 10
"""Accounts and regions that are shown with their evidence; where there are more, each is a row of a table."""

WHAT_TO_DO = (
    "To put in place what is missing: /ecr guardrails in Slack asks for approval, and docs/iac has it as Terraform and "
    "CloudFormation."
)

_STYLES = {
    Verdict.PASS: "bold green",
    Verdict.FAIL: "bold red",
    Verdict.EXEMPT: "bold blue",
    Verdict.UNKNOWN: "bold yellow",
}
_HEAD = ("verdict", "account", "region", "repositories", "scanning-rule", "missed", "creation-template")


def show(found: tuple[Guarded, ...]) -> None:
    """Print what guards each account and region, what nothing of ECR guards, and what to do."""
    console = Console(highlight=False, soft_wrap=True)
    if len(found) > MOST_IN_FULL:
        _many(console, found)
    else:
        for one in found:
            _one(console, one)
    console.print(NOT_GUARDED, markup=False)
    if any(one.verdict is not Verdict.PASS for one in found):
        console.print(WHAT_TO_DO, markup=False)


def _one(console: Console, guarded: Guarded) -> None:
    title = Text(f"{guarded.verdict:8}", style=_STYLES[guarded.verdict]).append(str(guarded.target), style="bold")
    if guarded.repositories is not None:
        what = "repository" if guarded.repositories == 1 else "repositories"
        title.append(f"  {guarded.repositories:,} {what}", style="not bold")
    console.print(title)
    for guard in guarded.guards:
        line = Text("  ").append(f"{guard.verdict:8}", style=_STYLES[guard.verdict])
        console.print(line.append(f"{guard.guardrail:18} ").append(tables.printable(guard.evidence)))
    for what, said in _settings(guarded):
        console.print(Text(f"          {what:18} ").append(tables.printable(said)))


def _settings(guarded: Guarded) -> Iterator[tuple[str, str]]:
    """Yield the rules and templates that are there."""
    registry, templates = guarded.state.registry, guarded.state.templates
    if not isinstance(registry, Unreadable):
        yield "rules", str(RegistryFilter("", is_there=False, scan_type=registry.scan_type, rules=registry.rules))
    if not isinstance(templates, Unreadable):
        yield "templates", "; ".join(map(_template, templates)) or "none"


def _template(template: CreationTemplate) -> str:
    filters = tuple(one.text for one in template.exclusions or ())
    mutability = template.tag_mutability or "a mutability that ECR did not tell"
    return str(TemplateTags(template.prefix, mutability, filters, template.applied_for)).removeprefix("template ")


def _many(console: Console, found: tuple[Guarded, ...]) -> None:
    tables.show(_HEAD, (_row(one) for one in found))
    unread = (
        said
        for one in found
        for read in (one.state.registry, one.state.templates)
        if isinstance(read, Unreadable)
        for said in [read.reason]
    )
    for said in dict.fromkeys(unread):
        console.print(Text("Unread: ").append(tables.printable(said)))
    console.print("python -m bot guardrails ACCOUNT REGION shows one with its evidence; --json has all.", markup=False)


def _row(guarded: Guarded) -> tuple[str, ...]:
    scanning, template = guarded.guards
    account = guarded.target.account or "the default account"
    return (
        guarded.verdict,
        f"{guarded.target.name} ({account})" if guarded.target.name else account,
        guarded.target.region,
        "" if guarded.repositories is None else f"{guarded.repositories:,}",
        scanning.verdict,
        f"{len(scanning.missed):,}" if scanning.missed else "",
        template.verdict,
    )
