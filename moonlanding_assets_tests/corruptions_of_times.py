"""Damage to times: milliseconds, hours, zones, forms, calendars. Declarations only."""

from moonlanding_assets_tests.corruptions import TIMES, Corruption


def _time(name: str, table: str, column: str, value: str) -> Corruption:
    return Corruption(
        name=name,
        pick=f"SELECT id FROM {table} WHERE {column} IS NOT NULL AND NOT EXISTS "
        f"(SELECT 1 FROM migration_derived WHERE table_name = '{table}' AND row_id = id "
        f"AND column_name = '{column}') ORDER BY id LIMIT 1",
        change=(f"UPDATE {table} SET {column} = {value} WHERE id = :id",),
        caught_by=(TIMES,),
    )


INSTANTS = (
    _time("time off by one millisecond", "rfi_responses", "created_at", "later(created_at, 0.001)"),
    _time("time off by one second", "file", "created_at", "later(created_at, 1)"),
    _time("time off by one hour", "highlight", "resolved_at", "later(resolved_at, 3600)"),
    _time("local time kept as if it were UTC", "review", "created_at", "later(created_at, 7200)"),
    _time("zone applied twice", "review", "deadline", "later(deadline, -7200)"),
    _time("day and month swapped", "checklist_item", "created_at", "later(created_at, 86400 * 28)"),
    _time("time in an SQL form", "rfi", "due_date", "replace(rtrim(due_date, 'Z'), 'T', ' ')"),
    _time("time with an offset", "rfis", "created_at", "rtrim(created_at, 'Z') || '+00:00'"),
    _time("time without milliseconds", "highlight", "created_at", "substr(created_at, 1, 19)||'Z'"),
    _time("wrong calendar date", "review", "deadline", "'2026-02-31T00:00:00.000Z'"),
    _time("hour 24", "review", "updated_at", "substr(updated_at, 1, 11) || '24:00:00.000Z'"),
    _time("time as Unix seconds", "rfi_response", "created_at", "1740787200"),
    _time("time as text of digits", "rfi_questions", "due_date", "'1740787200'"),
    _time("time lost", "collaborator", "expires_at", "NULL"),
    _time("time replaced by now", "highlight_comment", "created_at", "'2026-11-22T10:00:00.000Z'"),
    Corruption(
        name="date invented where the source has none",
        pick="SELECT id FROM engagement WHERE end_date IS NULL ORDER BY id LIMIT 1",
        change=("UPDATE engagement SET end_date = '2025-01-01T00:00:00.000Z' WHERE id = :id",),
        caught_by=(TIMES,),
    ),
    Corruption(
        name="known time declared as derived",
        pick="SELECT id FROM rfi_response ORDER BY id LIMIT 1",
        change=(
            "UPDATE rfi_response SET created_at = '2020-01-01T00:00:00.000Z' WHERE id = :id",
            "INSERT INTO migration_derived VALUES ('rfi_response', :id, 'created_at', 'forged')",
        ),
        caught_by=(TIMES,),
    ),
    Corruption(
        name="latest response forgotten",
        pick="SELECT id FROM rfi WHERE last_response_date IS NOT NULL ORDER BY id LIMIT 1",
        change=("UPDATE rfi SET last_response_date = NULL WHERE id = :id",),
        caught_by=(TIMES,),
    ),
)  # fmt: skip
