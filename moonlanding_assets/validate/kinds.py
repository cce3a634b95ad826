"""Each stored value looked at: its kind by what the column means, its word, its very content.

A declared type says nothing in SQLite, so every value is asked. Plain columns are compared with
the source as well: a text that was cut, a word that another word replaced, a role made wider.
"""

from typing import Any, ClassVar

from moonlanding_assets.schema.catalogue import BASE_TABLES, TABLE, quoted
from moonlanding_assets.schema.columns import Column, Table
from moonlanding_assets.validate.before import SCHEMA
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.filled import FILLED
from moonlanding_assets.validate.kind_rules import FREE_TEXT, UNKNOWN, WORDS
from moonlanding_assets.validate.linked_rules import LINKED, Surroundings
from moonlanding_assets.validate.passes import gathered
from moonlanding_assets.validate.people import normal_email
from moonlanding_assets.validate.plain import same_scalar
from moonlanding_assets.validate.reading import SourceRow
from moonlanding_assets.validate.scalar_rules import SCALARS
from moonlanding_assets.validate.scalars import Scalar
from moonlanding_assets.validate.shapes import READ_TABLES
from moonlanding_assets.validate.shards import Part
from moonlanding_assets.validate.sight import Columns, Sight, Stored
from moonlanding_assets.validate.times import UNIX, storage_of
from moonlanding_assets.validate.users import compare_users
from moonlanding_assets.validate.validator import TableResult, Tallies, Tally

JUDGED = tuple(table.name for table in BASE_TABLES)
COLUMNS = {  # table → its plain columns that follow the source
    table: (*rules, *LINKED.get(table, {})) for table, rules in SCALARS.items()
}
_HEX = "[0-9a-f]"
_UUID = "-".join(_HEX * count for count in (8, 4, 4, 4, 12))
_SHOWN_ROWS = 1_000


def check_kinds(evidence: Evidence) -> tuple[TableResult, ...]:
    """Every value of every base table; then plain columns against the source."""
    tallies = Tallies(JUDGED)
    evidence.connection.create_function("is_normal_email", 1, _is_normal_email)
    is_unix = storage_of(evidence) == UNIX
    for table in BASE_TABLES:
        _forms(evidence, table, tallies[table.name], is_unix=is_unix)
    compare_users(evidence, tallies["users"])
    tallies.add(gathered(evidence, Values).tallies)
    return tallies.results()


class Values:
    """Plain columns beside what the source says, shard by shard."""

    reads: ClassVar[Columns] = COLUMNS
    is_everywhere: ClassVar[bool] = False

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.around = Surroundings(evidence)

    def judge(self, sight: Sight) -> Part:
        """Compare every row of a shard."""
        part = Part()
        sight.keep_derived_near()
        for row, found in sight.beside(COLUMNS).pairs():
            tally = part.tallies[row.table]
            tally.evidence += 1
            if found is not None:
                tally.compared += 1
                self._row(row, found, tally)
            elif not self.evidence.is_quarantined(row.path, row.locator, row.table):
                _find(tally, row, "row_lost", "", "")
        return part

    def _row(self, row: SourceRow, found: Stored, tally: Tally) -> None:
        for column, value in zip(COLUMNS[row.table], found[1:], strict=True):
            expected = _expected(self.around, row, column)
            if expected is None:
                _without_source(self.evidence, row, (column, value), tally)
            elif not same_scalar(expected, value):
                kind = "value_differs" if type(expected) is type(value) else "kind_differs"
                _find(tally, row, kind, column, f"stored {type(value).__name__}")


def _expected(around: Surroundings, row: SourceRow, column: str) -> Scalar:
    rule = SCALARS[row.table].get(column)
    return LINKED[row.table][column](around, row) if rule is None else rule(row)


def _is_normal_email(text: object) -> bool:
    return isinstance(text, str) and normal_email(text) == text


def _forms(evidence: Evidence, table: Table, tally: Tally, *, is_unix: bool) -> None:
    """One scan of the table counts malformed values by column; only then rows are named."""
    checks = {
        column.name: bad
        for column in table.columns
        if (bad := _bad(evidence, table, column, is_unix=is_unix))
    }
    sums = ", ".join(f"total({bad})" for bad in checks.values())
    values = " + ".join(f"count({quoted(column.name)})" for column in table.columns)
    ours = evidence.ours(table.name)
    found = evidence.query(f"SELECT {values}, {sums} FROM {ours}").fetchone()
    tally.counts["values"] = found[0] or 0
    has_id = any(column.name == "id" for column in table.columns)
    key = "id" if has_id else "rowid"
    for (column, bad), count in zip(checks.items(), found[1:], strict=True):
        if not count:
            continue
        named = quoted(column)
        sql = f"SELECT {key}, typeof({named}), {named} FROM {ours} WHERE {bad}"
        for row_id, kind, value in evidence.query(sql).fetchmany(_SHOWN_ROWS):
            if value == UNKNOWN and (table.name, row_id) in evidence.placeholders:
                continue
            tally.find("malformed", row_id=str(row_id), column=column, detail=f"stored {kind}")


def _bad(evidence: Evidence, table: Table, column: Column, *, is_unix: bool) -> str:
    """As _malformed; a reference may also lead to a person of production, whatever the id."""
    bad = _malformed(table, column, is_unix=is_unix)
    if column.meaning != "reference" or "users" not in evidence.theirs.tables:
        return bad
    return f"({bad} AND {quoted(column.name)} NOT IN (SELECT id FROM {SCHEMA}.users))"


def _malformed(table: Table, column: Column, *, is_unix: bool) -> str:
    """SQL that is true for a value that this column must not hold; "" for no rule."""
    name = quoted(column.name)
    if table.name in READ_TABLES and column.name not in FILLED[table.name]:
        default = plain_default(column).replace("'", "''")
        return f"({name} IS NOT NULL AND CAST({name} AS TEXT) IS NOT '{default}')"
    words = WORDS.get((table.name, column.name))
    if words:
        listed = ", ".join("'" + word + "'" for word in words)
        return f"({name} IS NOT NULL AND {name} NOT IN ({listed}))"
    good = _GOOD.get(column.meaning, "typeof({0}) = 'text'").format(name)
    if (table.name, column.name) in FREE_TEXT:
        good = f"typeof({name}) = 'text'"
    elif column.meaning == "number":
        good = _GOOD_NUMBER[column.type].format(name)
    if column.meaning == "time" and is_unix:
        good = f"(typeof({name}) = 'integer' OR {name} NOT GLOB '*[^-0-9]*')"
    return f"({name} IS NOT NULL AND NOT ({good}))"


_GOOD = {
    "key": f"typeof({{0}}) = 'text' AND {{0}} GLOB '{_UUID}'",
    "reference": f"typeof({{0}}) = 'text' AND {{0}} GLOB '{_UUID}'",
    "boolean": "typeof({0}) = 'integer' AND {0} IN (0, 1)",
    "json": "typeof({0}) = 'text' AND json_valid({0})",
    "email": "typeof({0}) = 'text' AND is_normal_email({0})",
}
_GOOD_NUMBER = {
    "INTEGER": "typeof({0}) = 'integer'",
    "REAL": "typeof({0}) = 'real'",
    "TEXT": "typeof({0}) = 'text' AND {0} <> '' AND {0} NOT GLOB '*[^-.0-9]*'",
    "ANY": "1",
}


def _without_source(
    evidence: Evidence, row: SourceRow, cell: tuple[str, Any], tally: Tally
) -> None:
    """NULL, the column's default, or a value that is owned up to as derived."""
    column, value = cell
    if value is None or (row.table, row.row_id, column) in evidence.derived:
        return
    if str(value) != plain_default(TABLE[row.table].column(column)):
        _find(tally, row, "invented", column, "neither in the source nor derived in the open")


def plain_default(column: Column) -> str:
    """What the column holds when nobody sets it, as text."""
    default = (column.default or "").strip("'")
    return {"false": "0", "true": "1"}.get(default, default)


def _find(tally: Tally, row: SourceRow, kind: str, column: str, detail: str) -> None:
    tally.find(
        kind, row_id=row.row_id, path=row.path, locator=row.locator, column=column, detail=detail
    )
