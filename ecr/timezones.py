"""Time zones as people type them, turned into the keys of the IANA database.

Only texts are looked at here; what time it is in a zone is ecr/due.py's question.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from ecr.errors import UsageError
from ecr.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 40
_SHORTEST_RESEMBLING = 5  # what is shorter resembles too much: CEST is as near to EST as to CET
_SHORTEST_CITY = 6  # pacific/api is a repository, whatever Pacific/Apia is
_CLOSE, _CLOSE_IN_AREA = 0.8, 0.7
_LONGEST_ABBREVIATION = 5
_NO_ZONES = frozenset({"Factory", "localtime"})  # a placeholder, and whatever the machine is set to
_OLD_AREAS = frozenset({"brazil", "canada", "chile", "etc", "mexico", "us"})
_OFFSET = re.compile(r"(?:utc|gmt)?[+-][0-9]{1,2}(?::?[0-9]{2})?", re.IGNORECASE)


def zone(text: str) -> str:
    """Return the key of a time zone, as the IANA database writes it; case is forgiven.

    Raises:
        UsageError: there is no such zone; the sentence names the one that may have been meant.
    """
    key = known(text)
    if key is None:
        near = nearest_zone(text)
        hint = f"did you mean {near}?" if near else "give one like Europe/Bucharest or UTC."
        raise UsageError(f"{shown(text)} is no IANA time zone: {hint}")
    return key


def known(text: str) -> str | None:
    """Return the key of a time zone; `None` where there is no such zone."""
    return _keys().get(text.strip().lower())


def nearest_zone(text: str) -> str | None:
    """Return the zone that may have been meant: of that city, or written nearly so; `None` where none resembles it."""
    wanted = text.strip().lower().replace(" ", "_")
    # An offset resembles Etc/GMT-2 and the like, whose signs are the other way round.
    if not wanted or len(wanted) > _LONGEST or _OFFSET.fullmatch(wanted):
        return None
    area, _, city = wanted.rpartition("/")
    if same := [key for key in _keys() if key.rpartition("/")[2] == city]:
        return _keys()[min(same, key=lambda key: (not key.startswith(f"{area}/"), _area(key) in _OLD_AREAS, key))]
    if len(wanted) < _SHORTEST_RESEMBLING:
        return None
    if area and _area(wanted) not in _areas():
        near = _close(wanted, {key: key for key in _keys()})
    else:
        near = (_begun_or_close(area, city) if area else None) or _close(city, _cities())
    return _keys()[near] if near else None


def resembles_zone(word: str) -> bool:
    """Tell whether a word that is no zone is one misspelt rather than a repository's name, which is in lower case."""
    lowered = word.lower()
    if _OFFSET.fullmatch(word):
        return True
    if any(character in word for character in "*?["):
        return False
    if word == lowered:
        return _is_misspelt(lowered)
    if word.isalpha() and word.isupper() and len(word) <= _LONGEST_ABBREVIATION:
        return True
    if "/" in word:
        return _area(lowered) in _areas() or _close(lowered, {key: key for key in _keys()}) is not None
    return lowered in _areas() or nearest_zone(word) is not None


def _is_misspelt(word: str) -> bool:
    """Tell whether a word in lower case, which may well be a name, is all but a zone."""
    area, _, city = word.partition("/")
    is_area = area in _areas() - _OLD_AREAS and len(city) >= _SHORTEST_CITY
    return is_area and _close(city, _cities(area)) is not None


@lru_cache(maxsize=1)
def _keys() -> Mapping[str, str]:
    """Return every key by its lower case, read when one is asked for: it takes tens of milliseconds."""
    return {key.lower(): key for key in sorted(available_timezones() - _NO_ZONES)}


@lru_cache(maxsize=1)
def _areas() -> frozenset[str]:
    return frozenset(_area(key) for key in _keys()) - {""}


def _area(key: str) -> str:
    """Return what stands before the first slash; nothing where there is none."""
    area, slash, _ = key.partition("/")
    return area if slash else ""


def _cities(area: str = "") -> dict[str, str]:
    """Return the keys by their cities: of an area, what follows it; of all, the last part."""
    if not area:
        return {key.rpartition("/")[2]: key for key in _keys()}
    return {key.removeprefix(f"{area}/"): key for key in _keys() if key.startswith(f"{area}/")}


def _begun_or_close(area: str, city: str) -> str | None:
    cities = _cities(area)
    begun = [key for name, key in cities.items() if city and name.startswith(city)]
    return begun[0] if begun else _close(city, cities, _CLOSE_IN_AREA)


def _close(wanted: str, keys: Mapping[str, str], cutoff: float = _CLOSE) -> str | None:
    """Return the key of what is written nearly so; `None` where nothing is."""
    near = get_close_matches(wanted, keys, n=1, cutoff=cutoff)
    return keys[near[0]] if near else None
