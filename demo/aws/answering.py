"""What happens to one request, whoever brings it: faults, then the corrections, then moto. No HTTP server here."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING

from demo.aws.answers import Answer, RefusalError, answered, refused
from demo.aws.ecr import Ecr
from demo.aws.events import Events
from demo.aws.regions import Regions
from demo.aws.rights import besides
from demo.aws.sts import Sts

if TYPE_CHECKING:
    from demo.aws.calls import Call, Json, Request
    from demo.aws.faults import Faults
    from demo.aws.keys import Keys
    from demo.aws.moto_state import MotoState


class Calls:
    """How often each operation was called where, retries included."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counter: Counter[tuple[str, str, str]] = Counter()

    def count(self, call: Call) -> None:
        """Count a call."""
        with self._lock:
            self._counter[call.operation, call.account, call.region] += 1

    def snapshot(self) -> Counter[tuple[str, str, str]]:
        """Return a copy of the counts."""
        with self._lock:
            return Counter(self._counter)

    def reset(self) -> None:
        """Begin at nought."""
        with self._lock:
            self._counter.clear()


class Answering:
    """What happens to one request, without the HTTP around it. Any thread may come here."""

    def __init__(self, state: MotoState, keys: Keys, faults: Faults) -> None:
        self.keys = keys
        self.faults = faults
        self.calls = Calls()
        self.ecr = Ecr(state)
        self.sts = Sts(keys)
        self.regions = Regions()
        self.events = Events()
        self._state = state

    def reset(self) -> None:
        """Forget everything but the keys that were handed out."""
        self._state.reset()
        self.ecr.reset()
        self.sts.reset()
        self.regions.reset()
        self.events.reset()
        self.calls.reset()

    def local(self, call: Call) -> Answer | None:
        """Answer a call here, or return `None` where moto answers it; it never waits. A refusal is an answer."""
        try:
            if not call.outside:
                self.faults.check(call, self.keys.principal(call.key))
            return self._answered(call)
        except RefusalError as refusal:
            return refused(refusal, call)

    def by_moto(self, call: Call, request: Request) -> Answer:
        """Let moto answer a call."""
        answer = self._state.ask(request, self.keys.account(call.key))
        if call.operation == "AssumeRole":
            self.sts.learn(call, answer)
        failed = answer.status >= HTTPStatus.BAD_REQUEST
        if call.operation == "DeleteRepository" and not failed:
            self.ecr.deleted(call)
        if failed or call.service != "ecr" or not self.faults.rewrites(call):
            return answer
        return answered(self._rewritten(call, json.loads(answer.body)))

    def _answered(self, call: Call) -> Answer | None:
        match call.service, call.operation:
            case "ecr", _:
                self.regions.check(call)
                template = self.ecr.templates.kept(call.place, str(call.parameters.get("prefix")))
                self.sts.require_allowed(call, besides(call, template))
                value = self.ecr.answer(call, self.keys.principal(call.key))
                return None if value is None else answered(self._rewritten(call, value))
            case "sts", _:
                return self.sts.answer(call)
            case "ec2", "DescribeRegions":
                return self.regions.describe(call)
        return None

    def _rewritten(self, call: Call, value: Json) -> Json:
        return value if call.outside else self.faults.rewritten(call, value)
