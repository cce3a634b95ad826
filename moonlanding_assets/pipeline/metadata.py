"""What the Dagster UI shows of declarations and results: column schemas, counts, tables.

Holds no decision. Counts and ids only: no value of a document reaches Dagster's store.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from moonlanding_assets.contract.language import Collection
from moonlanding_assets.mapping.describe import lineage
from moonlanding_assets.mapping.listed import listed_table
from moonlanding_assets.schema.columns import Table

Cell = str | int | float
_TYPES: dict[type, str] = {int: "int", float: "float", str: "string"}
RawMetadata = dict[str, Any]
LINE_POINTS = 40  # of a line; more would not fit into what the UI shows at once


def documents_schema(schema: pa.Schema) -> dg.TableSchema:
    """The columns of a Parquet file of raw documents."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=field.name,
                type=str(field.type),
                constraints=dg.TableColumnConstraints(nullable=field.nullable),
            )
            for field in schema
        ]
    )


def table_schema(table: Table) -> dg.TableSchema:
    """The columns of a table as the target declares them, keys and references in words."""
    references = {key.column: f"references {key.table}.{key.target}" for key in table.foreign_keys}
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type,
                description=references.get(column.name, column.meaning),
                constraints=dg.TableColumnConstraints(
                    nullable=not column.not_null,
                    unique=table.primary_key == (column.name,),
                ),
            )
            for column in table.columns
        ]
    )


def column_lineage(table: str) -> RawMetadata:
    """From which source fields each column of a table comes; nothing for ledger tables."""
    columns = {
        column: [dg.TableColumnDep(dg.AssetKey(key.split("/")), field) for key, field in sources]
        for column, sources in lineage(table).items()
        if sources
    }
    if not columns:
        return {}
    return {"dagster/column_lineage": dg.TableColumnLineage(deps_by_column=columns)}


def contract_table(collection: Collection) -> dg.MetadataValue[Any]:
    """The declared fields of a collection."""
    return rows_table(
        ("field", "kinds", "read"),
        (
            (field.name, ", ".join(field.kinds), "never (secret)" if field.is_secret else "yes")
            for field in collection.fields
        ),
    )


def rows_table(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> dg.MetadataValue[Any]:
    """Rows under these column names; "none" when there are no rows."""
    records = [dg.TableRecord(dict(zip(names, row, strict=True))) for row in rows]
    if not records:
        return dg.MetadataValue.text("none")
    columns = [dg.TableColumn(name, _TYPES[type(value)]) for name, value in records[0].data.items()]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))


def file_metadata(file: Path) -> RawMetadata:
    """Where a result lies and how big it is."""
    return {"path": dg.MetadataValue.path(file), "bytes": file.stat().st_size}


def plot(values: Mapping[str, int]) -> dg.MetadataValue[Any]:
    """Up to four counts as bars: an image in Markdown, small enough that the UI shows it at once.

    The UI hides Markdown of 1,000 characters and more behind a link.
    """
    most = max(values.values(), default=0) or 1
    lines = [
        f'<text y="{20 * place + 13}">{name} {value:,}</text>'
        f'<path d="M150 {20 * place + 3}h{200 * value // most + 1}v12H150" fill="#47b"/>'
        for place, (name, value) in enumerate(list(values.items())[:4])
    ]
    size = f'width="360" height="{20 * len(lines)}" font-size="12" font-family="sans-serif"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} fill="#888">{"".join(lines)}</svg>'
    return dg.MetadataValue.md(
        f"![counts](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
    )


def line_plot(name: str, values: Sequence[float]) -> dg.MetadataValue[Any]:
    """Values over time as a line, the latest on the right; "none" without one.

    At most LINE_POINTS of them, evenly chosen, so that the UI shows the image at once.
    """
    if not values:
        return dg.MetadataValue.text("none")
    first, count = len(values) - 1, min(len(values), LINE_POINTS)
    kept = [values[first - place * len(values) // count] for place in reversed(range(count))]
    most = max(kept) or 1.0
    places = [(5 * n + 2, f"{70 - 50 * value / most:.0f}") for n, value in enumerate(kept)]
    points = " ".join(f"{x},{y}" for x, y in places)
    x, y = places[-1]  # a dot: one value alone would draw no line
    said = f"{name}: {values[-1]:g}, at most {max(values):g}"
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="80" font-size="11" '
        f'fill="#888"><text y="11">{said}</text>'
        f'<polyline points="{points}" fill="none" stroke="#47b"/>'
        f'<circle cx="{x}" cy="{y}" r="2" fill="#47b"/></svg>'
    )
    return dg.MetadataValue.md(
        f"![{name}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
    )


def columns_from(table: str) -> RawMetadata:
    """From which source fields each column comes and how, as a table that people see.

    The open source UI keeps `dagster/column_lineage` and shows no column of it.
    """
    lines = [
        (one["column"], source["collection"], " ".join(one["from"]), one["how"])
        for source in listed_table(table)["sources"]
        for one in source["columns"]
        if one["from"]
    ]
    return {"columns_from": rows_table(("column", "collection", "fields", "how"), lines)}
