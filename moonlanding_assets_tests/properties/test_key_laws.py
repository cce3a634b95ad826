"""The law of the ledger's keys: whatever a document holds, no two lines of its output clash."""

from collections import Counter

from hypothesis import HealthCheck, given, settings

from moonlanding_assets.normalize.apply import apply
from moonlanding_assets.schema.catalogue import TABLE
from moonlanding_assets.source.value import Fields
from moonlanding_assets_tests.properties.test_document_laws import _directory, documents
from moonlanding_assets_tests.rebuilding import raw, rows_of


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_no_two_rows_have_the_same_key(case: tuple[str, str, Fields]) -> None:
    collection, path, fields = case
    output = apply([raw(path, collection, fields)], _directory())
    for table in output.rows:
        key = TABLE[table].primary_key
        counts = Counter(tuple(row[name] for name in key) for row in rows_of(output, table))
        assert [one for one, count in counts.items() if count > 1] == [], table
        required = [one.name for one in TABLE[table].columns if one.not_null]
        for row in rows_of(output, table):
            empty = [name for name in required if row[name] is None]
            assert not [name for name in empty if not _is_completed(table, name)], table


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_the_ledger_speaks_only_of_rows_that_are_there(case: tuple[str, str, Fields]) -> None:
    collection, path, fields = case
    output = apply([raw(path, collection, fields)], _directory())
    made = {
        (table, row["id"])
        for table in output.rows
        if "id" in [column.name for column in TABLE[table].columns]
        for row in rows_of(output, table)
    }
    for name in ("migration_derived", "migration_items"):
        assert {(row["table_name"], row["row_id"]) for row in rows_of(output, name)} <= made


def _is_completed(table: str, column: str) -> bool:
    """Times that only the whole can tell are still empty here."""
    return (table, column) in (("engagement", "created_at"), ("client", "created_at"))
