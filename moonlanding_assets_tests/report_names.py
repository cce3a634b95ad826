"""The names that a report holds, in the words of its schema. No assertion."""

from collections.abc import Collection, Iterator
from typing import Any


def names_in(value: Any, maps: Collection[str], place: str = "") -> Iterator[str]:
    """Every name of a report; "{}" for the keys of what is a map, by place."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            inner = "{}" if place in maps else key
            yield from names_in(one, maps, f"{place}.{inner}" if place else inner)
    elif isinstance(value, list) and value:
        for one in value:
            yield from names_in(one, maps, f"{place}[]")
    else:
        yield place
