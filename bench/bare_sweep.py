"""The yardstick of `sweep`: boto3's own paginator over every repository, and nothing else."""

import boto3

pages = boto3.client("ecr").get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 1000})
print(sum(len(page["repositories"]) for page in pages))
