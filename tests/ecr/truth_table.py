"""The contract's two tables as data: what ECR says, and the verdict in each mode."""

from __future__ import annotations

from dataclasses import dataclass

from ecr.model import Exclusion, RegistryScanning, RepositoryScanning, ScanFilter, ScanRule, Unreadable

NAME = "pay-api"
ACCEPTED = frozenset({"latest", "dev-*", "*", "**"})


@dataclass(frozen=True)
class Tags:
    """A row of the first table. `filters` of `None` stand for some that could not be read."""

    value: str | None
    effective: str
    literal: str
    filters: tuple[Exclusion, ...] | None = ()
    accepted: frozenset[str] = ACCEPTED

    def __str__(self) -> str:
        shown = "unreadable" if self.filters is None else ",".join(one.text for one in self.filters)
        return f"{self.value} [{shown}] {'' if self.accepted else 'none accepted '}-> {self.effective}/{self.literal}"


@dataclass(frozen=True)
class Scans:
    """A row of the second table: the registry (`None`: unreadable), the flag, and BatchGet's answer where asked."""

    registry: RegistryScanning | None
    flag: bool | None
    effective: str
    literal: str
    frequency: str | None
    batch: RepositoryScanning | Unreadable | None = None

    def __str__(self) -> str:
        rules = " ".join(f"{r.frequency}:{','.join(f.text for f in r.filters)}" for r in self._rules)
        kind = self.registry.scan_type if self.registry else "unreadable"
        return f"{kind} [{rules}] flag {self.flag}{self._batch} -> {self.effective}/{self.literal}"

    @property
    def _batch(self) -> str:
        match self.batch:
            case RepositoryScanning(frequency, scan_on_push):
                return f" batch {frequency} {scan_on_push}"
            case Unreadable():
                return " batch unreadable"
        return ""

    @property
    def _rules(self) -> tuple[ScanRule, ...]:
        return self.registry.rules if self.registry else ()


def but(*texts: str) -> tuple[Exclusion, ...]:
    return tuple(map(Exclusion, texts))


def rule(frequency: str, *texts: str) -> ScanRule:
    return ScanRule(frequency, tuple(map(ScanFilter, texts)))


def basic(*rules: ScanRule) -> RegistryScanning:
    return RegistryScanning("BASIC", rules)


def enhanced(*rules: ScanRule) -> RegistryScanning:
    return RegistryScanning("ENHANCED", rules)


KEPT = "IMMUTABLE_WITH_EXCLUSION"
NEW_KIND = Exclusion("latest", understood=False)

TAGS = (
    Tags("IMMUTABLE", "pass", "pass"),
    Tags("IMMUTABLE", "pass", "pass", accepted=frozenset()),
    Tags(KEPT, "pass", "fail", but("latest")),
    Tags(KEPT, "pass", "fail", but("latest", "dev-*")),
    Tags(KEPT, "fail", "fail", but("latest"), accepted=frozenset()),
    Tags(KEPT, "fail", "fail", but("latest", "release-*")),
    Tags(KEPT, "fail", "fail", but("lates*")),
    Tags(KEPT, "fail", "fail", but("dev-1")),
    Tags(KEPT, "fail", "fail", but("*")),
    Tags(KEPT, "fail", "fail", but("**")),
    Tags(KEPT, "fail", "fail", but("latest", "**")),
    Tags(KEPT, "unknown", "fail", ()),
    Tags(KEPT, "unknown", "fail", None),
    Tags(KEPT, "unknown", "fail", (NEW_KIND,)),
    Tags(KEPT, "unknown", "fail", (*but("dev-*"), NEW_KIND)),
    Tags(KEPT, "fail", "fail", (*but("release-*"), NEW_KIND)),
    Tags(KEPT, "fail", "fail", (NEW_KIND, *but("*"))),
    Tags("MUTABLE", "fail", "fail"),
    Tags("MUTABLE_WITH_EXCLUSION", "fail", "fail", but("v*")),
    Tags("MUTABLE_WITH_EXCLUSION", "fail", "fail", but("latest")),
    Tags("MUTABLE_WITH_EXCLUSION", "fail", "fail", but("*")),
    Tags("MUTABLE_WITH_EXCLUSION", "fail", "fail", ()),
    Tags("IMMUTABLE_SOMEHOW", "unknown", "unknown"),
    Tags("immutable", "unknown", "unknown"),
    Tags(None, "unknown", "unknown"),
    Tags(None, "unknown", "unknown", but("latest")),
)

PUSH, CONTINUOUS, MANUAL, FUTURE = "SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL", "HOURLY"
MISSED = basic(rule(PUSH, "other-*"))
NEW_FILTER = ScanRule(PUSH, (ScanFilter("^pay", understood=False),))

SCANS = (
    # ENHANCED: the rules decide, continuous before on push, and the repository's flag decides nothing.
    Scans(enhanced(rule(CONTINUOUS, "*")), False, "pass", "fail", CONTINUOUS),
    Scans(enhanced(rule(PUSH, "*")), False, "pass", "fail", PUSH),
    Scans(enhanced(rule(PUSH, "pay")), True, "pass", "pass", PUSH),
    Scans(enhanced(rule(PUSH, "other-*", "*-api")), False, "pass", "fail", PUSH),
    Scans(enhanced(rule(PUSH, "*"), rule(CONTINUOUS, "pay*")), None, "pass", "unknown", CONTINUOUS),
    Scans(enhanced(rule(CONTINUOUS, "pay*"), rule(PUSH, "*")), None, "pass", "unknown", CONTINUOUS),
    Scans(enhanced(rule(CONTINUOUS, "other-*"), rule(PUSH, "*")), None, "pass", "unknown", PUSH),
    Scans(enhanced(rule(PUSH, "other-*")), True, "fail", "pass", MANUAL),
    Scans(enhanced(rule(PUSH, "*pay")), True, "fail", "pass", MANUAL),
    Scans(enhanced(), True, "fail", "pass", MANUAL),
    Scans(enhanced(), False, "fail", "fail", MANUAL),
    Scans(enhanced(), None, "fail", "unknown", MANUAL),
    Scans(enhanced(rule(PUSH)), True, "fail", "pass", MANUAL),
    Scans(enhanced(rule(MANUAL, "*")), True, "fail", "pass", MANUAL),
    Scans(enhanced(rule(MANUAL, "*"), rule(PUSH, "pay-api")), False, "pass", "fail", PUSH),
    Scans(enhanced(rule(FUTURE, "*")), True, "unknown", "pass", None),
    Scans(enhanced(rule(FUTURE, "*"), rule(PUSH, "*")), True, "unknown", "pass", None),
    Scans(enhanced(rule(FUTURE, "*"), rule(CONTINUOUS, "*")), True, "pass", "pass", CONTINUOUS),
    Scans(enhanced(rule(FUTURE, "other-*"), rule(PUSH, "*")), False, "pass", "fail", PUSH),
    Scans(enhanced(NEW_FILTER), True, "unknown", "pass", None),
    Scans(enhanced(NEW_FILTER, rule(CONTINUOUS, "*")), False, "pass", "fail", CONTINUOUS),
    # BASIC with a rule that decides.
    Scans(basic(rule(PUSH, "*")), False, "pass", "fail", PUSH),
    Scans(basic(rule(PUSH, "*")), True, "pass", "pass", PUSH),
    Scans(basic(rule(PUSH, "api")), None, "pass", "unknown", PUSH),
    Scans(basic(rule(MANUAL, "*"), rule(PUSH, "pay-*")), False, "pass", "fail", PUSH),
    Scans(basic(rule(MANUAL, "*")), True, "fail", "pass", MANUAL),
    Scans(basic(rule(FUTURE, "*")), True, "unknown", "pass", None),
    Scans(basic(NEW_FILTER), True, "unknown", "pass", None),
    Scans(basic(NEW_FILTER), False, "unknown", "fail", None),
    # BASIC without any rule: the flag.
    Scans(basic(), True, "pass", "pass", PUSH),
    Scans(basic(), False, "fail", "fail", MANUAL),
    Scans(basic(), None, "unknown", "unknown", None),
    # BASIC with rules, none of which matches: BatchGet, where the flag is set.
    Scans(MISSED, False, "fail", "fail", MANUAL),
    Scans(MISSED, None, "unknown", "unknown", None),
    Scans(MISSED, True, "pass", "pass", PUSH, RepositoryScanning(PUSH, scan_on_push=True)),
    Scans(MISSED, True, "pass", "pass", PUSH, RepositoryScanning(None, scan_on_push=True)),
    Scans(MISSED, True, "pass", "pass", PUSH, RepositoryScanning(PUSH, scan_on_push=None)),
    Scans(MISSED, True, "pass", "pass", CONTINUOUS, RepositoryScanning(CONTINUOUS, scan_on_push=False)),
    Scans(MISSED, True, "fail", "pass", MANUAL, RepositoryScanning(MANUAL, scan_on_push=False)),
    Scans(MISSED, True, "unknown", "pass", None, RepositoryScanning(FUTURE, scan_on_push=False)),
    Scans(MISSED, True, "unknown", "pass", None, RepositoryScanning(None, scan_on_push=None)),
    Scans(MISSED, True, "unknown", "pass", None, Unreadable("ECR said REPOSITORY_NOT_FOUND.")),
    # What is not known, or could not be read.
    Scans(RegistryScanning("SPLENDID", (rule(PUSH, "*"),)), True, "unknown", "pass", None),
    Scans(RegistryScanning("SPLENDID"), False, "unknown", "fail", None),
    Scans(None, True, "unknown", "pass", None),
    Scans(None, False, "unknown", "fail", None),
    Scans(None, None, "unknown", "unknown", None),
)
