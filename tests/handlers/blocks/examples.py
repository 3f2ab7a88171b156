"""Requests and plans that several tests show: a rich one, many, and each state of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo.workspace.validation import message_problems, view_problems
from ecr.arns import registry_arn
from ecr.changes import Action, Change
from ecr.guardrails import REGISTRY
from ecr.model import Finding, Rule, ScanFilter, ScanRule, Target, Verdict
from ecr.request import Actor, Decided, Exempting, Head, Item, Kind, Outcome, Place, Request, State
from ecr.setting import RegistryFilter, Scanning, Tags, TemplateTags

if TYPE_CHECKING:
    from handlers.blocks.text import Message

AT = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
EVA, LEAD = Actor("U0EVA", "eva"), Actor("U0LEAD", "lead")
PROD = Target("111111111111", "eu-west-1", "prod")
STAGING = Target("222222222222", "us-east-1", "staging")
CARD = Place("C0APPROVE", "1764038000.000100")
HEAD = Head(12, "ab" * 32)
MUTABLE = Change(
    Rule.TAG_IMMUTABILITY,
    Action.PUT_IMAGE_TAG_MUTABILITY,
    Tags("MUTABLE"),
    Tags("IMMUTABLE_WITH_EXCLUSION", ("dev-*",)),
)
UNSCANNED = Change(
    Rule.SCAN_ON_PUSH,
    Action.PUT_IMAGE_SCANNING_CONFIGURATION,
    Scanning(scan_on_push=False),
    Scanning(scan_on_push=True),
)
LATEST = "2 tags look moving: latest (pushed 3 hours ago) & main; a push to them will fail."
HCL = 'resource "aws_ecr_repository" "payments_api" {\n  image_tag_mutability = "IMMUTABLE"\n}'


def item(name: str = "payments-api", *changes: Change, target: Target = PROD, **fields: Any) -> Item:
    arn = f"arn:aws:ecr:{target.region}:{target.account}:repository/{name}"
    planned = changes or (MUTABLE, UNSCANNED)
    failing = tuple(Finding(one.rule, Verdict.FAIL, f"It is {one.before}.") for one in planned)
    return Item(name, target, arn, planned, **{"failing": failing, **fields})


def adding(text: str = "*", there: int = 1, scan_type: str = "BASIC", lines: tuple[str, ...] = ()) -> Change:
    """Return the change that adds a filter to a registry's rules, which have some already."""
    had = ScanRule("SCAN_ON_PUSH", tuple(ScanFilter(f"team-{n:03}") for n in range(there)))
    before = RegistryFilter(text, False, scan_type, (had,))
    after = RegistryFilter(text, True, scan_type, (replace(had, filters=(*had.filters, ScanFilter(text))),))
    return Change(Rule.SCAN_ON_PUSH, Action.PUT_REGISTRY_SCANNING_CONFIGURATION, before, after, lines)


def retagging(prefix: str, mutability: str | None = "MUTABLE") -> Change:
    """Return the change that makes a creation template's tags immutable; no mutability: there is none yet."""
    for_all = ("CREATE_ON_PUSH", "REPLICATION")
    before = TemplateTags(prefix) if mutability is None else TemplateTags(prefix, mutability, (), for_all)
    action = (
        Action.CREATE_REPOSITORY_CREATION_TEMPLATE if mutability is None else Action.UPDATE_REPOSITORY_CREATION_TEMPLATE
    )
    return Change(Rule.TAG_IMMUTABILITY, action, before, TemplateTags(prefix, "IMMUTABLE", (), for_all), (KEPT,))


KEPT = "It is somebody's template already: whatever else it sets stays as it is."
TOUCHES = "The filter * scans 3 repositories that no rule scans yet: <a>, b, c."


def registry(*changes: Change, target: Target = PROD, **fields: Any) -> Item:
    """Return the registry of an account and region, with what would guard it."""
    planned = changes or (adding(lines=(TOUCHES,)), retagging("ROOT", None), retagging("team-a"))
    return Item(REGISTRY, target, registry_arn(target.account or "", target.region), planned, **fields)


RICH = item(impact=(LATEST,), code=HCL, advice=("The registry's rules decide <here>.",))


def request(*items: Item, state: State = State.REQUESTED, **fields: Any) -> Request:
    """Return a request of eva's, two minutes old."""
    made = AT - timedelta(minutes=2)
    new = Request(
        id="R0123456789",
        kind=Kind.REMEDIATION,
        state=state,
        by=EVA,
        asked_in="C0TEAM",
        reason="Audit of <Q4> & more",
        made_at=made,
        expires_at=made + timedelta(hours=24),
        items=items or (RICH,),
        card=CARD,
        head=HEAD,
    )
    return replace(new, **fields)


def ended(*items: Item, state: State = State.APPLIED, **fields: Any) -> Request:
    """Return a request that the lead approved, and that ended a minute ago."""
    approved = Decided(LEAD, "S0ONCALL", AT - timedelta(minutes=1))
    done = items or (applied(RICH),)
    return replace(request(*done, state=state, decided=approved, ended_at=AT - timedelta(minutes=1)), **fields)


def applied(one: Item) -> Item:
    said = "Verified: the tags are immutable, and images are scanned on push."
    return replace(one, outcome=Outcome.APPLIED, sentence=said, made=tuple(range(len(one.changes))))


def failed(one: Item) -> Item:
    said = "AWS refused PutImageScanningConfiguration: <denied>."
    return replace(one, outcome=Outcome.FAILED, sentence=said, made=(0,))


def many(count: int = 40, failing: int = 0) -> tuple[Item, ...]:
    """Return many repositories in two accounts; the last ones failed, where that is said."""
    some = [item(f"team-{n:02}", target=(PROD, STAGING)[n % 2], impact=(LATEST,)) for n in range(count)]
    return tuple(some if not failing else [*map(applied, some[:-failing]), *map(failed, some[-failing:])])


EXEMPTING = Exempting((Rule.SCAN_ON_PUSH,), datetime(2027, 1, 31, tzinfo=UTC))


def accepted(message: Message) -> dict[str, Any]:
    """Return the payload, once Slack would take the message."""
    payload = message.payload()
    assert payload["text"]
    assert message_problems(payload) == ()
    return payload


def opened(view: dict[str, Any]) -> dict[str, Any]:
    """Return a modal, once Slack would open it: one with a field needs a button to submit it, and titles are short."""
    assert view_problems(view) == ()
    assert all(len(view[key]["text"]) <= 24 for key in ("title", "submit", "close") if key in view)
    fields = [block for block in view["blocks"] if block["type"] == "input"]
    assert ("submit" in view) or not fields
    for field in fields:
        assert field["block_id"] == field["element"]["action_id"]
        options = field["element"].get("options", [])
        assert all(len(one["text"]["text"]) <= 75 and len(one["value"]) <= 150 for one in options)
    return view


def texts(payload: dict[str, Any]) -> list[str]:
    """Return the text of every block that has one."""
    shown = [*payload["blocks"]]
    return [
        block["text"]["text"] if "text" in block else block["elements"][0]["text"]
        for block in shown
        if block["type"] in ("section", "context")
    ]


def buttons(payload: dict[str, Any]) -> dict[str, str]:
    """Return every button's text with its value."""
    elements = [
        element
        for block in payload["blocks"]
        for element in (*block.get("elements", ()), *filter(None, [block.get("accessory")]))
        if element["type"] == "button"
    ]
    return {element["text"]["text"]: element["value"] for element in elements}
