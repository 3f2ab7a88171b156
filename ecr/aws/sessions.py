"""Sessions, clients and credentials: one client a region for all accounts, its credentials chosen for each request.

A client of botocore costs milliseconds and connections, so accounts share one; whose credentials sign a request is
decided by what `Access.speaking_as` put into the thread that makes it. No call is made here but AssumeRole.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver, DeferredRefreshableCredentials
from botocore.exceptions import ClientError, NoCredentialsError, ProfileNotFound
from botocore.loaders import create_loader

from ecr.aws.speaker import Chosen, Speaker
from ecr.aws.translation import is_quota, is_throttled
from ecr.errors import ExpiredTokenError, SettingsError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.deadline import Deadline

CONNECTIONS = 64
"""HTTP connections kept for one region; more threads than that open short-lived ones."""

SESSION_NAME = "ecrbot-read"

READ_SECONDS = 20.0
"""How long one request waits for its answer, unless the deadline is nearer."""

_SHORTEST_READ_SECONDS = 0.05


class Role(NamedTuple):
    """A role to assume, and the external id its trust policy asks for, if any."""

    arn: str
    external_id: str | None = None


class Access:
    """The way to AWS: the default credential chain, the roles assumed from it, and a client for each region."""

    def __init__(self) -> None:
        """Load the profile and the default chain; no call is made.

        Raises:
            SettingsError: AWS_PROFILE names a profile that is not there.
        """
        self._speaker = Speaker()
        self._making = threading.Lock()
        self._counting = threading.Lock()
        self._requests = 0
        self._clients: dict[tuple[str, str], Any] = {}
        self._roles: dict[Role, Any] = {}
        self._own = botocore.session.get_session()
        # Timestamps are left as the numbers they are: parsing them is half of the time a large page costs.
        self._own.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=lambda value: value)
        self.default_region = _region_of(self._own)
        self._own.register_component("data_loader", _loader(self._own.get_config_variable("data_path")))
        self._shared = botocore.session.get_session()
        for component in ("data_loader", "response_parser_factory"):
            self._shared.register_component(component, self._own.get_component(component))
        self._shared.register_component("credential_provider", CredentialResolver([Chosen(self._speaker)]))

    @contextmanager
    def speaking_as(self, role: Role | None, region: str, deadline: Deadline) -> Iterator[None]:
        """Let this thread's requests inside be signed by a role, or by the default credentials.

        Args:
            role: the role to speak as, assumed when it is first needed and again before it ends.
            region: where STS is asked for the role.
            deadline: no request is begun after it, retries and AssumeRole's included, and none waits for longer.

        Raises:
            NoCredentialsError: the default chain is empty.
        """
        with self._speaker.speaking(self._credentials(role), region, deadline):
            yield

    @contextmanager
    def speaking_with(self, credentials: Any, region: str, deadline: Deadline) -> Iterator[None]:
        """Let this thread's requests inside be signed with credentials that somebody else keeps; see `speaking_as`."""
        with self._speaker.speaking(credentials, region, deadline):
            yield

    def client(self, service: str, region: str) -> Any:
        """Return the shared client of a service in a region; its calls belong inside `speaking_as`."""
        return self._client(self._shared, service, region)

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return self._requests

    def forget(self, role: Role | None) -> None:
        """Drop a role's credentials, so that the next request assumes it anew."""
        if role is not None:
            with self._making:
                self._roles.pop(role, None)

    def _client(self, session: Any, service: str, region: str) -> Any:
        key = (f"{id(session)}:{service}", region)
        with self._making:  # making a client is not thread-safe, using one is
            if key not in self._clients:
                maker = boto3.Session(botocore_session=session)
                client = maker.client(service, region_name=region, config=_config())
                client.meta.events.register_first("request-created", self._require_time)
                client.meta.events.register("before-send", self._sending)
                client.meta.events.register("response-received", self._received)
                self._clients[key] = client
            return self._clients[key]

    # Each attempt of a call passes these three, in the thread that speaks.

    def _require_time(self, **_: Any) -> None:
        deadline = self._speaker.deadline
        if deadline is not None and deadline.passed:
            raise UnreachableError(f"AWS did not answer within {deadline.seconds:g} seconds.")

    def _sending(self, request: Any, **_: Any) -> None:
        with self._counting:
            self._requests += 1
        if self._speaker.deadline is not None:
            left = max(self._speaker.deadline.remaining, _SHORTEST_READ_SECONDS)
            request.context["read_timeout"] = min(READ_SECONDS, left)

    def _received(self, parsed_response: Any, context: Any, event_name: str, **_: Any) -> None:
        if parsed_response is None or self._speaker.deadline is None:
            return
        self._speaker.deadline = self._speaker.deadline.begun()
        refusal = ClientError(parsed_response, event_name.rpartition(".")[2])
        # A throttle whose retry may come after the deadline is the answer: "throttled" says more than "no answer".
        if is_quota(refusal):
            raise refusal
        if is_throttled(refusal) and self._speaker.deadline.remaining < _longest_wait(context["retries"]["attempt"]):
            raise refusal

    def _credentials(self, role: Role | None) -> Any:
        if role is None:
            return self.default_credentials()
        with self._making:
            if role not in self._roles:
                # STS is asked in the region of whoever needs the role: one disabled region must not cost the others.
                self._roles[role] = DeferredRefreshableCredentials(
                    refresh_using=lambda: self._assume(role, self._speaker.region), method="sts-assume-role"
                )
            return self._roles[role]

    def default_credentials(self) -> Any:
        """Return the credentials of the default chain.

        Raises:
            NoCredentialsError: it is empty.
        """
        with self._making:
            credentials = self._own.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        return credentials

    def _assume(self, role: Role, region: str) -> dict[str, str]:
        """Assume a role; botocore refreshes by this before the credentials end (15 minutes ahead, at the latest 10).

        Raises:
            ExpiredTokenError: what STS handed out has ended already, which botocore would call a RuntimeError.
        """
        external = {"ExternalId": role.external_id} if role.external_id else {}
        sts = self._client(self._own, "sts", region)
        answer = sts.assume_role(RoleArn=role.arn, RoleSessionName=SESSION_NAME, **external)["Credentials"]
        ends_at = datetime.fromisoformat(str(answer["Expiration"]))
        if ends_at <= datetime.now(UTC):
            raise ExpiredTokenError(
                f"The new credentials of role {role.arn} ended at {ends_at.isoformat()} by this machine's clock: "
                "set the clock right."
            )
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": ends_at.isoformat(),
        }


@lru_cache(maxsize=1)
def _loader(data_path: str | None) -> Any:
    """Return what reads botocore's models, each once a process: ECR's takes a tenth of a second."""
    return create_loader(data_path)


def _longest_wait(attempt: int) -> float:
    """Return how many seconds botocore's standard mode waits at most after a throttled attempt."""
    return float(min(2 ** (attempt - 1), 20))


def _config() -> Config:
    """Return the client configuration: 5 s to connect, 20 s to answer, 8 attempts with standard back-off."""
    return Config(
        connect_timeout=5,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 8},
        max_pool_connections=CONNECTIONS,
        user_agent_extra="ecrbot",
    )


def default_region() -> str | None:
    """Return the region of the default profile and environment; AWS_REGION counts where botocore knows none.

    Raises:
        SettingsError: AWS_PROFILE names a profile that is not there.
    """
    return _region_of(botocore.session.get_session())


def _region_of(session: Any) -> str | None:
    try:
        region = session.get_config_variable("region") or os.environ.get("AWS_REGION")
    except ProfileNotFound as error:
        profile = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
        raise SettingsError(
            f"AWS_PROFILE: got {profile!r}, wants a profile that the AWS configuration files have."
        ) from error
    return str(region) if region else None
