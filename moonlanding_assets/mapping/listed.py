"""Mappings as data, for programs: what describe.py says to people. Holds no words of its own."""

from typing import Any

from moonlanding_assets.errors import DeclarationError
from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.describe import mappings_of, otherwise, row_source, source_name
from moonlanding_assets.mapping.tables import CollectionMapping, TableMapping
from moonlanding_assets.mapping.words import field_path, rule_words
from moonlanding_assets.schema.catalogue import TABLE


def listed_all() -> dict[str, Any]:
    """Every table with a source, and every collection."""
    return {
        "tables": [listed_table(name) for name in TABLE if mappings_of(name)],
        "collections": [listed_collection(one.collection.key) for one in MAPPINGS],
    }


def listed_table(table: str) -> dict[str, Any]:
    """How a table is filled; DeclarationError for a name that is no table."""
    if table not in TABLE:
        raise DeclarationError(f"there is no table {table!r}: docs/mapping.md lists all of them")
    sources = [
        {
            "collection": one.collection.key,
            "one_row_for": row_source(one.collection, mapping).replace("`", ""),
            "columns": _columns(one, mapping),
        }
        for one, mapping in mappings_of(table)
    ]
    return {"table": table, "sources": sources}


def listed_collection(key: str) -> dict[str, Any]:
    """What becomes of the documents of a collection; DeclarationError if unknown."""
    for one in MAPPINGS:
        if one.collection.key == key:
            return {
                "collection": key,
                "purpose": one.collection.purpose,
                "documents": list(one.collection.patterns),
                "tables": list(dict.fromkeys(mapping.table.name for mapping in one.tables)),
                "kept_in_residue": dict(one.kept),
                "declared": dict(one.declared),
                "never_read": sorted(one.collection.secret_fields),
            }
    raise DeclarationError(f"no collection is mapped under {key}: see docs/mapping.md")


def _columns(one: CollectionMapping, mapping: TableMapping) -> list[dict[str, Any]]:
    found = []
    for column in TABLE[mapping.table.name].columns:
        rule = mapping.columns[column.name]
        words = rule_words(rule)
        paths = [field_path(mapping.each, name) for name in words.names]
        fields = [source_name(one.collection, path[:-1], path[-1]) for path in paths if path]
        found.append(
            {
                "column": column.name,
                "from": fields,
                "how": words.how,
                "is_copy": words.is_copy,
                "takes_all": words.takes_all,
                "otherwise": otherwise(column, rule),
            }
        )
    return found
