"""The 42 collections in the order of their declaration, and which one a path belongs to.

Holds no declaration of its own and reads no documents.
"""

import re
from collections.abc import Callable
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from moonlanding_assets.contract import friday, friday_engagements, mwr
from moonlanding_assets.contract.language import Collection, Field
from moonlanding_assets.errors import DeclarationError

#: The top-level collections of each system; the first one is its own root.
SYSTEM_ROOTS: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {"friday": ("friday", "emails"), "mwr": ("myworkreview",)}
)

COLLECTIONS: tuple[Collection, ...] = (
    friday.USERS,
    friday.USERS_PERMISSIONS,
    friday.USER_GROUPS,
    friday.TEAMS,
    friday.CLIENTS_DOCUMENT,
    friday.CLIENTS,
    friday.ENTITY_TYPES,
    friday.ENGAGEMENT_TYPES,
    friday.ENGAGEMENTS_DOCUMENT,
    friday_engagements.ENGAGEMENTS,
    friday_engagements.SECTIONS,
    friday_engagements.ENGAGEMENT_RFIS,
    friday_engagements.RFIS_ACTIVITY,
    friday_engagements.ACTIVITY,
    friday_engagements.FILES,
    friday_engagements.RESPONSES,
    friday_engagements.CHAT,
    friday_engagements.LAST_READ_MESSAGES,
    friday_engagements.CHECKLISTS,
    friday_engagements.RFIS_TEAM_CHAT,
    friday.CLIENT_SENT_NOTIFICATIONS,
    friday.RECREATION_LOGS,
    friday.TEMPLATES,
    friday.RFIS,
    friday.EMAILS,
    friday.SETTINGS,
    friday.SETTINGS_ENGAGEMENT_NOTIFICATIONS,
    friday.LOGS,
    friday.EMAIL_COUNTERS,
    mwr.USERS,
    mwr.USER_GROUPS,
    mwr.TEAMS,
    mwr.TEMPLATES,
    mwr.CHECKLISTS,
    mwr.SECTIONS,
    mwr.REVIEWS,
    mwr.REVIEWS_CHAT,
    mwr.REVIEWS_CHECKLISTS,
    mwr.REMOVED_HIGHLIGHTS,
    mwr.SETTINGS,
    mwr.APIS,
    mwr.LOGS,
)

BY_KEY: dict[str, Collection] = {one.key: one for one in COLLECTIONS}

_Pick = Callable[[list[str]], tuple[str, ...] | str]

_LOOKS_LIKE_ID = re.compile(r"[A-Za-z0-9]{20}|__id-?\d+__|\d+")


class _Group(NamedTuple):
    """Patterns of one length whose fixed segments stand at the same places."""

    pick: _Pick
    collections: dict[tuple[str, ...] | str, Collection]


def _places(pattern: str) -> tuple[int, ...]:
    return tuple(i for i, part in enumerate(pattern.split("/")) if not part.startswith("{"))


def _groups(system: str) -> dict[int, tuple[_Group, ...]]:
    """By number of segments: the groups of patterns, those with more fixed segments first."""
    found: dict[int, dict[tuple[int, ...], _Group]] = {}
    for collection in (one for one in COLLECTIONS if one.system == system):
        for pattern in collection.patterns:
            parts, places = pattern.split("/"), _places(pattern)
            group = found.setdefault(len(parts), {}).setdefault(
                places, _Group(itemgetter(*places), {})
            )
            if group.collections.setdefault(group.pick(parts), collection) is not collection:
                raise DeclarationError(f"two collections declare the pattern {pattern}")
    return {
        length: tuple(groups[places] for places in sorted(groups, key=len, reverse=True))
        for length, groups in found.items()
    }


_GROUPS = {system: _groups(system) for system in SYSTEM_ROOTS}


def match(system: str, path: str) -> Collection | None:
    """The collection of a document path (without project prefix), or None when undeclared."""
    parts = path.split("/")
    for group in _GROUPS[system].get(len(parts), ()):
        collection = group.collections.get(group.pick(parts))
        if collection is not None:
            return collection
    return None


def pattern_key(system: str, path: str) -> str:
    """The collection's key, or for an undeclared one `system/?` and the path without its ids.

    Below a system's root the first document name is a fixed word (friday/users), so it is kept
    unless it looks like an id: `friday/new/list/x` gives `friday/?friday/new/list/{}`.
    """
    collection = match(system, path)
    if collection is not None:
        return collection.key
    parts = path.split("/")
    kept = parts[0] == SYSTEM_ROOTS[system][0] and not _LOOKS_LIKE_ID.fullmatch(parts[1])
    first_id = 3 if kept else 1
    named = ["{}" if i % 2 and i >= first_id else part for i, part in enumerate(parts)]
    return f"{system}/?{'/'.join(named)}"


def _check_references() -> None:
    """Every reference names declared collections; raises DeclarationError otherwise."""
    for collection in COLLECTIONS:
        for field in collection.fields:
            _check_field(collection.key, field)


def _check_field(key: str, field: Field) -> None:
    for target in field.refers.to if field.refers else ():
        if target not in BY_KEY:
            raise DeclarationError(f"{key}.{field.name} refers to the undeclared {target}")
    for item in field.items:
        _check_field(key, item)


_check_references()
