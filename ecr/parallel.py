"""Doing the same work for many items at once, with a deadline after which what is late is left behind.

Threads here are daemons: a call that hangs in the network must neither hold up the answer nor the end of the process,
which is why this is no ThreadPoolExecutor (its threads are joined at exit).
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ecr.deadline import Deadline

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def each(
    items: Sequence[Item], work: Callable[[Item], Answer], *, workers: int, deadline: Deadline
) -> Iterator[tuple[int, Answer]]:
    """Do `work` for each item, `workers` at a time, and yield answers as they come until the deadline.

    Args:
        items: what to work on.
        work: the work for one item, called in threads of its own.
        workers: how many at a time at most.
        deadline: when to stop waiting. Items that were not answered by then are not yielded.

    Yields:
        The index of an item and its answer, in the order of completion.

    Raises:
        Exception: whatever `work` raised, as it was.
    """
    crew = _Crew(items, work, deadline)
    crew.start(min(workers, len(items)))
    for _ in items:
        try:
            index, answer, error = crew.done.get(timeout=deadline.remaining)
        except queue.Empty:
            return
        if error is not None:
            raise error
        yield index, answer  # type: ignore[misc]  # an answer is there where no error is


class _Crew(Generic[Item, Answer]):
    """The threads of one call of `each`, what they take from and what they hand back."""

    def __init__(self, items: Sequence[Item], work: Callable[[Item], Answer], deadline: Deadline) -> None:
        self.done: queue.SimpleQueue[tuple[int, Answer | None, Exception | None]] = queue.SimpleQueue()
        self._waiting: queue.SimpleQueue[tuple[int, Item]] = queue.SimpleQueue()
        for entry in enumerate(items):
            self._waiting.put(entry)
        self._work = work
        self._deadline = deadline

    def start(self, workers: int) -> None:
        for _ in range(workers):
            threading.Thread(target=self._run, name="ecr-read", daemon=True).start()

    def _run(self) -> None:
        while not self._deadline.passed:
            try:
                index, item = self._waiting.get_nowait()
            except queue.Empty:
                return
            self.done.put((index, *self._attempt(item)))

    def _attempt(self, item: Item) -> tuple[Answer | None, Exception | None]:
        try:
            return self._work(item), None
        except Exception as error:  # noqa: BLE001 - carried to the caller's thread and raised there
            return None, error
