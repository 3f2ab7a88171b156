"""A reply: the patient word first, the answer last, each at most once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from handlers.blocks.text import plain
from handlers.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping


class Posts:
    def __init__(self) -> None:
        self.payloads: list[dict[str, Any]] = []
        self.first = threading.Event()

    def __call__(self, url: str, payload: Mapping[str, object]) -> None:
        assert url == "https://answer.example"
        self.payloads.append(dict(payload))
        self.first.set()


def test_a_quick_answer_comes_alone() -> None:
    posts = Posts()
    Reply(posts, "https://answer.example", 60).answer(plain("done"))
    assert [(p["text"], p["response_type"], p["replace_original"]) for p in posts.payloads] == [
        ("done", "ephemeral", False)
    ]


def test_a_slow_answer_takes_the_place_of_the_patient_word() -> None:
    posts = Posts()
    reply = Reply(posts, "https://answer.example", 0.01)
    assert posts.first.wait(5)
    reply.answer(plain("done"))
    assert [(p["text"], p["replace_original"]) for p in posts.payloads] == [
        ("Still asking AWS…", False),
        ("done", True),
    ]


def test_a_slow_answer_to_the_channel_is_a_new_message() -> None:
    posts = Posts()
    reply = Reply(posts, "https://answer.example", 0.01)
    assert posts.first.wait(5)
    reply.answer(plain("done"), in_channel=True)
    assert (posts.payloads[1]["response_type"], posts.payloads[1]["replace_original"]) == ("in_channel", False)


def test_nothing_is_said_once_it_was_cancelled() -> None:
    posts = Posts()
    Reply(posts, "https://answer.example", 0.01).cancel()
    assert not posts.first.wait(0.1)
