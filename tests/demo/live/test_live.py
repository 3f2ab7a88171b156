"""What an open page is told, what it may ask for, and what it is refused."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from demo.live.site import PAGE
from demo.workspace import Message
from tests.demo.live.conftest import row
from tests.demo.live.pages import App, OpenPage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from demo.workspace import Workspace
    from tests.demo.live.conftest import World

EVA, OTTO = "U0ENGINEER", "U0ONCALL"
BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "its own"}


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await work()

    asyncio.run(whole())


def put(slack: Workspace, ts: str = "1800000000.000001", **more: Any) -> Message:
    message = Message("C0ENG", ts, "U0ECRBOT", "hello", **more)
    slack.put(message)
    return message


def test_a_page_is_told_what_its_person_sees_and_then_what_is_new(slack: Workspace) -> None:
    put(slack)
    put(slack, "1800000000.000002", ephemeral_to=OTTO)

    async def work() -> None:
        async with OpenPage(slack, EVA) as page:
            assert list(page.messages) == ["1800000000.000001"]
            assert [one["name"] for one in page.told["channels"]] == [
                "eng",
                "ecr-approvals",
                "ecr-digest",
                "with-partners",
            ]
            put(slack, "1800000000.000003", blocks=({"type": "divider"},))
            await page.until(lambda: len(page.messages) > 1)
            assert page.messages["1800000000.000003"]["blocks"] == [{"block_id": "~0", "type": "divider"}]

    run(work)


def test_what_is_changed_or_deleted_is_told(slack: Workspace) -> None:
    put(slack)

    async def work() -> None:
        async with OpenPage(slack, EVA) as page:
            put(slack, blocks=({"type": "divider"},))
            await page.until(lambda: page.messages["1800000000.000001"]["blocks"])
            slack._state.delete("1800000000.000001")  # noqa: SLF001 - as the app deletes one
            await page.until(lambda: not page.messages)

    run(work)


def test_direct_messages_are_seen_by_their_person_alone(slack: Workspace) -> None:
    slack.open_home(OTTO)
    slack.put(Message("D0ONCALL", "1800000000.000009", "U0ECRBOT", "to Otto"))

    async def work() -> None:
        async with OpenPage(slack, EVA) as eva, OpenPage(slack, OTTO) as otto:
            assert eva.messages == {}
            assert [one["text"] for one in otto.messages.values()] == ["to Otto"]
            assert (await eva.ask("say", channel="D0ONCALL", text="hi"))["error"] == "This channel is not there."

    run(work)


def test_a_command_is_delivered_in_the_name_of_whoever_sits_there(slack: Workspace) -> None:
    async def work() -> None:
        async with App(slack) as app, OpenPage(slack, OTTO) as page:
            assert await page.ask("command", channel="C0ENG", text="/ecr check payments-api") == {}
            delivered = app.deliveries[0]
            assert (delivered["user_id"], delivered["text"]) == (OTTO, "check payments-api")

    run(work)


def test_a_click_carries_what_the_app_put_there_and_what_was_chosen_alone(slack: Workspace) -> None:
    menu = {"type": "static_select", "action_id": "pick", "options": []}
    put(slack, blocks=({"type": "actions", "elements": [BUTTON, menu]},))

    async def work() -> None:
        async with App(slack) as app, OpenPage(slack, EVA) as page:
            asked = {"ts": "1800000000.000001", "block": "~0"}
            forged = {"value": "forged", "selected_option": {"value": "a"}, "type": "other"}
            assert await page.ask("click", **asked, action="go", chosen={"value": "forged"}) == {}
            assert await page.ask("click", **asked, action="pick", chosen=forged) == {}
            first, second = (one["actions"][0] for one in app.deliveries)
            assert (first["value"], first["type"]) == ("its own", "button")
            assert (second["selected_option"], second["type"]) == ({"value": "a"}, "static_select")

    run(work)


def test_what_is_not_there_is_a_sentence(slack: Workspace) -> None:
    put(slack, blocks=({"type": "actions", "elements": [BUTTON]},))
    put(slack, "1800000000.000002", ephemeral_to=OTTO)

    async def work() -> None:
        async with App(slack), OpenPage(slack, EVA) as page:
            for how in ({"ts": "1"}, {"ts": "1800000000.000002"}):
                assert await page.ask("click", **how) == {"error": "This message is gone."}
            for how in ({"block": "~7"}, {"block": "~0", "action": "other"}):
                answer = await page.ask("click", ts="1800000000.000001", **how)
                assert answer == {"error": "What was clicked is not there any more."}
            assert await page.ask("submit", view="V1") == {"error": "This form was closed meanwhile."}
            assert await page.ask("press", view="V1", block="x") == {"error": "This form was closed meanwhile."}
            assert await page.ask("command", channel="C0ENG", text="/other") == {
                "error": "/other is no command here: /ecr is the one there is."
            }
            assert await page.ask("say", channel="C0ENG", text="  ") == {"error": "There is nothing to send."}
            assert "too long" in (await page.ask("say", channel="C0ENG", text="x" * 4001))["error"]
            assert "unknown" in (await page.ask("fly"))["error"]

    run(work)


def test_nonsense_on_the_connection_leaves_it_as_it_is(slack: Workspace) -> None:
    async def work() -> None:
        async with OpenPage(slack, EVA) as page:
            await page.say_nonsense("{")
            await page.say_nonsense("[]")
            assert await page.ask("say", channel="C0ENG", text="<b>hi</b>") == {}
            await page.until(lambda: page.messages)
            assert [one["text"] for one in page.messages.values()] == ["&lt;b&gt;hi&lt;/b&gt;"]

    run(work)


def test_an_app_that_is_down_is_told_and_seen(slack: Workspace) -> None:
    async def work() -> None:
        async with OpenPage(slack, EVA) as page:
            assert page.told["bot"] is False
            answer = await page.ask("command", channel="C0ENG", text="/ecr help")
            assert answer["error"].startswith("ecrbot did not answer")
            async with App(slack):
                await page.until(lambda: page.told["bot"])
            await page.until(lambda: not page.told["bot"])

    run(work)


def test_what_an_app_says_beside_fields_comes_back(slack: Workspace) -> None:
    modal = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Ask"},
        "submit": {"type": "plain_text", "text": "Go"},
        "callback_id": "form",
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": {"type": "plain_text", "text": "Reason"},
                "element": {"type": "plain_text_input", "action_id": "reason"},
            }
        ],
    }

    async def work() -> None:
        async with App(slack) as app, OpenPage(slack, EVA) as page:
            slack._state.views[EVA] = [{**modal, "id": "V1", "hash": "h"}]  # noqa: SLF001 - as views.open leaves it
            app.answer = {"response_action": "errors", "errors": {"reason": "Say why."}}
            values = {"reason": {"reason": {"type": "plain_text_input", "value": ""}}}
            assert await page.ask("submit", view="V1", values=values) == {"errors": {"reason": "Say why."}}
            assert app.deliveries[0]["view"]["state"]["values"] == values
            app.answer = None
            assert await page.ask("submit", view="V1", values=values) == {}
            await page.until(lambda: page.told["views"] == [])

    run(work)


def test_the_outside_world_is_played_and_ecr_is_told_as_it_becomes(slack: Workspace, world: World) -> None:
    async def work() -> None:
        async with OpenPage(slack, EVA) as page:
            assert page.hello["deeds"] == [
                {"id": "loosen", "label": "Make one mutable", "says": "Somebody makes a repository mutable."}
            ]
            assert await page.ask("play", deed="loosen", repository=["1", "eu-west-1", "payments-api"]) == {
                "said": "Done."
            }
            assert await page.ask("play", deed="loosen", repository=["1"]) == {"said": "Done."}
            assert await page.ask("play", deed="impossible") == {"error": "It cannot be done."}
            assert world.played == [("loosen", ("1", "eu-west-1", "payments-api")), ("loosen", None)]
            world.rows = [*world.rows, row("new")]
            await page.until(lambda: len(page.told["ecr"]) == 2)
            assert [one.get("mark") for one in page.told["ecr"]] == [None, "new"]

    run(work)


def test_the_tour_ticks_itself(slack: Workspace) -> None:
    async def work() -> None:
        async with App(slack), OpenPage(slack, EVA) as page:
            assert page.told["done"] == []
            await page.ask("saw", step="digest")
            await page.until(lambda: page.told["done"] == ["digest"])
            await page.ask("saw", step="approve")
            slack.put(Message("C0APPROVE", "1800000000.000005", "U0ECRBOT", "a card", ({"text": "Asked by"},)))
            await page.until(lambda: page.told["done"] == ["digest", "ask"])
            slack.put(Message("C0APPROVE", "1800000000.000005", "U0ECRBOT", "a card", ({"text": "Approved by"},)))
            await page.until(lambda: page.told["done"] == ["digest", "ask", "approve"])

    run(work)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
def test_no_page_of_another_site_gets_a_connection(slack: Workspace, origin: str) -> None:
    async def work() -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with OpenPage(slack, EVA, {"Origin": origin}):
                pass
        assert refused.value.status == 403

    run(work)


def test_a_name_that_leads_to_this_machine_is_no_address_of_it(slack: Workspace) -> None:
    request = urllib.request.Request(slack.url, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 404
    refused.value.close()


@pytest.mark.parametrize("path", ["page/..%2f__main__.py", "page/nothing.js", "page/%2e%2e"])
def test_nothing_but_the_page_is_served(slack: Workspace, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(slack.url + path)
    assert refused.value.code == 404
    refused.value.close()


def test_the_page_may_load_nothing_from_elsewhere(slack: Workspace) -> None:
    with urllib.request.urlopen(slack.url) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert b"<!doctype html>" in answer.read()
    assert "default-src 'none'; script-src 'self'; style-src 'self'; " in policy


def test_everything_the_page_is_made_of_is_small() -> None:
    assert sum(path.stat().st_size for path in PAGE.iterdir()) < 60_000
