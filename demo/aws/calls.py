"""One request to AWS as a value: which operation, whose, where, with what. Reading it, never answering it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.aws.keys import Keys

Json = dict[str, Any]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html: key/date/region/service/aws4_request
_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d+/([^/,\s]+)/([^/,\s]+)/aws4_request")
_ROLE = re.compile(r"arn:[\w-]+:iam::(\d{12}):role/.+")


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request: its method, path with query, headers (found in any case) and body."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """A request: `account` is whose it is, and for AssumeRole the account of the role.

    `outside` tells the calls of `LocalAws.client`, which no fault touches and no counter counts.
    """

    service: str
    operation: str
    account: str
    region: str
    key: str
    parameters: Json
    outside: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """The account and region, which is what ECR calls a registry."""
        return self.account, self.region


def read(request: Request, keys: Keys) -> Call:
    """Read a request; what is not signed counts as the home account's, in us-east-1.

    Args:
        request: JSON where it has an `X-Amz-Target`, else a form with an `Action`.
        keys: whose access keys are whose.
    """
    scope = _SCOPE.search(request.headers.get("Authorization", ""))
    key, region, service = scope.groups() if scope else ("", "us-east-1", "")
    target = request.headers.get("X-Amz-Target")
    parameters = _json(request.body) if target else dict(parse_qsl(request.body.decode("latin-1")))
    operation = target.rpartition(".")[2] if target else parameters.get("Action", request.target)
    role = _ROLE.fullmatch(str(parameters.get("RoleArn", ""))) if operation == "AssumeRole" else None
    account = role[1] if role else keys.account(key)
    return Call(service, operation, account, region, key, parameters, keys.outside(key))


def _json(body: bytes) -> Json:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
