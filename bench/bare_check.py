"""The yardstick of `check`: the shortest boto3 script that makes the same two calls."""

import sys

import boto3

ecr = boto3.client("ecr")
found = ecr.describe_repositories(repositoryNames=[sys.argv[1]])["repositories"][0]
print(found["imageTagMutability"], ecr.get_registry_scanning_configuration()["scanningConfiguration"])
