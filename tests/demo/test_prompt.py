from __future__ import annotations

import json
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient

from demo.prompt import Session
from demo.watch import Patience
from demo.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUTTON = {"type": "button", "action_id": "share", "text": {"type": "plain_text", "text": "Share"}}
BLOCKS: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "All is well."}},
    {"type": "actions", "elements": [BUTTON]},
]


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace


@contextmanager
def app(slack: Workspace, *answers: dict[str, Any]) -> Iterator[None]:
    """An app in HTTP mode that takes every delivery and answers it with these messages, in turn."""
    with listening(slack, lambda url: post(url, answers)):
        yield


@contextmanager
def listening(slack: Workspace, answer: Callable[[str], object]) -> Iterator[None]:
    """An app in HTTP mode that takes every delivery and answers it in its own way, with its response_url at hand."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.wfile.flush()
            payload = json.loads(form["payload"][0]) if "payload" in form else {}
            url = payload.get("response_url") or form["response_url"][0]
            threading.Thread(target=answer, args=(url,), daemon=True).start()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        slack.post_to(f"http://127.0.0.1:{server.server_address[1]}/")
        yield
        server.shutdown()


def post(url: str, answers: tuple[dict[str, Any], ...]) -> None:
    for answer in answers:
        request = urllib.request.Request(url, json.dumps(answer).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5):
            pass


@pytest.fixture
def bot(slack: Workspace) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url)


def say(bot: WebClient, text: str, blocks: Any = ()) -> str:
    ts: str = bot.chat_postMessage(channel="C0ENG", text=text, blocks=blocks or None)["ts"]
    return ts


def test_an_answer_is_shown_as_text_with_who_sees_it(slack: Workspace) -> None:
    with app(slack, {"text": "All is well.", "blocks": BLOCKS}):
        shown = Session(slack).do("/ecr check payments-api")

    assert shown == "(seen by you alone)\nAll is well.\n[Share]"


def test_an_answer_that_takes_long_is_waited_for(slack: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    waiting = {"text": "Still asking AWS…", "response_type": "ephemeral"}
    final = {"text": "All is well.", "replace_original": True}

    with app(slack, waiting, final):
        shown = Session(slack).do("check payments-api")

    assert shown == "(seen by you alone)\nAll is well."
    assert capsys.readouterr().out in {"", "Still asking AWS…\n"}


def test_a_message_in_the_channel_is_an_answer(slack: Workspace, bot: WebClient) -> None:
    bot.chat_postMessage(channel="C0ENG", text="An older one.")

    with listening(slack, lambda _: say(bot, "Swept.")):
        shown = Session(slack).do("/ecr sweep")

    assert shown == "(in the channel)\nSwept."


def test_a_message_that_is_changed_until_it_is_done_is_shown_as_it_is_in_the_end(
    slack: Workspace, bot: WebClient, capsys: pytest.CaptureFixture[str]
) -> None:
    def sweep(_: str) -> None:
        ts = say(bot, "Sweeping…")
        bot.chat_update(channel="C0ENG", ts=ts, text="Swept: 2 targets.")

    with listening(slack, sweep):
        shown = Session(slack).do("/ecr sweep")

    assert shown == "(in the channel)\nSwept: 2 targets."
    assert capsys.readouterr().out in {"", "Sweeping…\n"}


def test_an_older_message_that_is_changed_is_an_answer_too(slack: Workspace, bot: WebClient) -> None:
    ts = say(bot, "Requested.")
    say(bot, "Another.")

    with listening(slack, lambda _: bot.chat_update(channel="C0ENG", ts=ts, text="Approved.")):
        shown = Session(slack).do("/ecr approve")

    assert shown == "(in the channel)\nApproved."


def test_a_bot_that_asks_for_ever_has_not_answered(slack: Workspace) -> None:
    session = Session(slack, patience=Patience(answer=0.5))

    with app(slack, {"text": "Still asking AWS…"}):
        shown = session.do("check payments-api")

    assert shown == "The bot did not answer: it was still asking AWS after 0.5 s"
    assert session.unanswered == 1


def test_a_bot_that_takes_a_command_and_says_nothing_is_counted(slack: Workspace) -> None:
    session = Session(slack, patience=Patience(answer=0.1))

    with listening(slack, lambda _: None):
        shown = session.do("check payments-api")

    assert str(shown).startswith("The bot did not answer: an answer did not happen within 0.1 s")
    assert session.unanswered == 1


def test_a_button_of_a_message_in_the_channel_can_be_pressed(slack: Workspace, bot: WebClient) -> None:
    session = Session(slack)
    with listening(slack, lambda _: say(bot, "All is well.", BLOCKS)):
        session.do("/ecr sweep")
    with app(slack, {"text": "Shared.", "response_type": "in_channel", "replace_original": False}):
        shown = session.do("click share")

    assert shown == "(in the channel)\nShared."


def test_a_button_is_pressed_by_its_label_in_any_case(slack: Workspace) -> None:
    session = Session(slack)
    with app(slack, {"text": "All is well.", "blocks": BLOCKS}):
        session.do("check payments-api")
    with app(slack, {"text": "Shared.", "response_type": "in_channel", "replace_original": False}):
        shown = session.do("click sHARE")

    assert shown == "(in the channel)\nShared."
    assert session.unanswered == 0


def test_a_button_that_is_not_there_is_named_beside_those_that_are(slack: Workspace) -> None:
    session = Session(slack)
    before = session.do("click Share")
    with app(slack, {"text": "All is well.", "blocks": BLOCKS}):
        session.do("check payments-api")

    assert before == "The last answer has no button 'Share'; it has none at all."
    assert session.do("click Approve") == "The last answer has no button 'Approve'; it has Share."


def words(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def field(name: str, **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": name}
    return {"type": "input", "block_id": name, "label": words(name.title()), "element": element, **more}


SAID = {"type": "section", "text": words("What would be done.")}
FORM = {"type": "modal", "title": words("Ask"), "submit": words("Go"), "close": words("Cancel"), "callback_id": "f"}
FILLED_IN = "Ask\n===\nWhat would be done.\nReason → reason: so\nTags → tags: latest\n[Go]  [Cancel]"


class Asker:
    """An app that opens a form by a command, updates it by a choice in it, and takes it as a test says."""

    def __init__(self, bot: WebClient) -> None:
        self.bot = bot
        self.answer: dict[str, Any] | None = None
        self.submitted: list[dict[str, Any]] = []

    def take(self, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Return what a delivery is acknowledged with."""
        shown = {**FORM, "blocks": [SAID, field("reason"), field("tags", dispatch_action=True)]}
        match payload.get("type"):
            case "block_actions":
                self.bot.views_update(view_id=payload["view"]["id"], hash=payload["view"]["hash"], view=shown)
            case "view_submission":
                self.submitted.append(payload)
                if self.answer is None:
                    self.bot.chat_postMessage(channel="C0APPROVE", text="Requested.", blocks=BLOCKS)
                return self.answer
            case None:
                self.bot.views_open(trigger_id=payload["trigger_id"], view=shown)
        return None


@pytest.fixture
def asker(slack: Workspace, bot: WebClient) -> Iterator[Asker]:
    made = Asker(bot)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            payload = json.loads(form["payload"][0]) if "payload" in form else {"trigger_id": form["trigger_id"][0]}
            answer = made.take(payload)
            body = json.dumps(answer).encode() if answer else b""
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        slack.post_to(f"http://127.0.0.1:{server.server_address[1]}/")
        yield made
        server.shutdown()


def test_a_form_is_shown_filled_in_and_submitted(slack: Workspace, asker: Asker) -> None:
    session = Session(slack)
    shown = str(session.do("/ecr remediate payments-api"))
    assert shown.startswith("(a form, seen by you alone)\nAsk\n===\nWhat would be done.\nReason → reason: …\n")
    assert session.do("submit") == "Slack takes no form in which this is empty: reason, tags."
    assert session.do("reason: so") == "Reason → reason: so"
    assert session.do("tags: latest") == f"(a form, seen by you alone)\n{FILLED_IN}"
    assert session.do("submit") == "(in #ecr-approvals)\nAll is well.\n[Share]"
    [payload] = asker.submitted
    assert (payload["user"]["id"], payload["view"]["state"]["values"]) == (
        "U0ENGINEER",
        {
            "reason": {"reason": {"type": "plain_text_input", "value": "so"}},
            "tags": {"tags": {"type": "plain_text_input", "value": "latest"}},
        },
    )
    assert session.do("submit") == "No form is open. One opens by /ecr remediate payments-api, for example."
    assert session.unanswered == 0


def test_what_is_wrong_in_a_form_is_said_and_the_form_stays_with_what_was_typed(slack: Workspace, asker: Asker) -> None:
    session = Session(slack)
    asker.answer = {"response_action": "errors", "errors": {"reason": "Too short."}}
    for line in ("/ecr remediate payments-api", "reason: so", "tags: latest"):
        session.do(line)
    assert session.do("click go") == "Reason: Too short."
    asker.answer = None
    assert session.do("click Go") == "(in #ecr-approvals)\nAll is well.\n[Share]"
    assert [one["view"]["state"]["values"]["reason"]["reason"]["value"] for one in asker.submitted] == ["so", "so"]


def test_a_form_belongs_to_who_opened_it(slack: Workspace, asker: Asker) -> None:
    del asker
    session = Session(slack)
    session.do("/ecr remediate payments-api")
    session.do("as oncall")
    assert session.do("reason: so") == "No form is open. One opens by /ecr remediate payments-api, for example."
    session.do("as eva")
    assert session.do("reason: so") == "Reason → reason: so"
    assert session.do("why: so") == "This form has no field 'why'; it has reason, tags."
    assert session.do("click Cancel") == "The form is closed."
    assert slack.views("U0ENGINEER") == ()


def test_a_form_that_only_tells_something_has_nothing_to_submit(slack: Workspace, bot: WebClient) -> None:
    session = Session(slack)
    told = {"type": "modal", "title": words("Ask"), "blocks": [SAID]}
    trigger = slack.command("x").payload["trigger_id"]
    bot.views_open(trigger_id=trigger, view=told)
    assert session.do("submit") == "There is nothing to submit in this form: close it."


def test_a_card_elsewhere_is_found_by_its_button_and_nobody_clicks_what_another_one_sees_alone(
    slack: Workspace, bot: WebClient
) -> None:
    session = Session(slack)
    with app(slack, {"text": "All is well.", "blocks": BLOCKS}):
        session.do("check payments-api")
    session.do("as oncall")
    assert session.do("click Share") == "The last answer has no button 'Share'; it has none at all."
    bot.chat_postMessage(channel="C0APPROVE", text="Requested.", blocks=BLOCKS)
    with listening(slack, lambda _: bot.chat_postMessage(channel="U0ONCALL", text="Shared.")):
        assert session.do("click Share") == "(to you directly)\nShared."


def test_a_bot_that_is_not_there_is_said_and_counted(slack: Workspace) -> None:
    session = Session(slack)

    shown = session.do("check payments-api")

    assert shown is not None
    assert shown.startswith("The bot did not answer: ")
    assert session.unanswered == 1


@pytest.mark.parametrize("who", ["oncall", "otto", "U0ONCALL", "@otto", "Otto Oncall"])
def test_one_can_be_somebody_else(slack: Workspace, who: str) -> None:
    session = Session(slack)

    assert session.do(f"as {who}") == "You are Otto Oncall now."
    assert session.person.id == "U0ONCALL"


def test_who_is_not_known_or_not_clear_is_asked_again(slack: Workspace) -> None:
    session = Session(slack)

    assert "There is nobody like 'zed': " in str(session.do("as zed"))
    assert "There are several people like 'o': " in str(session.do("as o"))
    assert session.person.id == "U0ENGINEER"


def test_quitting_ends_and_help_lists(slack: Workspace) -> None:
    assert Session(slack).do("quit") is None
    words_of_its_own = [line.split()[0] for line in str(Session(slack).do("help")).splitlines()]
    assert words_of_its_own == ["/ecr", "click", "reason:", "submit", "as", "help", "quit"]
    assert Session(slack).do("") == ""
