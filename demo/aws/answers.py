"""What goes back: answers and refusals, in the two shapes that AWS services use. No decision is made here."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from demo.aws.calls import Call, Json

_JSON = "application/x-amz-json-1.1"
XML = "text/xml"
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: its status, body and type."""

    status: int
    body: bytes
    content_type: str = _JSON

    @property
    def headers(self) -> dict[str, str]:
        """The headers that AWS sends with every answer."""
        return {"Content-Type": self.content_type, "x-amzn-RequestId": str(uuid.uuid4())}


class RefusalError(Exception):
    """A refusal with AWS's code, sentence and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def answered(value: Json) -> Answer:
    """Return a JSON answer."""
    return Answer(200, json.dumps(value, separators=(",", ":")).encode())


def refused(refusal: RefusalError, call: Call) -> Answer:
    """Return a refusal in the shape of the service that was called: JSON with `__type`, EC2's XML, or the others'."""
    message = str(refusal)
    if call.service == "ec2":
        return Answer(refusal.status, _ec2(refusal.code, message), XML)
    if call.service in {"sts", "iam"}:
        return Answer(refusal.status, _query(refusal.code, message), XML)
    body = {"__type": refusal.code, "message": message}
    return Answer(refusal.status, json.dumps(body).encode())


def _query(code: str, message: str) -> bytes:
    return (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    ).encode()


def _ec2(code: str, message: str) -> bytes:
    return (
        f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></Errors>"
        f"<RequestID>{uuid.uuid4()}</RequestID></Response>"
    ).encode()
