"""The noticeboard, in the real local workspace over HTTP with real clients: what is posted, found and rewritten."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk import WebClient

from demo.workspace import Workspace
from ecr.approval import Approvers
from ecr.errors import CannotLookError, ChannelClosedError, NotPostedError, SlackError
from ecr.letter import Letter, Posted
from ecr.request import Place, State
from handlers.blocks import request as drawn
from handlers.noticeboard import EVENT, LOOK_BACK, SlackNoticeboard
from tests.handlers.blocks.examples import AT, CARD, applied, ended, item, many, request
from tests.handlers.gateways import GATEWAYS, answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.workspace.state import Message
    from handlers.blocks.text import Message as Drawn

APPROVERS = Approvers(("S0ONCALL", "U0LEAD"), {"222222222222": ("S0STAGING",)})
READING = ("channels:history", "groups:history")
DIRECT = ("im:write", "im:history")
SECOND = timedelta(seconds=1)


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace(clock=AT.timestamp) as running:
        running.scopes = (*running.scopes, *READING)
        yield running


@pytest.fixture
def board(workspace: Workspace) -> SlackNoticeboard:
    return at(workspace.api_url, workspace.bot_token)


def at(url: str, token: str = "xoxb-any", asking: str | None = None, timeout: int = 10) -> SlackNoticeboard:
    def client(token: str) -> WebClient:
        return WebClient(token=token, base_url=url, retry_handlers=[], timeout=timeout)

    return SlackNoticeboard(client(token), client(asking or token), APPROVERS, lambda: AT)


def a(letter: Letter = Letter.CARD, channel: str = "C0APPROVE", of: str = "R0123456789", **fields: Any) -> Posted:
    return Posted(of, letter, channel, **{"made_at": AT, **fields})


def there(workspace: Workspace, channel: str = "C0APPROVE") -> list[Message]:
    return list(workspace.messages(channel))


def shown(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks)}


def called(workspace: Workspace, method: str) -> list[dict[str, Any]]:
    return [call.arguments for call in workspace.calls if call.method == method]


def card(board: SlackNoticeboard, **fields: Any) -> Place:
    return Place("C0APPROVE", board.post(a(), request(**fields), thread=None))


def test_a_card_is_posted_with_what_it_is_found_by_and_calls_who_may_approve(
    workspace: Workspace, board: SlackNoticeboard
) -> None:
    waiting = request(items=(item("one"),))
    ts = board.post(a(), waiting, thread=None)
    (message,) = there(workspace)
    assert (message.ts, message.thread_ts, shown(message)) == (
        ts,
        None,
        drawn.card(waiting, ("S0ONCALL", "U0LEAD"), AT).payload(),
    )
    assert message.metadata == {
        "event_type": EVENT,
        "event_payload": {"key": "R0123456789/card/C0APPROVE", "request": "R0123456789", "letter": "card"},
    }
    assert EVENT == "ecr_request"
    assert workspace.refusals == ()


def test_a_card_calls_the_approvers_of_its_accounts_alone(workspace: Workspace, board: SlackNoticeboard) -> None:
    both = request(*many(2))
    board.post(a(), both, thread=None)
    assert shown(there(workspace)[0]) == drawn.card(both, ("S0ONCALL", "U0LEAD", "S0STAGING"), AT).payload()


def test_a_link_in_a_card_shows_nothing_of_what_it_leads_to(workspace: Workspace, board: SlackNoticeboard) -> None:
    card(board)
    assert [str(one["unfurl_links"]).lower() for one in called(workspace, "chat.postMessage")] == ["false"]


def test_details_reply_to_the_card(workspace: Workspace, board: SlackNoticeboard) -> None:
    long = request(*many(40))
    first = board.post(a(), long, thread=None)
    second = board.post(a(Letter.DETAILS), long, thread=first)
    assert [(one.ts, one.thread_ts) for one in there(workspace)] == [(first, None), (second, first)]
    assert shown(there(workspace)[1]) == drawn.details(long).payload()
    assert workspace.refusals == ()


@pytest.mark.parametrize(("repositories", "needed"), [(1, False), (10, False), (11, True), (100, True)])
def test_only_a_request_that_is_too_long_for_its_card_needs_details(
    board: SlackNoticeboard, repositories: int, *, needed: bool
) -> None:
    assert board.needs_details(request(*many(repositories))) is needed


def test_an_outcome_goes_to_whoever_asked_and_a_line_to_its_channel(
    workspace: Workspace, board: SlackNoticeboard
) -> None:
    over = ended()
    told = board.post(a(Letter.OUTCOME, "U0ENGINEER"), over, thread=None)
    line = board.post(a(Letter.LINE, "C0DIGEST"), over, thread=None)

    def only(channel: str) -> tuple[str, dict[str, Any]]:
        (message,) = there(workspace, channel)
        return message.ts, shown(message)

    def as_is(ts: str, message: Drawn) -> tuple[str, dict[str, Any]]:
        return ts, message.payload()

    assert only("D0ENGINEER") == as_is(told, drawn.outcome(over, AT))
    assert only("C0DIGEST") == as_is(line, drawn.line(over))
    assert workspace.refusals == ()


@pytest.mark.parametrize(
    ("fault", "said", "after", "in_doubt"),
    [
        ({"status": 429, "retry_after": 42}, r"no more messages at this moment \(429\)", 42.0, False),
        ({"status": 503}, r"Slack has trouble of its own \(503\)", None, True),
        ({"error": "internal_error"}, r"Slack refused a message \(internal_error\)", None, True),
        ({"error": "restricted_action"}, r"Slack refused a message \(restricted_action\)", None, False),
        ({"drop": True}, r"Slack cannot be reached", None, True),
    ],
)
def test_what_slack_does_not_take_says_when_to_ask_again_and_whether_it_may_be_there(
    workspace: Workspace,
    board: SlackNoticeboard,
    fault: dict[str, Any],
    said: str,
    after: float | None,
    *,
    in_doubt: bool,
) -> None:
    workspace.fail("chat.postMessage", **fault)
    with pytest.raises(NotPostedError, match=said) as refusal:
        card(board)
    assert (refusal.value.after, refusal.value.in_doubt) == (after, in_doubt)
    assert len(called(workspace, "chat.postMessage")) == 1
    assert there(workspace) == []


def test_what_never_reached_slack_is_not_in_doubt() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotPostedError, match=r"Slack cannot be reached \(ConnectionRefusedError\)") as refusal:
        card(at(f"http://127.0.0.1:{port}/api/"))
    assert not refusal.value.in_doubt


@pytest.mark.parametrize(("status", "body", "length"), GATEWAYS)
def test_what_is_answered_by_something_before_slack_is_in_doubt_and_no_answer_to_a_question(
    status: int, body: bytes, length: int | None
) -> None:
    with answering(status, body, length) as url:
        board = at(url)
        with pytest.raises(NotPostedError) as refusal:
            card(board)
        assert refusal.value.in_doubt
        with pytest.raises(NotPostedError):
            board.rewrite(CARD, ended())
        for letter, channel in ((Letter.CARD, "C0APPROVE"), (Letter.OUTCOME, "U0ENGINEER")):
            with pytest.raises(SlackError) as unseen:
                board.find(a(letter, channel), thread=None)
            assert type(unseen.value) is SlackError


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        ("C0QUIET", "the bot is not in it (/invite @ecrbot)"),
        ("C0NOWHERE", "the bot is not in it (/invite @ecrbot), or it is gone"),
        ("C0ENG", "it is archived"),
    ],
)
def test_a_channel_that_takes_nothing_says_why(
    workspace: Workspace, board: SlackNoticeboard, channel: str, reason: str
) -> None:
    workspace.archive("C0ENG")
    with pytest.raises(ChannelClosedError) as closed:
        board.post(a(channel=channel), request(), thread=None)
    assert str(closed.value) == reason


@pytest.mark.parametrize("fault", [{}, {"status": 503}, {"error": "internal_error"}])
def test_what_is_there_although_its_answer_was_lost_is_in_doubt_and_found(
    workspace: Workspace, board: SlackNoticeboard, fault: dict[str, Any]
) -> None:
    workspace.fail("chat.postMessage", after=True, **fault)
    with pytest.raises(NotPostedError) as refusal:
        card(board)
    assert refusal.value.in_doubt
    assert board.find(a(), thread=None) == there(workspace)[0].ts


def test_a_message_is_found_by_its_request_its_kind_and_its_channel(
    workspace: Workspace, board: SlackNoticeboard
) -> None:
    first = board.post(a(), request(), thread=None)
    other = board.post(a(of="R9"), request(id="R9"), thread=None)
    reply = board.post(a(Letter.DETAILS), request(), thread=first)
    line = board.post(a(Letter.LINE, "C0DIGEST"), ended(), thread=None)
    assert [board.find(a(), thread=None), board.find(a(of="R9"), thread=None)] == [first, other]
    assert [board.find(a(Letter.DETAILS), thread=one) for one in (first, other, None)] == [reply, None, None]
    assert board.find(a(Letter.LINE, "C0DIGEST"), thread=None) == line
    assert [board.find(a(of="R8"), thread=None), board.find(a(Letter.LINE), thread=None)] == [None, None]
    assert workspace.refusals == ()


def test_a_card_that_was_rewritten_is_found_still(board: SlackNoticeboard) -> None:
    place = card(board)
    board.rewrite(place, ended())
    assert board.find(a(), thread=None) == place.ts


def test_a_digest_of_the_same_key_is_no_card(workspace: Workspace, board: SlackNoticeboard) -> None:
    client = WebClient(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
    metadata = {"event_type": "ecr_digest", "event_payload": {"key": a().key}}
    client.chat_postMessage(channel="C0APPROVE", text=a().key, metadata=metadata)
    assert board.find(a(), thread=None) is None


def test_it_is_looked_for_from_ten_minutes_before_it_was_written_down(board: SlackNoticeboard) -> None:
    place = card(board)
    assert board.find(a(made_at=AT + LOOK_BACK - SECOND), thread=None) == place.ts
    assert board.find(a(made_at=AT + LOOK_BACK + SECOND), thread=None) is None
    assert timedelta(minutes=10) == LOOK_BACK


def test_without_the_scope_nobody_can_look(workspace: Workspace, board: SlackNoticeboard) -> None:
    workspace.scopes = tuple(scope for scope in workspace.scopes if scope not in READING)
    for thread in (None, "1800000000.000001"):
        with pytest.raises(CannotLookError, match=r"its Slack app lacks the scope .*history.*; add it and reinstall"):
            board.find(a(), thread=thread)


def test_nobody_can_look_into_direct_messages_with_the_scopes_that_the_bot_asks_for(
    workspace: Workspace, board: SlackNoticeboard
) -> None:
    board.post(a(Letter.OUTCOME, "U0ENGINEER"), ended(), thread=None)
    with pytest.raises(CannotLookError, match="lacks the scope im:write"):
        board.find(a(Letter.OUTCOME, "U0ENGINEER"), thread=None)
    workspace.scopes = (*workspace.scopes, "im:write")
    with pytest.raises(CannotLookError, match="lacks the scope im:history"):
        board.find(a(Letter.OUTCOME, "U0ENGINEER"), thread=None)


def test_where_a_workspace_grants_it_an_outcome_is_found_with_whom_it_went_to(
    workspace: Workspace, board: SlackNoticeboard
) -> None:
    workspace.scopes = (*workspace.scopes, *DIRECT)
    assert board.find(a(Letter.OUTCOME, "U0ENGINEER"), thread=None) is None
    ts = board.post(a(Letter.OUTCOME, "U0ENGINEER"), ended(), thread=None)
    assert board.find(a(Letter.OUTCOME, "U0ENGINEER"), thread=None) == ts
    assert board.find(a(Letter.OUTCOME, "U0ONCALL"), thread=None) is None


@pytest.mark.parametrize("method", ["conversations.history", "conversations.open"])
@pytest.mark.parametrize("fault", [{"error": "internal_error"}, {"status": 503}, {"drop": True}])
def test_what_slack_does_not_say_about_a_channel_is_an_error(
    workspace: Workspace, board: SlackNoticeboard, method: str, fault: dict[str, Any]
) -> None:
    workspace.scopes = (*workspace.scopes, *DIRECT)
    workspace.fail(method, **fault)
    with pytest.raises(SlackError, match="try again in a moment") as refusal:
        board.find(a(Letter.OUTCOME, "U0ENGINEER"), thread=None)
    assert type(refusal.value) is SlackError


def test_a_channel_that_the_bot_is_not_in_is_closed_to_looking_too(board: SlackNoticeboard) -> None:
    with pytest.raises(ChannelClosedError, match="the bot is not in it"):
        board.find(a(channel="C0QUIET"), thread=None)


@pytest.mark.parametrize("state", [State.DENIED, State.EXPIRED, State.CANCELLED, State.APPLIED])
def test_a_card_is_rewritten_in_place_and_keeps_what_it_is_found_by(
    workspace: Workspace, board: SlackNoticeboard, state: State
) -> None:
    place = card(board)
    before = there(workspace)[0].metadata
    over = ended(state=state)
    board.rewrite(place, over)
    (message,) = there(workspace)
    assert (message.ts, message.edited, message.metadata) == (place.ts, True, before)
    assert shown(message) == drawn.card(over, ("S0ONCALL", "U0LEAD"), AT).payload()
    assert workspace.refusals == ()


def test_a_card_tells_how_many_of_its_repositories_are_done(workspace: Workspace, board: SlackNoticeboard) -> None:
    place = card(board)
    some = tuple(applied(one) if n < 3 else one for n, one in enumerate(many(5)))
    under_way = ended(*some, state=State.APPLYING, ended_at=None, card=place)
    board.rewrite(place, under_way, 3)
    told = shown(there(workspace)[0])
    assert told == drawn.card(under_way, ("S0ONCALL", "U0LEAD", "S0STAGING"), AT, 3).payload()
    assert told != drawn.card(under_way, ("S0ONCALL", "U0LEAD", "S0STAGING"), AT, 2).payload()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("message_not_found", "the message is not there any more"),
        ("cant_update_message", "the message is not the bot's"),
        ("edit_window_closed", "this workspace lets nobody change a message of that age"),
        ("channel_not_found", "the bot is not in it (/invite @ecrbot), or it is gone"),
        ("not_in_channel", "the bot is not in it (/invite @ecrbot)"),
        ("is_archived", "it is archived"),
    ],
)
def test_a_card_that_can_not_be_changed_any_more_says_why(
    workspace: Workspace, board: SlackNoticeboard, error: str, reason: str
) -> None:
    place = card(board)
    workspace.fail("chat.update", error=error)
    with pytest.raises(ChannelClosedError) as closed:
        board.rewrite(place, ended())
    assert str(closed.value) == reason


def test_a_card_that_was_deleted_or_whose_channel_is_closed_is_told_from_one_that_waits(
    workspace: Workspace, board: SlackNoticeboard
) -> None:
    place = card(board)
    with pytest.raises(ChannelClosedError, match="not there any more"):
        board.rewrite(Place(place.channel, "1764038000.999999"), ended())
    workspace.remove_bot("C0APPROVE")
    with pytest.raises(ChannelClosedError, match="the bot is not in it"):
        board.rewrite(place, ended())
    workspace.archive("C0APPROVE")
    with pytest.raises(ChannelClosedError, match="it is archived"):
        board.rewrite(place, ended())


@pytest.mark.parametrize(
    ("fault", "said", "after"),
    [
        ({"status": 429, "retry_after": 7}, r"at this moment \(429\)", 7.0),
        ({"error": "ratelimited"}, r"at this moment \(429\)", None),
        ({"status": 503}, r"Slack has trouble of its own \(503\)", None),
        ({"error": "invalid_blocks"}, r"Slack refused a message \(invalid_blocks\)", None),
        ({"drop": True}, r"Slack cannot be reached \((RemoteDisconnected|ConnectionResetError)\)", None),
    ],
)
def test_a_card_that_slack_does_not_change_now_is_changed_later(
    workspace: Workspace, board: SlackNoticeboard, fault: dict[str, Any], said: str, after: float | None
) -> None:
    place = card(board)
    workspace.fail("chat.update", **fault)
    with pytest.raises(NotPostedError, match=said) as refusal:
        board.rewrite(place, ended())
    assert refusal.value.after == after
    board.rewrite(place, ended())
    assert shown(there(workspace)[0]) == drawn.card(ended(), ("S0ONCALL", "U0LEAD"), AT).payload()


def test_cards_are_posted_by_the_client_that_tries_nothing_again_and_everything_else_asked_by_the_other(
    workspace: Workspace,
) -> None:
    place = card(at(workspace.api_url, workspace.bot_token, asking="xoxb-wrong"))
    other = at(workspace.api_url, "xoxb-wrong", asking=workspace.bot_token)
    other.rewrite(place, ended())
    assert other.find(a(), thread=None) == place.ts
    with pytest.raises(NotPostedError, match="invalid_auth"):
        card(other)
