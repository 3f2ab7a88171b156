"""What can be measured of a running bot, in Prometheus' format; no name in it is of a person or a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20)


class Metrics:
    """The counters of one bot, as `handlers.deps.Meter`."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "ecrbot_answers_total", "Commands and clicks answered.", ("kind", "outcome"), registry=self._registry
        )
        self._digests = Counter(
            "ecrbot_digests_total", "Digests sent, given up or paused.", ("state",), registry=self._registry
        )
        self._seconds = Histogram(
            "ecrbot_answer_seconds",
            "From a delivery to its answer.",
            ("kind",),
            buckets=_SECONDS,
            registry=self._registry,
        )

    def answered(self, kind: str, outcome: str, seconds: float) -> None:
        """Count an answer of a kind and how it went, and the seconds it took."""
        self._answers.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)

    def digest(self, state: str) -> None:
        """Count a digest, by what became of it."""
        self._digests.labels(state).inc()

    def watch(self, name: str, says: str, value: Callable[[], float]) -> None:
        """Show a value as it is whenever it is asked for."""
        Gauge(name, says, registry=self._registry).set_function(value)

    def exposition(self) -> bytes:
        """Return everything in the text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats)."""
        return generate_latest(self._registry)
