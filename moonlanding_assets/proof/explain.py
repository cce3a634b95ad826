"""Where everything of a document went, and where a row came from: read out of the ledger.

Builds explanations (explanation.py); explain_text.py lays them out. Values are shown as kind,
length and hash, unless a person at a terminal asks to see them.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from moonlanding_assets.contract.suggest import printable
from moonlanding_assets.errors import LoadError
from moonlanding_assets.load.opening import reading
from moonlanding_assets.mapping.describe import mappings_of
from moonlanding_assets.proof.explain_ledger import Look, ids_in, invented, merges, quarantine
from moonlanding_assets.proof.explain_rows import (
    Seen,
    explain_columns,
    kept_words,
    place_text,
    sources_of,
)
from moonlanding_assets.proof.explanation import (
    DocumentPart,
    Explanation,
    MergeLine,
    ResidueLine,
    RowPart,
    value_shape,
)
from moonlanding_assets.proof.reasons import (
    OUTCOME_REASONS,
    RESIDUE_REASONS,
    quarantine_words,
)
from moonlanding_assets.proof.rebuild import Residue, StoredRow, rebuild
from moonlanding_assets.proof.stored import StoredDocument, directory_of, read_documents
from moonlanding_assets.schema.catalogue import BASE_TABLES, quoted

_LEAVES = ("mapped", "residue", "quarantined", "declared")
_BEFORE = "No document gives this row: it was there before the migration, or was made after it."
_LINE = (
    "SELECT collection, outcome, reason, row_id, sha256, leaves_mapped, leaves_residue, "
    "leaves_quarantined, leaves_declared FROM migration_documents WHERE path = ?"
)


def explain_document(
    database: Path, path: str, raw: Path | None = None, *, show_values: bool = False
) -> Explanation:
    """What became of the document at `path` (as Firestore shows it, with or without project).

    raw: a Parquet file of raw documents, to say whether the document is still the same.
    show_values: for a person at a terminal only. Raises LoadError when the database or the path
    is not there.
    """
    path = path.strip().partition("/documents/")[2] or path.strip().strip("/")
    with _ledger(database) as connection:
        look = Look(connection, None, raw, show_values)
        if not look.all(_LINE, path):
            raise LoadError(
                f"{printable(path)} is not in the ledger of {database}: the fraction that it was "
                "made from holds no such document. A path has an even number of parts, such as "
                "friday/users/list/ID."
            )
        return Explanation(subject=path, documents=(_document(look, path),))


def explain_row(
    database: Path, table: str, row_id: str, *, show_values: bool = False
) -> Explanation:
    """Which documents and fields a row comes from: several for a merged user, none for some.

    Raises LoadError when the database, the table or the row is not there.
    """
    known = [one.name for one in BASE_TABLES if "id" in {column.name for column in one.columns}]
    if table not in known:
        raise LoadError(f"there is no table {printable(table)!r}: one of {', '.join(known)}.")
    with _ledger(database) as connection:
        look = Look(connection, (table, row_id), None, show_values)
        if not look.all(f"SELECT 1 FROM {quoted(table)} WHERE id = ?", row_id):
            raise LoadError(f"{table} has no row with the id {printable(row_id)!r}.")
        parts = tuple(_document(look, path) for path in _paths_of(look, table, row_id))
        notes = [f"Invented: {one.meaning} ({one.key})." for one in invented(look, {row_id})]
        if not parts and not notes:
            notes = [_BEFORE]
        return Explanation(subject=f"{table} {row_id}", documents=parts, notes=tuple(notes))


@contextmanager
def _ledger(database: Path) -> Iterator[sqlite3.Connection]:
    if not database.is_file():
        raise LoadError(f"{database} does not exist: migrate a fraction first.")
    try:
        with reading(database) as connection:
            yield connection
    except sqlite3.OperationalError as error:
        raise LoadError(f"{database} holds no ledger of a migration: {error}.") from error


def _paths_of(look: Look, table: str, row_id: str) -> list[str]:
    """The documents that give a row: as their own row, or by one of their items."""
    collections = {one.collection.key for one, mapping in mappings_of(table) if not mapping.each}
    own = look.all("SELECT path, collection FROM migration_documents WHERE row_id = ?", row_id)
    items = look.all(
        "SELECT path FROM migration_items WHERE table_name = ? AND row_id = ?", table, row_id
    )
    found = {path for path, collection in own if collection in collections}
    return sorted(found | {path for (path,) in items})


def _document(look: Look, path: str) -> DocumentPart:
    ((collection, outcome, reason, row_id, sha256, *leaves),) = look.all(_LINE, path)
    stored = next(read_documents(look.connection, path, path))
    directory = directory_of(look.connection)
    fields = rebuild(collection, stored.rows, stored.residue, directory)
    rows = [row for row in stored.rows if look.row in (None, (row.table, row.columns["id"]))]
    merged = merges(look, row_id)
    residue = _residue_of(look, stored, rows)
    rows.sort(key=_order)
    return DocumentPart(
        path=path,
        collection=collection,
        outcome=outcome,
        reason=reason,
        meaning=_meaning(outcome, reason),
        sha256=sha256,
        snapshot=_snapshot(look.raw, path, sha256),
        leaves=dict(zip(_LEAVES, leaves, strict=True)),
        rows=tuple(_row(look, stored, row, fields, merged) for row in rows),
        residue=tuple(_residue_line(stored.collection, one, look.show) for one in residue),
        quarantine=quarantine(look, path),
        merges=tuple(one for one in merged if one.path == path or not one.field),
        placeholders=invented(look, ids_in(rows)),
    )


def _order(row: StoredRow) -> list[tuple[bool, str | int]]:
    """The document's own rows first, then its items in the order of the document."""
    return [(isinstance(segment, str), segment) for segment in row.position]


def _meaning(outcome: str, reason: str) -> str:
    if outcome == "quarantined":
        return quarantine_words(reason).meaning
    return OUTCOME_REASONS.get(reason, reason)


def _row(
    look: Look,
    stored: StoredDocument,
    row: StoredRow,
    fields: Mapping[str, Any],
    merged: Sequence[MergeLine],
) -> RowPart:
    row_id = str(row.columns["id"])
    is_user = row.table == "users"
    seen = Seen(
        fields=fields,
        residue={one.path: one.reason for one in stored.residue},
        derived=dict(
            look.all(
                "SELECT column_name, rule FROM migration_derived "
                "WHERE table_name = ? AND row_id = ?", row.table, row_id,
            )
        ),
        merged={one.field: one.relation for one in merged if is_user and one.path == stored.path},
        show_values=look.show,
    )  # fmt: skip
    return RowPart(
        table=row.table,
        row_id=row_id,
        place=place_text(row.position),
        columns=explain_columns(stored.collection, row, seen),
    )


def _residue_of(look: Look, stored: StoredDocument, rows: Sequence[StoredRow]) -> Iterator[Residue]:
    """All of it; for one row, what stands where its columns come from."""
    places = [place for row in rows for place in sources_of(stored.collection, row)]
    for one in stored.residue:
        if look.row is None or any(one.path[: len(place)] == place for place in places):
            yield one


def _residue_line(collection: str, one: Residue, show: bool) -> ResidueLine:
    why = kept_words(collection, one.path) if one.reason in ("no_column", "declared") else ""
    return ResidueLine(
        field=place_text(one.path),
        reason=one.reason,
        meaning=why or RESIDUE_REASONS.get(one.reason, one.reason),
        value="" if one.value is None else value_shape(one.value, show=show),
    )


def _snapshot(raw: Path | None, path: str, sha256: str) -> str:
    if raw is None:
        return ""
    found = pq.read_table(raw, columns=["sha256"], filters=[("path", "=", path)])
    if not found.num_rows:
        return "missing"
    return "same" if found.column(0)[0].as_py() == sha256 else "differs"
