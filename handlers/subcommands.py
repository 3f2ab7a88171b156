"""What can be typed after `/ecr`, in words: shown by the help and listed in the README."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subcommand:
    """What can be typed, in words: shown by the help and listed in the README."""

    name: str
    usage: str
    does: str
    examples: tuple[str, ...]


SUBCOMMANDS = (
    Subcommand(
        "check",
        "check <repo>",
        "the verdict on a repository, per account and region where the name exists, with the evidence",
        (
            "check payments-api",
            "check team-*",
            "check 111111111111.dkr.ecr.eu-west-1.amazonaws.com/payments-api:1.4.2",
        ),
    ),
    Subcommand(
        "list",
        "list [account=…] [region=…] [name-glob]",
        "what does not comply by the last sweep, paged",
        ("list account=prod payments-*",),
    ),
    Subcommand(
        "history",
        "history <repo>",
        "what happened to a repository: found, asked for, changed, resolved",
        ("history payments-api",),
    ),
    Subcommand(
        "remediate",
        "remediate <repo or glob>",
        "a form with what would be changed and what may break, to ask on-call for approval",
        ("remediate payments-api", "remediate team-*"),
    ),
    Subcommand(
        "exempt",
        "exempt <repo>",
        "a form to ask that a rule does not count for a repository, for a reason and until a day",
        ("exempt payments-api",),
    ),
    Subcommand(
        "fix",
        "fix <repo>",
        "the lines for the infrastructure code of a repository, so that its fix stays",
        ("fix payments-api",),
    ),
    Subcommand(
        "guardrails",
        "guardrails [account] [region]",
        "what guards every repository of an account and region, present and future, and what does not",
        ("guardrails", "guardrails prod eu-west-1"),
    ),
    Subcommand("digest", "digest", "today's digest, to you alone", ("digest",)),
    Subcommand(
        "subscribe",
        "subscribe [at HH:MM] [timezone] [name-glob]",
        "a daily digest in this channel; at 09:00 in your own time zone where you say nothing else",
        ("subscribe at 09:00 Europe/Bucharest payments-*",),
    ),
    Subcommand("unsubscribe", "unsubscribe", "no more digest in this channel", ("unsubscribe",)),
    Subcommand("sweep", "sweep", "reads everything now, and says what changed", ("sweep",)),
    Subcommand(
        "status",
        "status",
        "the last sweep and its age, what could not be read, open requests, the next digests",
        ("status",),
    ),
    Subcommand(
        "help",
        "help [control]",
        "what can be typed, with examples; with the word control: what is checked, why, and how it is mended",
        ("help", "help control"),
    ),
)
