"""What ECR's own model demands of a request: lengths, ranges, patterns, enums, required members.

moto leaves most of it to the client library, which checks only a part. Rules across members are with their nouns.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Protocol, cast

from demo.aws import models
from demo.aws.answers import RefusalError


class Shape(Protocol):
    """The part of a botocore shape that is used."""

    type_name: str
    metadata: dict[str, Any]
    members: dict[str, Shape]
    member: Shape
    required_members: list[str]


def check(operation: str, parameters: dict[str, Any]) -> None:
    """Check a request against the model of its operation (botocore's ecr/2015-09-21).

    Raises:
        RefusalError: InvalidParameterException, with the member and the constraint that it breaks.
    """
    shape = _inputs().get(operation)
    if shape is not None:
        _structure(shape, parameters, "")


def load() -> None:
    """Load the model now, so that the first call to be checked does not wait for it."""
    _inputs()


@lru_cache(maxsize=1)
def _inputs() -> dict[str, Shape]:
    model = models.ecr()
    shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
    return {name: cast("Shape", shape) for name, shape in shapes.items() if shape is not None}


def _structure(shape: Shape, value: dict[str, Any], at: str) -> None:
    for name in shape.required_members:
        if value.get(name) is None:
            raise broken(_path(at, name), "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            _member(member, value[name], _path(at, name))


def _member(shape: Shape, value: object, at: str) -> None:
    match shape.type_name, value:
        case "structure", dict():
            _structure(shape, value, at)
        case "list", list():
            _between(len(value), shape, at, "Member must have length")
            for index, item in enumerate(value, start=1):
                _member(shape.member, item, f"{at}.{index}.member")
        case "string", str():
            _string(shape, value, at)
        case (("integer" | "long"), int()):
            _between(value, shape, at, "Member must have value")
        case (("structure" | "list" | "string" | "integer" | "long"), _):
            raise broken(at, f"Member must be a {shape.type_name}")


def _string(shape: Shape, value: str, at: str) -> None:
    enum, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    if enum and value not in enum:
        raise broken(at, f"Member must satisfy enum value set: [{', '.join(enum)}]")
    _between(len(value), shape, at, "Member must have length")
    if pattern and not re.fullmatch(pattern, value):
        raise broken(at, f"must satisfy regular expression '{pattern}'")


def _between(size: int, shape: Shape, at: str, what: str) -> None:
    if size < shape.metadata.get("min", size):
        raise broken(at, f"{what} greater than or equal to {shape.metadata['min']}")
    if size > shape.metadata.get("max", size):
        raise broken(at, f"{what} less than or equal to {shape.metadata['max']}")


def broken(at: str, constraint: str) -> RefusalError:
    """Return ECR's refusal of a parameter."""
    return RefusalError(
        "InvalidParameterException", f"Invalid parameter at '{at}' failed to satisfy constraint: '{constraint}'"
    )


def _path(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
