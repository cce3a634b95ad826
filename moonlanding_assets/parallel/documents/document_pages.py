"""The paths of one collection out of the ledger, page by page, in Firestore's order.

By the primary key of the ledger: what lies below a document is jumped over, not read. Holds no
rebuilding and no HTTP.
"""

import sqlite3
from collections.abc import Iterator

from moonlanding_assets.source.firestore_names import order_of

_NUMERIC = "__id"
_AFTER_NUMERIC = "__ie"
_BELOW, _PAST_BELOW = "/", "0"  # "0" is the character after "/"
_FIRST = "SELECT min(path) FROM migration_documents WHERE path {} ? AND path < ?"


def paths_of_page(
    connection: sqlite3.Connection, collection: str, *, after: str, limit: int
) -> list[str]:
    """The next paths right below a collection's path, after the id `after` ("" the first ones).

    Numeric ids (`__id7__`) come first and by number, all others by their bytes.
    """
    prefix = f"{collection}/"
    found: list[str] = []
    if not after or order_of(after)[0][0] == 0:
        inside = _below(connection, prefix, f"{prefix}{_NUMERIC}", f"{prefix}{_AFTER_NUMERIC}")
        numeric = sorted((one for one in inside if _is_numeric(one)), key=order_of)
        least = order_of(f"{prefix}{after}") if after else ()
        found = [one for one in numeric if order_of(one) > least][:limit]
        after = ""
    start = f"{prefix}{after}\0" if after else prefix
    for path in _below(connection, prefix, start, f"{collection}{_PAST_BELOW}"):
        if len(found) >= limit:
            break
        if not _is_numeric(path):
            found.append(path)
    return found


def _below(connection: sqlite3.Connection, prefix: str, first: str, end: str) -> Iterator[str]:
    """Paths of one part more than the prefix, from `first` up to `end`, by their bytes."""
    while True:
        path = connection.execute(_FIRST.format(">="), (first, end)).fetchone()[0]
        if path is None:
            return
        name, slash, _ = path.removeprefix(prefix).partition(_BELOW)
        if slash:  # a document below one that comes earlier, or that is missing
            first = f"{prefix}{name}{_PAST_BELOW}"
        else:
            yield path
            first = f"{path}\0"


def _is_numeric(path: str) -> bool:
    return order_of(path.rpartition("/")[2])[0][0] == 0
