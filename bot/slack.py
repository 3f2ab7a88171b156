"""The Web API client and response_url posting, with what is retried and for how long, and who the bot is."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from http.client import IncompleteRead, RemoteDisconnected
from typing import TYPE_CHECKING
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.webhook import WebhookClient

from ecr.errors import SettingsError, SlackError
from handlers.blocks.digest import without_charts
from handlers.people import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_sdk.http_retry.handler import RetryHandler
    from slack_sdk.http_retry.request import HttpRequest
    from slack_sdk.http_retry.response import HttpResponse
    from slack_sdk.http_retry.state import RetryState
    from slack_sdk.webhook import WebhookResponse

    from bot.settings import SlackEnvironment

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10

# What auth.test says of a token that will not get better by waiting (https://docs.slack.dev/reference/methods/auth.test).
_REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required"}
)


class GatewayErrorRetryHandler(ServerErrorRetryHandler):
    """Retries the answers of a gateway in front of Slack, which the SDK's handler for 500 and 503 leaves out."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        del state, request, error
        return response is not None and response.status_code in (502, 504)


def retry_handlers() -> list[RetryHandler]:
    """Return what is tried again: 429 after the time Slack names, 5xx and connection errors after a short while."""
    lost = [URLError, ConnectionError, RemoteDisconnected, IncompleteRead, TimeoutError]
    return [
        RateLimitErrorRetryHandler(max_retry_count=3),
        ServerErrorRetryHandler(max_retry_count=3),
        GatewayErrorRetryHandler(max_retry_count=3),
        ConnectionErrorRetryHandler(max_retry_count=2, error_types=lost),
    ]


def web_client(environment: SlackEnvironment) -> WebClient:
    """Return a client with the bot's token."""
    return WebClient(
        token=environment.bot_token.get_secret_value(),
        base_url=environment.api_url,
        timeout=TIMEOUT_SECONDS,
        retry_handlers=retry_handlers(),
    )


def posting_client(environment: SlackEnvironment) -> WebClient:
    """Return a client that tries nothing again by itself: what it posts must not be there twice."""
    return WebClient(
        token=environment.bot_token.get_secret_value(),
        base_url=environment.api_url,
        timeout=TIMEOUT_SECONDS,
        retry_handlers=[],
    )


def post(url: str, payload: Mapping[str, object]) -> None:
    """Post to a response_url (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).

    Where a workspace takes no charts yet, a line of text stands in their place.

    Raises:
        SlackError: Slack refused it, or did not take it through every retry.
    """
    answer = _posted(url, payload)
    plainer = without_charts(dict(payload))
    if answer.status_code == HTTPStatus.BAD_REQUEST and "invalid_blocks" in answer.body and plainer != payload:
        answer = _posted(url, plainer)
    if answer.status_code != HTTPStatus.OK:
        raise SlackError(f"Slack refused an answer: {answer.status_code} {answer.body[:200]}")


def _posted(url: str, payload: Mapping[str, object]) -> WebhookResponse:
    try:
        return WebhookClient(url, timeout=TIMEOUT_SECONDS, retry_handlers=retry_handlers()).send_dict(dict(payload))
    except (SlackClientError, OSError, ValueError) as error:
        raise SlackError(f"Slack did not take an answer: {type(error).__name__}.") from error


def identify(client: WebClient) -> Identity:
    """Return who the token is of, from auth.test.

    Raises:
        SettingsError: the token is refused for good.
        SlackError: Slack does not answer, for now.
    """
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        code = str(error.response.get("error"))
        if code in _REFUSED:
            raise SettingsError(
                f"SLACK_BOT_TOKEN: Slack refuses it ({code}); wants the bot token of an installed app."
            ) from error
        raise SlackError(f"Slack did not answer auth.test: {code}.") from error
    except (SlackClientError, OSError) as error:
        raise SlackError(f"Slack cannot be reached at {client.base_url}: {error}.") from error
    enterprise = answer.get("enterprise_id")
    return Identity(
        team=str(answer["team_id"]),
        user=str(answer.get("user_id", "")),
        bot=str(answer.get("bot_id", "")),
        enterprise=str(enterprise) if enterprise else None,
    )


def identify_patiently(client: WebClient, stopping: Callable[[], bool]) -> Identity | None:
    """Return who the token is of, asking again while Slack does not answer; `None` once the bot is to stop.

    Raises:
        SettingsError: the token is refused for good.
    """
    pause = 1.0
    while not stopping():
        try:
            return identify(client)
        except SlackError as error:
            logger.warning("%s Asking again in %g s.", error, pause)
        until = time.monotonic() + pause
        while time.monotonic() < until and not stopping():
            time.sleep(0.1)
        pause = min(pause * 2, 30.0)
    return None
