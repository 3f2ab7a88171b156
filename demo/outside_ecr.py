"""What people do to ECR behind the bot's back: they loosen repositories, delete them, and make new ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from demo import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from demo.aws import LocalAws
    from demo.standing import Row
    from demo.world import World

_PEOPLE = ("Mallory", "Trudy", "Ivan", "Sybil", "Oscar")

_NEW = (
    "payments-refunds",
    "fraud-scoring",
    "invoice-renderer",
    "loyalty-points",
    "price-feed",
    "address-lookup",
    "webhook-relay",
    "chat-transcripts",
    "warehouse-labels",
    "returns-portal",
    "gift-cards",
    "speech-to-text",
)

_MUTABLE = "MUTABLE"

_OF_THE_TOUR = frozenset({"payments-api", "payments-worker"})
"""What the tour is about: nobody touches it unless it is named."""


class DeedError(LookupError):
    """A deed cannot be done; the message says why."""


class Address(NamedTuple):
    """Where a repository is: the account's id, the region, and its name."""

    account: str
    region: str
    name: str


class Neighbours:
    """People with access to ECR and little time."""

    def __init__(self, aws: LocalAws, world: World, drawn: Random) -> None:
        """Let them in.

        Args:
            aws: the local AWS.
            world: its accounts and regions.
            drawn: decides what nobody chose.
        """
        self._aws = aws
        self._world = world
        self._drawn = drawn
        self._names = {account.id: account.name for account in world.accounts}
        self._open = {account.id for account in world.accounts if not account.closed}

    def loosen(self, where: Address | None) -> str:
        """Make a repository mutable and switch its own scanning off; one that complies, where none is named.

        Raises:
            DeedError: there is no such repository, or it could not be looser.
        """
        row = self._chosen(where, lambda one: one.compliant is True, "Nothing that complies is left to loosen.")
        place = self._told(row)
        on = (("immutability", row.mutability != _MUTABLE), ("scanOnPush", row.scan_on_push))
        done = [word for word, is_on in on if is_on]
        if not done:
            raise DeedError(f"{place} is MUTABLE already, and its scanOnPush is off.")
        whose = {"repositoryName": row.name}
        self._call(row, lambda ecr: ecr.put_image_tag_mutability(**whose, imageTagMutability=_MUTABLE))
        off = {"scanOnPush": False}
        self._call(row, lambda ecr: ecr.put_image_scanning_configuration(**whose, imageScanningConfiguration=off))
        return f"{place} is MUTABLE now: {self._somebody()} turned {' and '.join(done)} off."

    def delete(self, where: Address | None) -> str:
        """Delete a repository, whatever is in it.

        Raises:
            DeedError: there is no such repository.
        """
        row = self._chosen(where, lambda _: True, "There is no repository left to delete.")
        self._call(row, lambda ecr: ecr.delete_repository(repositoryName=row.name, force=True))
        return f"{self._told(row)} is gone: {self._somebody()} deleted it, with all its images."

    def create(self, where: Address | None) -> str:
        """Make a repository with ECR's own defaults, and push an image into it.

        Where one is named that is there already, the new one gets a name of its own, in the same account and region.

        Raises:
            DeedError: ECR does not take the name.
        """
        to = where or self._free()
        self._require_place(to)
        if any((one.account, one.region, one.name) == to for one in standing.rows(self._aws, self._world)):
            to = to._replace(name=self._free().name)  # beside the one that was chosen
        self._call(to, lambda ecr: ecr.create_repository(repositoryName=to.name))
        self._aws.push(to.account, to.region, to.name, ("latest",), datetime.now(UTC))
        return (
            f"{self._told(to)} is new: {self._somebody()} made it with ECR's defaults, MUTABLE and not scanned on push."
        )

    def _chosen(self, where: Address | None, fits: Callable[[Row], bool], none: str) -> Row:
        """Return the repository that is named, or draw one that fits, in an account that the bot can read."""
        rows = standing.rows(self._aws, self._world)
        if where is None:
            drawn = [one for one in rows if one.account in self._open and one.name not in _OF_THE_TOUR and fits(one)]
            return self._draw(drawn, none)
        self._require_place(where)
        for one in rows:
            if (one.account, one.region, one.name) == where:
                return one
        raise DeedError(f"There is no repository {self._told(where)}.")

    def _draw(self, rows: Sequence[Row], none: str) -> Row:
        if not rows:
            raise DeedError(none)
        return self._drawn.choice(rows)

    def _free(self) -> Address:
        """Return where a new repository could be: a name that is nowhere yet."""
        taken = {one.name for one in standing.rows(self._aws, self._world)}
        free = [name for name in _NEW if name not in taken]
        number = len(taken)
        while not free:
            number += 1
            free = [name for name in (f"experiment-{number}",) if name not in taken]
        account = self._drawn.choice(sorted(self._open))
        return Address(account, self._drawn.choice(self._world.regions), self._drawn.choice(free))

    def _require_place(self, where: Address) -> None:
        if where.account not in self._names or where.region not in self._world.regions:
            raise DeedError(f"The demo has no account {where.account} with a region {where.region}.")

    def _call(self, where: Address | Row, call: Callable[[Any], object]) -> None:
        try:
            call(self._aws.client("ecr", where.account, where.region))
        except ClientError as error:
            raise DeedError(f"ECR refused that: {error.response['Error'].get('Message') or error}") from error
        except BotoCoreError as error:
            raise DeedError(f"That is nothing for ECR: {' '.join(str(error).split())}") from error

    def _told(self, where: Address | Row) -> str:
        return f"{where.name} in {self._names[where.account]}, {where.region}"

    def _somebody(self) -> str:
        return self._drawn.choice(_PEOPLE)
