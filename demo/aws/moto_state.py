"""moto, as the front uses it: its ECR state read and written in place, and its server application for all the rest.

The application is moto's own (`moto_server`), called in this process rather than through a socket of its own: its
HTTP server speaks HTTP/1.0, and a second hop would cost each call more than the answer does.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from moto.ecr.models import Repository, ecr_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from demo.aws.answers import Answer, RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.aws.calls import Json, Request

# moto declares abstract methods on it that it never implements.
_Repository: Any = Repository

_DROPPED = frozenset({"host", "connection", "content-length", "transfer-encoding", "expect"})


class MotoState:
    """What moto holds. moto keeps it for the whole process: two of these see the same repositories."""

    def __init__(self) -> None:
        self._application = DomainDispatcherApplication(create_backend_app)
        self.lock = threading.RLock()

    def reset(self) -> None:
        """Empty every account of moto."""
        with self.lock:
            moto_api_backend.reset()

    def repositories(self, account: str, region: str) -> dict[str, Any]:
        """Return the repositories of a registry by name."""
        held: dict[str, Any] = self._backend(account, region).repositories
        return held

    def create(self, account: str, region: str, name: str, settings: Json) -> None:
        """Put a repository into a registry, whatever moto thinks of its name.

        Args:
            account: whose.
            region: where.
            name: its name.
            settings: `mutability`, `filters` (a list as in the API, or None) and `scan_on_push`.
        """
        with self.lock:
            backend = self._backend(account, region)
            made = _Repository(
                account_id=account,
                region_name=region,
                repository_name=name,
                registry_id=None,
                encryption_config=None,
                image_scan_config={"scanOnPush": settings["scan_on_push"]},
                image_tag_mutability=settings["mutability"],
                image_tag_mutability_exclusion_filters=settings["filters"],
            )
            made.image_tag_mutability = settings["mutability"]  # as given: moto's constructor has its own view of it
            backend.repositories[name] = made

    def tag(self, account: str, region: str, name: str, tags: Mapping[str, str]) -> None:
        """Put resource tags on a repository."""
        with self.lock:
            backend = self._backend(account, region)
            told = [{"Key": key, "Value": value} for key, value in tags.items()]
            backend.tagger.tag_resource(backend.repositories[name].arn, told)

    def scanning(self, account: str, region: str) -> Json:
        """Return the scanning configuration of a registry."""
        configuration: Json = self._backend(account, region).registry_scanning_configuration
        return configuration

    def put_scanning(self, account: str, region: str, scan_type: str, rules: list[Json]) -> None:
        """Replace the scanning configuration of a registry."""
        with self.lock:
            self._backend(account, region).registry_scanning_configuration = {"scanType": scan_type, "rules": rules}

    def ask(self, request: Request, account: str) -> Answer:
        """Let moto's application answer a request as an account; the signature tells it the service and region."""
        parts = urlsplit(request.target)
        headers = Headers([(name, value) for name, value in request.headers.items() if name.lower() not in _DROPPED])
        headers["x-moto-account-id"] = account
        builder = EnvironBuilder(
            path=unquote(parts.path),
            query_string=parts.query,
            method=request.method,
            headers=headers,
            data=request.body,
        )
        try:
            chunks, status, answer = run_wsgi_app(self._application, builder.get_environ(), buffered=True)
        finally:
            builder.close()
        return Answer(int(status.split()[0]), b"".join(chunks), answer.get("Content-Type", "text/plain"))

    def _backend(self, account: str, region: str) -> Any:  # noqa: ANN401 - moto's backend has no types
        try:
            return ecr_backends[account][region]
        except KeyError:
            # A region that is not there has no endpoint at all; this is what a disabled one answers.
            message = "The security token included in the request is invalid."
            raise RefusalError("UnrecognizedClientException", message) from None
