"""`fix NAME`: the lines for a repository's code on stdout, and as comments on stderr what is to be said of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bot import settings as settings_of
from bot.checking import checker, registry
from bot.exits import CODES, NOT_FOUND
from bot.fixing import fixing
from bot.known import look_into
from bot.sentences import not_found
from ecr.code.words import told
from ecr.deadline import Deadline
from ecr.errors import UsageError
from ecr.fixing import DEFAULT
from ecr.infrastructure import Tool, joined
from ecr.model import worst
from ecr.names import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.fixing import Fix, Fixed

DEADLINE_SECONDS = 10.0

_TOOLS = {
    tool.word: tool for tool in (Tool.TERRAFORM, Tool.OPENTOFU, Tool.CLOUDFORMATION, Tool.CDK, Tool.PULUMI, Tool.CLI)
}


@click.command("fix")
@click.argument("name", metavar="NAME")
@click.option("--as", "word", type=click.Choice(tuple(_TOOLS)), help="The tool; else the one that its tags tell of.")
@click.option("--json", "as_json", is_flag=True, help="Print one array of fixes.")
def command(name: str, *, word: str | None, as_json: bool) -> int:
    """Print the lines for the infrastructure code of a repository, so that its fix stays.

    NAME is a repository's name, its URI (a tag or digest after it is ignored) or its ARN. The lines are for the
    repository as it is now, read from AWS; nothing is changed. They go to stdout, and what is to be said of them to
    stderr, as comments: both together are still code. Where several accounts and regions have the repository, the
    labels in the code have account and region; a template of CloudFormation is of one account and region, so there are
    several.

    Exit codes: 0 lines were printed, or nothing is to be fixed; 1 something fails that no lines can mend; 2 usage or
    settings, or nothing of that name; 3 something is unknown and there are no lines.
    """
    query = parse(name)
    settings = settings_of.load()
    known = look_into(settings)
    reading = registry(settings.file)
    checking = checker(reading, settings.file, exemptions=known.exemptions)
    tool = _TOOLS[word] if word else None
    fixed = fixing(reading, checking, settings.file).fix(query, tool, Deadline.after(DEADLINE_SECONDS))
    if as_json:
        click.echo(json.dumps([_row(fix) for fix in fixed.fixes], indent=2, ensure_ascii=False))
    else:
        _print(fixed, known.trouble)
    _tell_what_is_missing(fixed)
    if not fixed.result.assessments:
        return NOT_FOUND
    return (
        0 if any(fix.code for fix in fixed.fixes) else CODES[worst(tuple(r.verdict for r in fixed.result.assessments))]
    )


def _print(fixed: Fixed, trouble: str | None) -> None:
    """Print the lines, and what is to be said of them; a file is of one language.

    Raises:
        UsageError: the accounts and regions have the repository in the code of different tools.
    """
    coded = [fix for fix in fixed.fixes if fix.code]
    tools = dict.fromkeys(fix.tool for fix in coded)
    if len(tools) > 1:
        raise UsageError(
            f"These are in the code of {' and '.join(tools)}: choose one with --as, or name one by its URI."
        )
    tool = next(iter(tools), DEFAULT)
    if coded:
        click.echo(joined(tool, [fix.code for fix in coded]))
    said = (*_said(fixed), *_documents(tool, len(coded)), *filter(None, [trouble]))
    for line in told(tool.mark, *said):
        click.echo(line, err=True)


def _said(fixed: Fixed) -> Iterator[str]:
    for fix in fixed.fixes:
        if len(fixed.fixes) > 1:
            yield f"{fix.name} in {fix.target}:"
        yield from (*fix.sentences, fix.note, *fix.advice)


def _documents(tool: Tool, count: int) -> Iterator[str]:
    """Yield that a template is of one account and region: AWS takes no file with several of them."""
    if tool is Tool.CLOUDFORMATION and count > 1:
        yield f"These are {count} templates, one for each account and region: --- is between them."


def _tell_what_is_missing(fixed: Fixed) -> None:
    result = fixed.result
    for row in result.unread:
        click.echo(f"ecrbot: {row.target} could not be read: {row.findings[0].evidence}", err=True)
    if not result.found:
        click.echo(f"ecrbot: {not_found(result)}", err=True)


def _row(fix: Fix) -> dict[str, Any]:
    return {
        "repository": fix.name,
        "account": fix.target.account,
        "region": fix.target.region,
        "arn": fix.arn,
        "verdict": fix.verdict,
        "tool": fix.tool.word,
        "code": fix.code,
        "note": fix.note,
        "sentences": fix.sentences,
        "advice": fix.advice,
    }
