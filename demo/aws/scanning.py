"""Registry scanning as ECR does it: which configurations it takes, and what each repository really gets.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html. This is the other side of what
ecr/scanning.py concludes, written apart from it on purpose: one must not inherit the other's mistakes.
"""

from __future__ import annotations

import fnmatch
import re
import threading
from typing import TYPE_CHECKING, Any

from demo.aws.answers import RefusalError

if TYPE_CHECKING:
    from demo.aws.calls import Call, Json
    from demo.aws.moto_state import MotoState

_FREQUENCIES = {"BASIC": ("SCAN_ON_PUSH", "MANUAL"), "ENHANCED": ("CONTINUOUS_SCAN", "SCAN_ON_PUSH")}


class Scanning:
    """PutRegistryScanningConfiguration's refusals and BatchGetRepositoryScanningConfiguration's answers."""

    def __init__(self, state: MotoState) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._flag_is_void: set[tuple[str, str]] = set()

    def reset(self) -> None:
        """Let left-over flags count again everywhere."""
        with self._lock:
            self._flag_is_void.clear()

    def legacy_flag_counts(self, place: tuple[str, str], *, counts: bool) -> None:
        """Set whether a repository's own flag counts in a BASIC registry that has rules, none of which matches."""
        with self._lock:
            (self._flag_is_void.discard if counts else self._flag_is_void.add)(place)

    def get_registry(self, call: Call) -> Json:
        """Answer GetRegistryScanningConfiguration; a registry that nobody has set is BASIC without rules."""
        return {"registryId": call.account, "scanningConfiguration": self._state.scanning(*call.place)}

    def put_registry(self, call: Call) -> Json:
        """Answer PutRegistryScanningConfiguration: a full replacement of the registry's rules.

        Raises:
            RefusalError: ValidationException, for a frequency that the scan type has not.
        """
        kind = call.parameters.get("scanType") or "BASIC"
        rules = call.parameters.get("rules") or []
        for frequency in (rule["scanFrequency"] for rule in rules):
            if frequency not in _FREQUENCIES[kind]:
                raise RefusalError("ValidationException", f"{frequency} is not supported for {kind} scan type")
        self._state.put_scanning(*call.place, kind, rules)
        return {"registryScanningConfiguration": {"scanType": kind, "rules": rules}}

    def batch_get(self, call: Call) -> Json:
        """Answer BatchGetRepositoryScanningConfiguration: what is not there is among the failures, no error."""
        have = self._state.repositories(*call.place)
        asked: list[str] = call.parameters["repositoryNames"]
        return {
            "scanningConfigurations": [self._configuration(call, have[name]) for name in asked if name in have],
            "failures": [_failure(call, name) for name in asked if name not in have],
        }

    def _configuration(self, call: Call, repository: Any) -> Json:  # noqa: ANN401 - moto's Repository has no types
        registry = self._state.scanning(*call.place)
        matching = [
            (rule["scanFrequency"], one)
            for rule in registry["rules"]
            for one in rule["repositoryFilters"]
            if matches(one["filter"], repository.name)
        ]
        frequency = _frequency({frequency for frequency, _ in matching})
        if not matching and registry["scanType"] == "BASIC" and self._flag_counts(call, registry):
            frequency = "SCAN_ON_PUSH" if repository.image_scanning_configuration.get("scanOnPush") else "MANUAL"
        return {
            "repositoryArn": repository.arn,
            "repositoryName": repository.name,
            "scanOnPush": frequency == "SCAN_ON_PUSH",
            "scanFrequency": frequency,
            "appliedScanFilters": [one for _, one in matching],
        }

    def _flag_counts(self, call: Call, registry: Json) -> bool:
        with self._lock:
            return not registry["rules"] or call.place not in self._flag_is_void


def matches(text: str, name: str) -> bool:
    """Tell whether a filter is for a repository: contained in its name or, with `*`, the glob of its whole name."""
    if "*" not in text:
        return text in name
    return re.fullmatch(fnmatch.translate(text), name) is not None


def _frequency(matching: set[str]) -> str:
    for frequency in ("CONTINUOUS_SCAN", "SCAN_ON_PUSH"):
        if frequency in matching:
            return frequency
    return "MANUAL"


def _failure(call: Call, name: str) -> Json:
    return {
        "repositoryName": name,
        "failureCode": "REPOSITORY_NOT_FOUND",
        "failureReason": f"The repository with name '{name}' does not exist in the registry with id '{call.account}'",
    }
