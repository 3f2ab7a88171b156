"""The yardstick of `guardrails`: bare boto3 in threads, the same two calls in every account and region."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3


def client(account: str, region: str) -> Any:  # noqa: ANN401 - boto3 has no types
    """Return a client of a role that is assumed."""
    role = f"arn:aws:iam::{account}:role/r"
    keys = STS.assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
    with MAKING:  # a session may make one client at a time
        return boto3.client(
            "ecr",
            region_name=region,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )


def read(account: str) -> int:
    """Read every region of an account, and return how many rules and templates there are."""
    found = 0
    for region in REGIONS:
        ecr = client(account, region)
        found += len(ecr.get_registry_scanning_configuration()["scanningConfiguration"]["rules"])
        found += len(ecr.describe_repository_creation_templates()["repositoryCreationTemplates"])
    return found


MAKING = threading.Lock()
STS = boto3.client("sts")
REGIONS = sys.argv[2].split(",")
with ThreadPoolExecutor(16) as threads:
    print(sum(threads.map(read, [str(100000000000 + number) for number in range(int(sys.argv[1]))])))
