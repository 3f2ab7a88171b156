"""A tiny, deterministic stand-in for the AWS APIs that reading ECR touches, fast enough to measure clients against.

One file on purpose, and the standard library alone (uvloop is used where it is importable), so that it can be put
beside whatever is measured. Point a client at it with
AWS_ENDPOINT_URL=http://127.0.0.1:5600 and any made-up keys:

    python bench/ecr_stub.py --port 5600 --accounts 50 --regions us-east-1,eu-west-1 --repos 250 --latency-ms 50

* The account is read from the access key of the SigV4 credential scope: AssumeRole hands out "ASIASTUB" and the 12
  digits of the role's account; any other key is the first account's. The region is the one a request was signed for.
  Signatures are not verified.
* Every account and region holds --repos repositories whose settings follow from (seed, account, region, index) alone;
  pages are rendered once, to bytes, and kept.
* --latency-ms delays each answer. --rate and --burst are a token bucket for each account, region and operation: above
  it HTTP 400 ThrottlingException, as ECR answers. --deny names accounts whose role is refused. --tls serves HTTPS.
* GET /__stats answers {"calls": {"ecr.DescribeRepositories@200": n, …}, "connections": n, …}; /__reset zeroes it.

It answers sts AssumeRole and GetCallerIdentity; organizations ListAccounts and DescribeOrganization; ec2
DescribeRegions; iam ListAccountAliases; ecr DescribeRepositories, DescribeRegistry, GetRegistryScanningConfiguration,
BatchGetRepositoryScanningConfiguration, DescribeRepositoryCreationTemplates (none), GetRepositoryPolicy and
GetLifecyclePolicy (neither is there), DescribeImages (none) and ListTagsForResource (none). Anything else is refused,
and counted under its name.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import collections
import functools
import hashlib
import importlib
import importlib.util
import json
import re
import ssl
import time
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

FIRST_ACCOUNT = 100000000000

JSON, XML = "application/x-amz-json-1.1", "text/xml"
_MOST_RENDERED_AHEAD = 200_000
_TEAMS = ("core", "data", "web", "ml", "infra", "pay", "search", "edge")
_CREDENTIAL = re.compile(rb"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_TARGET = re.compile(rb"(?i)\r\nx-amz-target: *([^\r]+)")
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Call:
    """A request: the service and operation, whose, where, with which parameters."""

    service: str
    operation: str
    account: int
    region: str
    parameters: Json


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5600, help="0: any free one")
    parser.add_argument("--accounts", type=int, default=1, help="their ids are 100000000000, ...001, ...")
    parser.add_argument("--regions", default="us-east-1")
    parser.add_argument("--repos", type=int, default=100, help="repositories in each account and region")
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rate", type=float, default=0, help="requests a second; 0: no limit")
    parser.add_argument("--burst", type=float, default=0, help="the bucket's size; default: the rate")
    parser.add_argument("--deny", default="", help="ids of accounts whose role can not be assumed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    return parser.parse_args()


def repository(seed: int, account: int, region: str, index: int) -> Json:
    """Return a repository: one sha256 and no shared random state, so that the order of asking never matters."""
    drawn = hashlib.sha256(f"{seed}/{account}/{region}/{index}".encode()).digest()
    name = f"{_TEAMS[drawn[0] & 7]}/svc-{index:05d}-{drawn[1:4].hex()}"
    return {
        "repositoryArn": f"arn:aws:ecr:{region}:{account}:repository/{name}",
        "registryId": str(account),
        "repositoryName": name,
        "repositoryUri": f"{account}.dkr.ecr.{region}.amazonaws.com/{name}",
        "createdAt": 1500000000 + int.from_bytes(drawn[4:8], "big") % 250000000 + drawn[8] / 1000,
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": drawn[10] >= 77},  # about 70 % on
        "encryptionConfiguration": {"encryptionType": "AES256"},
        **_mutability(drawn[9]),
    }


def _mutability(drawn: int) -> Json:
    if drawn < 102:  # about 40 % mutable
        return {"imageTagMutability": "MUTABLE"}
    if drawn < 115:  # about 5 % with exclusions
        filters = [{"filterType": "WILDCARD", "filter": "dev-*"}]
        return {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": filters}
    return {}


class Stub:
    """Everything that is answered from, and the counts."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.regions: list[str] = given.regions.split(",")
        self._accounts = range(FIRST_ACCOUNT, FIRST_ACCOUNT + given.accounts)
        self._denied = set(given.deny.split(",")) - {""}
        self._pages: dict[tuple[int, str, int, int], bytes] = {}
        self._held: dict[tuple[int, str], dict[str, str]] = {}
        self._buckets: dict[tuple[int, str, str], tuple[float, float]] = {}
        self._ecr: dict[str, Callable[[Call], Answer]] = {
            "DescribeRepositories": self._repositories,
            "BatchGetRepositoryScanningConfiguration": self._scanning,
            "DescribeRegistry": lambda call: _ok(
                {"registryId": str(call.account), "replicationConfiguration": {"rules": []}}
            ),
            "GetRegistryScanningConfiguration": lambda call: _ok(
                {"registryId": str(call.account), "scanningConfiguration": {"scanType": "BASIC", "rules": []}}
            ),
            "DescribeRepositoryCreationTemplates": lambda call: _ok(
                {"registryId": str(call.account), "repositoryCreationTemplates": []}
            ),
            "GetRepositoryPolicy": lambda _: _refused("RepositoryPolicyNotFoundException", "no policy"),
            "GetLifecyclePolicy": lambda _: _refused("LifecyclePolicyNotFoundException", "no policy"),
            "DescribeImages": lambda _: _ok({"imageDetails": []}),
            "ListTagsForResource": lambda _: _ok({"tags": []}),
        }
        self.reset()

    def reset(self) -> None:
        """Zero the counts."""
        self.calls: collections.Counter[str] = collections.Counter()
        self.connections = self.bytes_out = 0
        self._since = time.monotonic()

    def render_ahead(self) -> None:
        """Render the pages that clients will ask for, so that only their time is measured."""
        if self.given.repos * len(self._accounts) * len(self.regions) > _MOST_RENDERED_AHEAD:
            return
        for account in self._accounts:
            for region in self.regions:
                for size in (100, 1000):
                    for start in range(0, max(self.given.repos, 1), size):
                        self._page(account, region, start, size)

    def answer(self, method: str, path: str, head: bytes, body: bytes) -> Answer:
        """Answer a request."""
        if path == "/__reset":
            self.reset()
            return Answer(200, b"{}", "application/json")
        if path == "/__stats":
            return Answer(200, json.dumps(self._stats()).encode(), "application/json")
        call = _read(f"{method} {path}", head, body)
        answer = self._answer(call)
        self.calls[f"{call.service}.{call.operation}@{answer.status}"] += 1
        return answer

    def _answer(self, call: Call) -> Answer:
        if call.service != "ecr":
            return self._elsewhere(call)
        if self._throttled(call):
            return _refused("ThrottlingException", "Rate exceeded")
        operation = self._ecr.get(call.operation)
        return operation(call) if operation else _refused("UnknownOperationException", call.operation)

    def _stats(self) -> Json:
        return {
            "calls": dict(sorted(self.calls.items())),
            "total": sum(self.calls.values()),
            "connections": self.connections,
            "bytes_out": self.bytes_out,
            "seconds": time.monotonic() - self._since,
        }

    def _names(self, account: int, region: str) -> dict[str, str]:
        key = (account, region)
        if key not in self._held:
            count = self.given.repos if account in self._accounts and region in self.regions else 0
            made = (repository(self.given.seed, account, region, index) for index in range(count))
            ordered = sorted(made, key=lambda one: str(one["repositoryName"]))
            self._held[key] = {one["repositoryName"]: json.dumps(one, separators=(",", ":")) for one in ordered}
        return self._held[key]

    def _page(self, account: int, region: str, start: int, size: int) -> bytes:
        key = (account, region, start, size)
        if key not in self._pages:
            rows = list(self._names(account, region).values())
            token = base64.b64encode(f"o:{start + size}".encode()).decode()
            more = f',"nextToken":"{token}"' if start + size < len(rows) else ""
            self._pages[key] = f'{{"repositories":[{",".join(rows[start : start + size])}]{more}}}'.encode()
        return self._pages[key]

    def _throttled(self, call: Call) -> bool:
        if not self.given.rate:
            return False
        capacity = self.given.burst or max(self.given.rate, 1)
        key, now = (call.account, call.region, call.operation), time.monotonic()
        tokens, last = self._buckets.get(key, (capacity, now))
        tokens = min(capacity, tokens + (now - last) * self.given.rate)
        self._buckets[key] = (tokens - (tokens >= 1), now)
        return bool(tokens < 1)

    def _repositories(self, call: Call) -> Answer:
        if "repositoryNames" in call.parameters:
            return self._named(call)
        size, start = call.parameters.get("maxResults", 100), 0
        with suppress(ValueError, binascii.Error):
            start = int(base64.b64decode(call.parameters.get("nextToken", "bzow"))[2:])
            if 1 <= size <= 1000:
                return Answer(200, self._page(call.account, call.region, start, size))
        return _refused("InvalidParameterException", "Invalid maxResults or nextToken")

    def _named(self, call: Call) -> Answer:
        have, asked = self._names(call.account, call.region), call.parameters["repositoryNames"]
        for name in asked:
            if name not in have:
                known = f"does not exist in the registry with id '{call.account}'"
                return _refused("RepositoryNotFoundException", f"The repository with name '{name}' {known}")
        return Answer(200, f'{{"repositories":[{",".join(have[name] for name in asked)}]}}'.encode())

    def _scanning(self, call: Call) -> Answer:
        have = self._names(call.account, call.region)
        asked = call.parameters["repositoryNames"]
        found = [_scanned(json.loads(have[name])) for name in asked if name in have]
        failures = [{"repositoryName": n, "failureCode": "REPOSITORY_NOT_FOUND"} for n in asked if n not in have]
        return _ok({"scanningConfigurations": found, "failures": failures})

    def _elsewhere(self, call: Call) -> Answer:
        match call.operation:
            case "GetCallerIdentity":
                return _xml(
                    call.operation,
                    f"<Arn>arn:aws:iam::{call.account}:user/stub</Arn><UserId>AIDASTUB</UserId>"
                    f"<Account>{call.account}</Account>",
                )
            case "AssumeRole":
                return self._assumed(call)
            case "ListAccountAliases":
                return _xml(call.operation, "<IsTruncated>false</IsTruncated><AccountAliases/>")
            case "DescribeRegions":
                return _regions(self.regions)
            case "ListAccounts":
                return _ok({"Accounts": [_member(account) for account in self._accounts]})
            case "DescribeOrganization":
                return _ok({"Organization": {"Id": "o-stub", "MasterAccountId": str(FIRST_ACCOUNT)}})
        return _xml_error(400, "InvalidAction", call.operation)

    def _assumed(self, call: Call) -> Answer:
        account = call.parameters["RoleArn"].split(":")[4]
        if account in self._denied:
            return _xml_error(403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole")
        ends = time.time() + int(call.parameters.get("DurationSeconds", 3600))
        return _xml(
            call.operation,
            f"<AssumedRoleUser><AssumedRoleId>AROASTUB:s</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/r/s"
            f"</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIASTUB{account}</AccessKeyId>"
            f"<SecretAccessKey>stub-secret</SecretAccessKey><SessionToken>stub-token-{account}</SessionToken>"
            f"<Expiration>{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(ends))}</Expiration></Credentials>",
        )


class Http(asyncio.Protocol):
    """Just enough HTTP/1.1: keep-alive, bodies with a Content-Length, one request at a time a connection."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._stub.connections += 1

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[: end + 2]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                if b"100-continue" in head:
                    self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
            self._write(path, self._stub.answer(method, path, head, body))

    def _write(self, path: str, answer: Answer) -> None:
        message = (
            b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\nx-amzn-RequestId: 0\r\n\r\n"
            % (answer.status, answer.content_type.encode(), len(answer.body))
        ) + answer.body
        self._stub.bytes_out += len(message)
        latency = 0 if path.startswith("/__") else self._stub.given.latency_ms
        if latency:
            asyncio.get_running_loop().call_later(latency / 1000, self._transport.write, message)
        else:
            self._transport.write(message)


def _read(fallback: str, head: bytes, body: bytes) -> Call:
    found = _CREDENTIAL.search(head)
    key, region, service = (part.decode() for part in found.groups()) if found else ("", "us-east-1", "?")
    account = int(key[8:]) if key.startswith("ASIASTUB") else FIRST_ACCOUNT
    target = _TARGET.search(head)
    if target:
        return Call(service, target[1].decode().rpartition(".")[2], account, region, json.loads(body or b"{}"))
    form = dict(urllib.parse.parse_qsl(body.decode("latin-1")))
    return Call(service, form.get("Action") or fallback, account, region, form)


def _scanned(one: Json) -> Json:
    on_push = one["imageScanningConfiguration"]["scanOnPush"]
    return {
        "repositoryArn": one["repositoryArn"],
        "repositoryName": one["repositoryName"],
        "scanOnPush": on_push,
        "scanFrequency": "SCAN_ON_PUSH" if on_push else "MANUAL",
        "appliedScanFilters": [],
    }


def _member(account: int) -> Json:
    return {
        "Id": str(account),
        "Arn": f"arn:aws:organizations::{FIRST_ACCOUNT}:account/o-stub/{account}",
        "Name": f"acct-{account - FIRST_ACCOUNT}",
        "Email": f"a{account}@example.com",
        "Status": "ACTIVE",
    }


def _regions(regions: list[str]) -> Answer:
    items = "".join(
        f"<item><regionName>{region}</regionName><regionEndpoint>ec2.{region}.amazonaws.com</regionEndpoint>"
        "<optInStatus>opt-in-not-required</optInStatus></item>"
        for region in regions
    )
    body = (
        '<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>0</requestId>'
        f"<regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
    )
    return Answer(200, body.encode(), XML)


def _ok(value: Json) -> Answer:
    return Answer(200, json.dumps(value).encode())


def _refused(code: str, message: str) -> Answer:
    return Answer(400, json.dumps({"__type": code, "message": message}).encode())


def _xml(operation: str, body: str) -> Answer:
    text = (
        f"<{operation}Response><{operation}Result>{body}</{operation}Result>"
        f"<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{operation}Response>"
    )
    return Answer(200, text.encode(), XML)


def _xml_error(status: int, code: str, message: str) -> Answer:
    text = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>0</RequestId></ErrorResponse>"
    )
    return Answer(status, text.encode(), XML)


async def serve(given: argparse.Namespace) -> None:
    """Render ahead, listen, say so, and answer for ever."""
    stub = Stub(given)
    stub.render_ahead()
    context = None
    if given.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*given.tls)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(functools.partial(Http, stub), given.host, given.port, ssl=context, backlog=1024)
    print(f"ready on {given.host}:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def _runner() -> Callable[[Coroutine[Any, Any, None]], None]:
    faster = "uvloop" if importlib.util.find_spec("uvloop") else "asyncio"
    return cast("Callable[[Coroutine[Any, Any, None]], None]", importlib.import_module(faster).run)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        _runner()(serve(options()))
