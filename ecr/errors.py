"""The one error tree of ecrbot: `str(error)` is a whole sentence that a person in Slack or at a shell can act on."""

from __future__ import annotations


class EcrbotError(Exception):
    """The root: everything that ecrbot says on purpose when something cannot be done."""


class UsageError(EcrbotError):
    """What was asked cannot be understood or cannot be meant."""


class InvalidNameError(UsageError):
    """What was given is no repository name, glob, URI or ARN."""


class NotConfiguredError(UsageError):
    """An account or region was asked for that the settings do not have."""


class SettingsError(UsageError):
    """A setting is missing or malformed; the message names every problem found."""


class BusyError(EcrbotError):
    """There is more work waiting than the bot accepts."""


class SweepRunningError(EcrbotError):
    """A sweep is under way already, in this process or another one."""


class AwsError(EcrbotError):
    """AWS could not be asked, or refused, or answered what cannot be used."""


class NoCredentialsError(AwsError):
    """The default credential chain holds no credentials."""


class ExpiredTokenError(AwsError):
    """The credentials have run out."""


class RoleRefusedError(AwsError):
    """A role could not be assumed."""


class AccessDeniedError(AwsError):
    """The credentials may not call an action."""


class RegionDisabledError(AwsError):
    """The account has not enabled the region, or its keys are not valid there."""


class ThrottledError(AwsError):
    """AWS kept answering that there are too many requests."""


class UnreachableError(AwsError):
    """AWS did not answer: no connection, or no answer in time."""


class AccountMismatchError(AwsError):
    """An answer came from another account than the one that was asked."""


class MalformedAnswerError(AwsError):
    """An answer lacks what its documentation promises."""


class RepositoryNotFoundError(AwsError):
    """A repository is not there."""


class BlockedByOrganizationError(AwsError):
    """A policy of the organization manages what was to be changed: nobody in the account can."""


class TemplateExistsError(AwsError):
    """There is a repository creation template for the prefix already."""


class TemplateNotFoundError(AwsError):
    """There is no repository creation template for the prefix."""


class HistoryError(EcrbotError):
    """The SQLite history could not be read or written."""


class NewerHistoryError(HistoryError):
    """The history was written by a newer release."""


class LostClaimError(HistoryError):
    """What was claimed is another one's by now: its lease had ended."""


class SlackError(EcrbotError):
    """Slack refused or did not answer."""


class ChannelClosedError(SlackError):
    """A channel takes no message of the bot's: it is not in it, or the channel is archived or gone."""


class NotPostedError(SlackError):
    """A message was not taken for now.

    `after` are the seconds that Slack named, if it did; `in_doubt` tells that the message may be there all the same.
    """

    def __init__(self, message: str, *, after: float | None = None, in_doubt: bool = False) -> None:
        """Keep what Slack said beside the sentence."""
        super().__init__(message)
        self.after = after
        self.in_doubt = in_doubt


class CannotLookError(SlackError):
    """What is in a channel cannot be seen: the app was not given the scope for it."""
