"""What is typed after `guardrails`: an account, a region, in either order. Pure, as all of the grammar."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ecr.errors import UsageError
from ecr.names import shown

# As AWS forms the codes of its regions (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")


@dataclass(frozen=True, slots=True)
class Guardrails:
    """`guardrails`: what guards every repository, of an account (id or name), of a region."""

    account: str | None = None
    region: str | None = None


def guardrails(words: tuple[str, ...]) -> Guardrails:
    """Return whose guardrails are asked for.

    A word that looks like a region is one, in any place; one that is written out as `account=…` is what it says.

    Raises:
        UsageError: a word is neither an account nor a region, or there is one more of them.
    """
    given: dict[str, str] = {}
    for word in words:
        key, is_written_out, value = word.partition("=")
        key = key.lower() if is_written_out else _kind(word)
        value = (value if is_written_out else word).strip("`")
        if key not in ("account", "region") or not value:
            raise UsageError(
                f"{shown(word)} is nothing that guardrails takes: it takes an account (its id or its name) and a "
                "region, as in guardrails prod eu-west-1."
            )
        if key in given:
            raise UsageError(
                f"guardrails takes one {key} at most: {shown(given[key])} or {shown(value)}? "
                "What looks otherwise than it is can be written out: account=… region=…."
            )
        given[key] = value
    region = given.get("region")
    return Guardrails(given.get("account"), region.lower() if region else None)


def _kind(word: str) -> str:
    return "region" if _REGION.fullmatch(word.strip("`").lower()) else "account"
