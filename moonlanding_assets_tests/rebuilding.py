"""Documents through the engine and back, without a database. Holds no assertion."""

import hashlib
from collections.abc import Mapping
from typing import Any

from moonlanding_assets.normalize.account import Output
from moonlanding_assets.normalize.apply import RawDocument
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.proof.rebuild import Residue, StoredRow, path_of, rebuild
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.source.value import canonical, parse


def raw(path: str, collection: str, fields: Mapping[str, Any]) -> RawDocument:
    text = canonical(dict(fields))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return RawDocument(path=path, collection=collection, fields=text, sha256=digest)


def rows_of(output: Output, table: str) -> list[dict[str, Any]]:
    names = [column.name for column in TABLE[table].columns]
    return [dict(zip(names, row, strict=True)) for row in output.rows.get(table, [])]


def rebuilt(document: RawDocument, output: Output, directory: Directory) -> dict[str, Any]:
    """The document again, from the output of the engine alone."""
    derived: dict[tuple[str, str], set[str]] = {}
    for one in rows_of(output, "migration_derived"):
        derived.setdefault((one["table_name"], one["row_id"]), set()).add(one["column_name"])
    items = {
        (one["table_name"], one["row_id"]): path_of(one["position"])
        for one in rows_of(output, "migration_items")
    }
    [line] = [x for x in rows_of(output, "migration_documents") if x["path"] == document.path]
    rows = [
        StoredRow(
            table=table,
            columns=row,
            position=items.get((table, row["id"]), ()),
            derived=frozenset(derived.get((table, row["id"]), ())),
        )
        for table in output.rows
        if not table.startswith("migration_")
        for row in rows_of(output, table)
        if (table, row["id"]) in items or row["id"] == line["row_id"]
    ]
    residue = [
        Residue(
            path=path_of(one["field"]),
            reason=one["reason"],
            value=None if one["value"] is None else parse(one["value"]),
        )
        for one in rows_of(output, "migration_residue")
        if one["path"] == document.path
    ]
    return rebuild(document.collection, rows, residue, directory)
