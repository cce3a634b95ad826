"""Mappings rendered: as Markdown tables for people, and as column lineage for machines.

Holds no mapping and no words of a rule (words.py). `python -m moonlanding_assets.mapping.describe`
prints docs/mapping.md.
"""

import sys
from collections.abc import Iterator, Mapping

import orjson

from moonlanding_assets.contract.catalogue import COLLECTIONS
from moonlanding_assets.contract.language import Collection, Field
from moonlanding_assets.errors import DeclarationError
from moonlanding_assets.mapping.catalogue import MAPPINGS
from moonlanding_assets.mapping.language import (
    Ancestor,
    Completed,
    Constant,
    Copy,
    Derive,
    Key,
    Parent,
    Position,
    Rule,
    Take,
)
from moonlanding_assets.mapping.tables import CollectionMapping, TableMapping
from moonlanding_assets.mapping.transform import Transform
from moonlanding_assets.mapping.words import field_path, rule_words, spellings
from moonlanding_assets.schema.catalogue import BASE_TABLES, TABLE
from moonlanding_assets.schema.columns import Column

MADE = "<!-- Written by `make docs`. Change the mappings, not this page. -->"
Lineage = Mapping[str, tuple[tuple[str, str], ...]]
_NOT_A_DEFAULT = "'now()'"  # the schema has the word now() as text, which is no moment
_HEAD = ("| column | from | how | where that says nothing |", "|---|---|---|---|")
ALWAYS = (Key, Parent, Ancestor, Position, Constant, Completed)
_INTRODUCTION = """\
What becomes of every field. A field is *taken* into the column that is its home, where the
migration can give it back; a *copy* is a second place for it. What a column cannot give back bit
by bit stays in `migration_residue`, also fields that the tables below do not name. Names such as
`highlights[].text` go into each item of an array. A value that a transform refuses leaves its
column as if the source said nothing, and is listed in `migration_quarantine`."""


def mappings_of(table: str) -> tuple[tuple[CollectionMapping, TableMapping], ...]:
    """Every mapping that gives rows of a table, in the order of the collections."""
    return tuple(
        (one, mapping) for one in MAPPINGS for mapping in one.tables if mapping.table.name == table
    )


def lineage(table: str) -> Lineage:
    """Column → (collection, field) of every source field that it is made from, copies included.

    Fields are dotted paths from the document (highlights.text). Columns without a source field
    have an empty tuple. DeclarationError for a name that is no table.
    """
    columns = {column.name: dict[tuple[str, str], None]() for column in _table(table)}
    for collection, mapping in mappings_of(table):
        for column, rule in mapping.columns.items():
            for name in rule_words(rule).names:
                path = ".".join(field_path(mapping.each, name))
                columns[column][(collection.collection.key, path)] = None
    return {column: tuple(found) for column, found in columns.items()}


def describe_table(table: str) -> str:
    """How a table is filled, as Markdown. DeclarationError for a name that is no table."""
    _table(table)
    return "\n".join(_table_lines(table)) + "\n"


def describe_collection(key: str) -> str:
    """What becomes of the documents of a collection, as Markdown; DeclarationError if unknown."""
    for one in MAPPINGS:
        if one.collection.key == key:
            return "\n".join(_collection_lines(one)) + "\n"
    raise DeclarationError(f"no collection is mapped under {key}: see docs/mapping.md")


def describe_all() -> str:
    """The whole of docs/mapping.md: every table with a source, then every collection."""
    filled = [name for name in TABLE if mappings_of(name)]
    empty = [table.name for table in BASE_TABLES if not mappings_of(table.name)]
    lines = ["# Mapping", "", MADE, "", _INTRODUCTION, "", "# Tables", ""]
    for name in filled:
        lines += [*_table_lines(name), ""]
    lines += ["## Tables without a source", "", "They stay empty: no field of either system"]
    lines += [f"belongs there. {', '.join(f'`{name}`' for name in empty)}.", ""]
    lines += ["# Collections", ""]
    for one in MAPPINGS:
        lines += [*_collection_lines(one), ""]
    mapped = {one.collection.key for one in MAPPINGS}
    for collection in COLLECTIONS:
        if collection.key not in mapped:
            lines += [f"## {collection.key}", "", _sentence(collection.reason), ""]
    lines += ["# Spellings", "", *_spelling_lines()]
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(name: str) -> tuple[Column, ...]:
    if name not in TABLE:
        raise DeclarationError(f"there is no table {name!r}: docs/mapping.md lists all of them")
    return TABLE[name].columns


def _table_lines(table: str) -> Iterator[str]:
    yield f"## {table}"
    found = mappings_of(table)
    if not found:
        yield from ("", "No source collection gives rows of this table.")
    for one, mapping in found:
        yield from ("", f"### {table} from {one.collection.key}", "")
        yield f"One row for {row_source(one.collection, mapping)}."
        yield from ("", *_HEAD)
        for column in TABLE[table].columns:
            yield _column_line(one.collection, mapping, column)


def row_source(collection: Collection, mapping: TableMapping) -> str:
    """What one row stands for: a document, an item of an array, or a map."""
    if not mapping.each:
        return "each document"
    path = field_path(mapping.each, ".")
    field = _field(collection, path)
    is_map = field is not None and "array" not in field.kinds
    what = "the map" if is_map else "each item of"
    text = f"{what} `{source_name(collection, path[:-1], path[-1])}`"
    if mapping.of_sibling:
        text += f" without a document of the same id in {mapping.of_sibling}"
    return text


def _column_line(collection: Collection, mapping: TableMapping, column: Column) -> str:
    rule = mapping.columns[column.name]
    words = rule_words(rule)
    names = [
        f"`{source_name(collection, path[:-1], path[-1])}`" if path else "the item"
        for path in (field_path(mapping.each, name) for name in words.names)
    ]
    how = f"a copy; {words.how}" if words.is_copy else words.how
    together = " and " if words.takes_all else ", else "
    cells = (f"`{column.name}`", together.join(names), how, otherwise(column, rule))
    return "| " + " | ".join(_cell(one) for one in cells) + " |"


def otherwise(column: Column, rule: Rule) -> str:
    """What the column gets where the source says nothing; "" where that cannot be."""
    words = rule_words(rule)
    if isinstance(rule, ALWAYS):
        return ""
    has_default = column.default not in (None, _NOT_A_DEFAULT) and not getattr(
        rule, "completed", ""
    )
    default = f"the default {column.default}" if has_default else ""
    said = [one for one in (words.otherwise, default) if one]
    if isinstance(rule, Derive) and not default:
        return ""
    return "; else ".join(said) or ("no row: quarantined" if column.not_null else "NULL")


def source_name(collection: Collection, above: tuple[str, ...], name: str) -> str:
    """A field as people write it: [] after each array on the way to it."""
    said = []
    for count in range(1, len(above) + 1):
        field = _field(collection, above[:count])
        is_array = field is not None and "array" in field.kinds
        said.append(above[count - 1] + ("[]" if is_array else ""))
    return ".".join((*said, name))


def _field(collection: Collection, path: tuple[str, ...]) -> Field | None:
    fields, found = collection.by_name, None
    for segment in path:
        found = fields.get(segment)
        if found is None:
            return None
        fields = found.by_name
    return found


def _cell(text: str) -> str:
    """Text that cannot end a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def _collection_lines(mapping: CollectionMapping) -> Iterator[str]:
    collection = mapping.collection
    yield from (f"## {collection.key}", "", f"{_sentence(collection.purpose)}", "")
    patterns = " or ".join(f"`{pattern}`" for pattern in collection.patterns)
    yield f"Documents: {patterns}. {_outcome(mapping)}"
    for title, held in (("Kept in the residue", mapping.kept), ("Declared", mapping.declared)):
        if held:
            yield from ("", f"| {title} | why |", "|---|---|")
            yield from (f"| `{_cell(name)}` | {_cell(why)} |" for name, why in held.items())
    secret = sorted(collection.secret_fields)
    if secret:
        yield from ("", f"Never read: {', '.join(f'`{name}`' for name in secret)}.")


def _outcome(mapping: CollectionMapping) -> str:
    if mapping.collection.presence == "declared":
        return (
            f"Not migrated on purpose: {mapping.collection.reason}; the residue keeps them whole."
        )
    if not mapping.tables:
        return "No table has a home for them: the residue keeps them whole."
    tables = dict.fromkeys(one.table.name for one in mapping.tables)
    return f"Rows of {', '.join(f'`{name}`' for name in tables)}."


def _spelling_lines() -> Iterator[str]:
    """Every enumeration that a column uses: which word stands for which spellings."""
    yield from ("| transform | word of the column | spellings of the source |", "|---|---|---|")
    for transform in _transforms_used():
        for word, spelt in spellings(transform).items():
            said = ", ".join(f"`{orjson.dumps(one).decode()}`" for one in spelt)
            yield f"| {transform.name} | `{word}` | {_cell(said)} |"


def _transforms_used() -> Iterator[Transform]:
    used = {
        transform.name: transform
        for one in MAPPINGS
        for mapping in one.tables
        for rule in mapping.columns.values()
        if isinstance(rule, Take | Copy)
        for transform in rule.by
    }
    yield from (used[name] for name in sorted(used))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


if __name__ == "__main__":
    sys.stdout.write(describe_all())
