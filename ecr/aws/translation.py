"""From botocore's errors to ours: each becomes a sentence that says what happened and what to do."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore import exceptions as botocore_errors

from ecr import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.aws.sessions import Role
    from ecr.model import Target

_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException"}
    | {"TooManyRequestsException", "RequestLimitExceeded", "SlowDown", "429"}
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
# An account that has not enabled a region answers there as if its keys did not exist.
_DISABLED = frozenset(
    {"UnrecognizedClientException", "InvalidClientTokenId", "RegionDisabledException", "AuthFailure", "OptInRequired"}
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
_WANTED = re.compile(r"not authorized to perform: ([a-z0-9-]+:\w+)")
_SERVER_ERROR = 500
_SERVER = re.compile(r"5\d\d")
_ACTION_PREFIX = {"DescribeRegions": "ec2", "AssumeRole": "sts", "GetCallerIdentity": "sts"}
_TOLD: dict[str, tuple[type[errors.AwsError], str]] = {
    "RepositoryNotFoundException": (errors.RepositoryNotFoundError, "The repository does not exist in {target}."),
    "TemplateAlreadyExistsException": (
        errors.TemplateExistsError,
        "A repository creation template of this prefix is there already in {target}.",
    ),
    "TemplateNotFoundException": (
        errors.TemplateNotFoundError,
        "There is no repository creation template of this prefix in {target}.",
    ),
    "BlockedByOrganizationPolicyException": (
        errors.BlockedByOrganizationError,
        (
            "An organization policy (AWS Organizations, Amazon Inspector) manages scanning in {target}: nobody in the "
            "account can change it; ask whoever manages the organization."
        ),
    ),
}
"""What a code alone says (ECR API reference)."""

_UNREACHABLE = (
    botocore_errors.EndpointConnectionError,
    botocore_errors.ConnectionError,
    botocore_errors.HTTPClientError,
    botocore_errors.IncompleteReadError,
)


@contextmanager
def translated(target: Target, role: Role | None = None) -> Iterator[None]:
    """Turn what botocore raises inside into one of our errors.

    Args:
        target: which account and region was being asked, for the sentence.
        role: the role whose credentials were in use, if any.

    Raises:
        AwsError: the translation of any error of botocore's.
    """
    try:
        yield
    except botocore_errors.ClientError as error:
        raise _refusal(error, target, role) from error
    except (botocore_errors.NoCredentialsError, botocore_errors.PartialCredentialsError) as error:
        raise errors.NoCredentialsError(
            f"There are no AWS credentials for {target}: set AWS_PROFILE or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or give the machine a role."
        ) from error
    except (botocore_errors.SSOTokenLoadError, botocore_errors.UnauthorizedSSOTokenError) as error:
        raise errors.ExpiredTokenError(_expired(target)) from error
    except _UNREACHABLE as error:
        raise errors.UnreachableError(f"AWS cannot be reached for {target}: {_brief(error)}") from error
    except botocore_errors.BotoCoreError as error:
        raise errors.AwsError(f"AWS could not be asked about {target}: {_brief(error)}") from error


def code_of(error: botocore_errors.ClientError) -> str:
    """Return the error code of an answer."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_expired(error: BaseException) -> bool:
    """Tell whether AWS said that the credentials have run out."""
    return isinstance(error, botocore_errors.ClientError) and code_of(error) in _EXPIRED


def is_throttled(error: botocore_errors.ClientError) -> bool:
    """Tell whether AWS said that there are too many requests."""
    return code_of(error) in _THROTTLED


def is_quota(error: botocore_errors.ClientError) -> bool:
    """Tell whether AWS said that a quota of the account is used up: asking again does not help.

    botocore takes the code for a throttle, which for ECR it is not
    (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepositoryCreationTemplate.html).
    """
    return code_of(error) == "LimitExceededException"


def _refusal(error: Any, target: Target, role: Role | None) -> errors.AwsError:
    code, operation = code_of(error), error.operation_name
    if code in _EXPIRED:
        return errors.ExpiredTokenError(_expired(target))
    if is_throttled(error):
        return errors.ThrottledError(
            f"AWS throttles {operation} for {target} and kept doing so through every retry: try again in a minute."
        )
    if operation == "AssumeRole" and role and code not in _DISABLED and _status(error) < _SERVER_ERROR:
        return errors.RoleRefusedError(_role_refused(error, role))
    if code in _TOLD:
        kind, said = _TOLD[code]
        return kind(said.format(target=target))
    if code in _DENIED:
        return errors.AccessDeniedError(_denied(error, target, role))
    if code in _DISABLED:
        return errors.RegionDisabledError(
            f"Region {target.region} is not enabled in {target.name or target.account or 'the account'}, or its keys "
            "are not valid there: enable it, or take it out of aws.regions."
        )
    if _SERVER.fullmatch(code) or _status(error) >= _SERVER_ERROR:
        return errors.UnreachableError(f"AWS failed to answer {operation} for {target} ({code or _status(error)}).")
    return errors.AwsError(_refused(error, target))


def _refused(error: Any, target: Target) -> str:
    operation, said = error.operation_name, _brief(_said(error))
    if is_quota(error):
        return (
            f"A quota of the account is used up, so AWS refused {operation} for {target}: {said} Delete what is not "
            "needed, or ask AWS for a higher quota."
        )
    return f"AWS refused {operation} for {target}: {said}"


def _role_refused(error: Any, role: Role) -> str:
    caller = re.search(r"User: (arn:\S+)", _said(error))
    who = caller[1] if caller else "ecrbot's own identity"
    condition = "with the external_id of the settings" if role.external_id else "(no external_id is set for it)"
    return (
        f"Role {role.arn} could not be assumed ({code_of(error)}): let its trust policy allow sts:AssumeRole to {who} "
        f"{condition}, and grant that identity sts:AssumeRole on the role."
    )


def _denied(error: Any, target: Target, role: Role | None) -> str:
    operation, said = error.operation_name, _said(error)
    action = f"{_ACTION_PREFIX.get(operation, 'ecr')}:{operation}"
    start = f"{role.arn if role else 'The default credentials'} may not call {action} in {target}"
    if "in a service control policy" in said:
        return f"{start}: a service control policy of the organization denies it."
    # A call may need more than the action of its own name, such as Amazon Inspector's or iam:PassRole.
    wanted = _WANTED.search(said)
    return f"{start}: grant it {wanted[1] if wanted else action}."


def _expired(target: Target) -> str:
    return f"The AWS credentials for {target} have expired: renew them, for example with aws sso login."


def _said(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Message") or code_of(error) or error)


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)


def _brief(error: object) -> str:
    return " ".join(str(error).split()).rstrip(".") + "."
