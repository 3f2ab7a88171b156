"""Names that AWS gives things, as far as they can be told without asking it. Pure."""

from __future__ import annotations


def partition(region: str) -> str:
    """Return the partition of a region (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html)."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def registry_arn(account: str, region: str) -> str:
    """Return what ecrbot calls the registry of an account and region; AWS itself has no ARN for it."""
    return f"arn:{partition(region)}:ecr:{region}:{account}:registry"


def is_registry(arn: str) -> bool:
    """Tell whether an ARN is that of a registry, as `registry_arn` makes it, and not of a repository."""
    return arn.endswith(":registry") and ":repository/" not in arn
