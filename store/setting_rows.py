"""What a change goes from and to, as it is stored in a request: from settings to what JSON can hold and back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecr.setting import RegistryFilter, Scanning, Tags, TemplateTags
from store import registry_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecr.setting import Setting

_REGISTRY_FILTER, _TEMPLATE_TAGS = "registry filter", "template tags"


def row(setting: Setting) -> dict[str, Any]:
    """Return a setting as it is stored; those of a repository have no kind, as they had none before there were more."""
    match setting:
        case Tags(mutability, filters):
            return {"mutability": mutability, "filters": filters}
        case Scanning(scan_on_push):
            return {"scan_on_push": scan_on_push}
        case RegistryFilter():
            return {
                "kind": _REGISTRY_FILTER,
                "filter": setting.filter,
                "is_there": setting.is_there,
                "scan_type": setting.scan_type,
                "rules": registry_rows.rules(setting.rules),
            }
        case TemplateTags():
            return {
                "kind": _TEMPLATE_TAGS,
                "prefix": setting.prefix,
                "mutability": setting.mutability,
                "filters": setting.filters,
                "applied_for": setting.applied_for,
            }


def setting(stored: Mapping[str, Any]) -> Setting:
    """Return the setting that was stored so.

    Raises:
        ValueError: it is of a kind that this release does not know.
    """
    kind = stored.get("kind")
    if kind == _REGISTRY_FILTER:
        rules = registry_rows.rules_of(stored["rules"])
        return RegistryFilter(stored["filter"], stored["is_there"], stored["scan_type"], rules)
    if kind == _TEMPLATE_TAGS:
        filters, applied_for = tuple(stored["filters"]), tuple(stored["applied_for"])
        return TemplateTags(stored["prefix"], stored["mutability"], filters, applied_for)
    if kind is not None:
        raise ValueError(f"A setting of the kind {kind!r} is none that this release knows.")
    if "mutability" in stored:
        return Tags(stored["mutability"], tuple(stored["filters"]))
    return Scanning(stored["scan_on_push"])
