"""botocore's own data and sessions, read without the user's profile, files or environment."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

import boto3
import botocore.session
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.regions import EndpointResolver

# name: (key in the file, variable, default, conversion); nothing is taken from a shell that may be production's.
_APART = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, None, None, None),
}


@lru_cache(maxsize=1)
def ecr() -> Any:  # noqa: ANN401 - botocore has no types
    """Return the model of ECR's API, 2015-09-21."""
    return ServiceModel(_loader().load_service_model("ecr", "service-2"), "ecr")


@lru_cache(maxsize=1)
def regions() -> tuple[str, ...]:
    """Return the regions of ECR, as this botocore knows them."""
    resolver = EndpointResolver(_loader().load_data("endpoints"))
    return tuple(sorted(resolver.get_available_endpoints("api.ecr", "aws")))


def session() -> Any:  # noqa: ANN401 - boto3 has no types
    """Return a boto3 session that knows nothing of the user's shell."""
    own = botocore.session.Session(session_vars=_APART)
    own.register_component("data_loader", _loader())
    return boto3.Session(botocore_session=own)


@lru_cache(maxsize=1)
def _loader() -> Any:  # noqa: ANN401 - botocore has no types
    return Loader()
