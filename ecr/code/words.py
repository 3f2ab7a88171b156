"""What every language needs to write: names that it takes for its own, texts in quotes, and comments. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr.model import ScanFrequency

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ecr.model import ScanRule
    from ecr.setting import RegistryFilter, TemplateTags

WILDCARD = "WILDCARD"
"""The one type of filter that there is, of tags and of repositories (ECR API reference)."""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")
_BASIC_PLANE = 0xFFFF


@dataclass(frozen=True, slots=True)
class Subject:
    """What lines are for: a repository, where it is, and what its stack calls it where there is one.

    `where` is the account and region as people call them, `account` and `region` as AWS does.
    """

    name: str
    where: str
    account: str
    region: str
    stack: str | None = None
    logical_id: str | None = None

    @property
    def resource(self) -> str:
        """The resource's logical id: that of its stack, or one made of its name."""
        said = self.logical_id or ""
        return said if _LOGICAL_ID.fullmatch(said) else pascal(self.name)


def told(mark: str, *texts: str) -> list[str]:
    """Return comments, a line each: nothing in them ends one, or moves a terminal's cursor."""
    return [f"{mark} {one_line(text)}" for text in texts if text]


def one_line(text: str) -> str:
    """Return a text on one line, without what is not printable."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def indented(lines: Iterable[str], by: int = 2) -> list[str]:
    """Return lines further to the right; an empty one stays empty."""
    return [f"{' ' * by}{line}" if line else line for line in lines]


def apart(parts: Sequence[Sequence[str]]) -> list[str]:
    """Return parts one after the other, with an empty line between."""
    return [line for number, part in enumerate(parts) for line in ([""] * bool(number) + list(part))]


def quoted(text: str) -> str:
    """Return a text in double quotes, as YAML and HCL read it; what is not plain ASCII is escaped."""
    return f'"{"".join(map(_escaped, text))}"'


def javascript(text: str) -> str:
    """Return a text in double quotes, as JavaScript reads it."""
    return json.dumps(text)


def snake(text: str) -> str:
    """Return a name that HCL takes as a label: `team-a/api` is `team_a_api`."""
    label = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return label if label[:1].isalpha() else f"repository_{label}"


def pascal(text: str) -> str:
    """Return a name that CloudFormation takes as a logical id: `team-a/api` is `TeamAApi`."""
    parts = re.split(r"[^A-Za-z0-9]+", text)
    return "".join(part[:1].upper() + part[1:] for part in parts)[:255] or "Repository"


def whole_list(after: RegistryFilter, where: str) -> tuple[str, ...]:
    """Return what introduces the list of a registry's rules: it replaces whatever list there is."""
    what = f"with {after.filter} added" if after.is_there else f"without {after.filter}"
    return (
        f"The whole list of scanning rules of {where}, as read now and {what}:",
        "whatever rule is not in it is removed, those of other teams too.",
    )


def of_template(after: TemplateTags, where: str) -> str:
    """Return what introduces a repository creation template."""
    return f"The repository creation template {after.prefix} of {where}; whatever else it sets stays."


def no_filters(key: str) -> str:
    """Return that a list of filters goes as a whole: left in, it is refused."""
    return f"Take out {key}: no tag is excluded any more."


def kept(rules: Iterable[ScanRule], *, manual: bool) -> tuple[tuple[ScanRule, ...], tuple[str, ...]]:
    """Return the rules that a tool takes, and what is left out, a sentence each: leaving it out changes nothing.

    Args:
        rules: the rules of a registry.
        manual: whether the tool takes MANUAL; CloudFormation's resource does not.
    """
    taken: list[ScanRule] = []
    left: list[str] = []
    for rule in rules:
        if not rule.filters:
            left.append(f"The rule {rule.frequency} without filters is left out: it matches nothing.")
        elif rule.frequency == ScanFrequency.MANUAL and not manual:
            texts = ", ".join(one.text for one in rule.filters)
            left.append(
                f"The rule MANUAL ({texts}) is left out: the resource takes none, and it scans nothing on push."
            )
        else:
            taken.append(rule)
    return tuple(taken), tuple(left)


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isascii() and letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) <= _BASIC_PLANE else f"\\U{ord(letter):08x}"
