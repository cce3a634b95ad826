"""The ledger balanced and unknown things looked for, in one pass over the raw documents.

Holds the course of the pass, here or in worker processes; what is compared is ledger.py's, what is
unknown unknown.py's. What pieces gave is put together in their order.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from moonlanding_assets.collecting import no_collecting
from moonlanding_assets.contract.suggest import Unknown
from moonlanding_assets.errors import LoadError
from moonlanding_assets.load.opening import reading
from moonlanding_assets.proof.ledger import Balance, LedgerReport, conclude
from moonlanding_assets.proof.raw import Piece, batches_of, pieces_of
from moonlanding_assets.proof.unknown import Search
from moonlanding_assets.workers import worker_pool

SMALL_DOCUMENTS = 20_000  # below, a second process costs more than it gives

Counted = tuple[Balance, Search]


def account(
    database: Path, sources: Mapping[str, Path], *, workers: int
) -> tuple[LedgerReport, tuple[Unknown, ...]]:
    """The ledger of `database` against the raw documents of `sources`, and what nobody declares.

    sources: collection key → Parquet file of the fraction that the database was made from.
    Raises LoadError when the database is missing or holds no ledger.
    """
    if not database.is_file():
        raise LoadError(f"{database} does not exist: migrate the fraction first.")
    balances = {key: Balance(key) for key in sources}
    searches = {key: Search(key) for key in sources}
    pieces = list(pieces_of(sources))
    try:
        for piece, (balance, search) in zip(
            pieces, _counted(database, pieces, workers), strict=True
        ):
            balances[piece.collection].add(balance)
            searches[piece.collection].add(search)
        report = conclude(database, sources, list(balances.values()))
    except sqlite3.OperationalError as error:
        raise LoadError(f"{database} holds no ledger of a migration: {error}.") from error
    return report, tuple(one for search in searches.values() for one in search.entries())


def check_ledger(database: Path, sources: Mapping[str, Path], *, workers: int = 1) -> LedgerReport:
    """The first half of `account`."""
    return account(database, sources, workers=workers)[0]


def _counted(database: Path, pieces: list[Piece], workers: int) -> Iterator[Counted]:
    count = partial(count_piece, database)
    if workers < 2 or sum(one.documents for one in pieces) < SMALL_DOCUMENTS:
        yield from map(count, pieces)
        return
    with worker_pool(workers) as pool:
        yield from pool.map(count, pieces)


def count_piece(database: Path, piece: Piece) -> Counted:
    """One piece, in a worker process or here."""
    balance, search = Balance(piece.collection), Search(piece.collection)
    with reading(database) as connection, no_collecting():
        for batch in batches_of(piece):
            balance.compare(connection, batch)
            search.see(batch)
    return balance, search
