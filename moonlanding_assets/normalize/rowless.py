"""Documents that references can name but that will have no row: something is missing, or taken.

Found before any reference is resolved, so that a placeholder stands where the row will not be.
Holds no rule: whether a row can be made is the mapping's business.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from moonlanding_assets.normalize.apply import RawDocument, fill, work_on
from moonlanding_assets.normalize.compiled import CompiledColumn, CompiledTable, compiled
from moonlanding_assets.normalize.directory import Directory
from moonlanding_assets.normalize.identity import row_id
from moonlanding_assets.normalize.row import SourceRow, Work

Needs = tuple[tuple[CompiledTable, tuple[CompiledColumn, ...]], ...]


def rowless(
    collection: str, documents: Iterable[RawDocument], directory: Directory
) -> Iterator[str]:
    """The paths of those documents that will be quarantined; the directory stays as it is."""
    needs, tables = _needs(collection), _own_tables(collection)
    apart = replace(directory, placeholders={}, way_back={})
    if not needs and not any(map(directory.taken.get, tables)):
        return
    for document in documents:
        identity = row_id(document.path)
        is_taken = any(directory.is_taken(table, identity) for table in tables)
        if is_taken or _lacks(needs, document, apart):
            yield document.path


def _own_tables(collection: str) -> tuple[str, ...]:
    return tuple(one.name for one in compiled()[collection].tables if not one.mapping.each)


@cache
def _needs(collection: str) -> Needs:
    """The required columns of a document's own rows that an empty document leaves empty.

    Every other one has a rule that always gives something.
    """
    plan = compiled()[collection]
    path = plan.mapping.collection.patterns[0]
    empty = RawDocument(path=path, collection=collection, fields="{}", sha256="")
    work = work_on(empty, Directory(snapshot_time="-"), whole_seconds=False)
    found = []
    for table in plan.tables:
        missing = [] if table.mapping.each else fill(table, _row(table, work))
        if missing:
            columns = tuple(column for column in table.columns if column.name in missing)
            found.append((table, columns))
    return tuple(found)


def _lacks(needs: Needs, document: RawDocument, directory: Directory) -> bool:
    work = work_on(document, directory, whole_seconds=False)
    for table, columns in needs:
        row = _row(table, work)
        for column in columns:
            if column.make is None or column.make(row) is None:
                return True
    return False


def _row(table: CompiledTable, work: Work) -> SourceRow:
    return SourceRow(work=work, table=table.name, id=row_id(work.path), scope=work.fields)
