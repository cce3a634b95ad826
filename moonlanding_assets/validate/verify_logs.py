"""Check 8: every line of every log and activity list, under what it is about, in order."""

from collections import Counter
from typing import Any

from moonlanding_assets.validate.chains import Chain, Expected, compare_chains, led, said
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.instants import first_instant, to_milliseconds
from moonlanding_assets.validate.json_rules import JSON_COLUMNS
from moonlanding_assets.validate.linked_rules import LINKED, Surroundings
from moonlanding_assets.validate.plain import is_written
from moonlanding_assets.validate.reading import SourceRow, source_rows
from moonlanding_assets.validate.scalar_rules import SCALARS
from moonlanding_assets.validate.shapes import SHAPES
from moonlanding_assets.validate.time_rules import TIME_FIELDS
from moonlanding_assets.validate.validator import TableResult, Tally
from moonlanding_assets.validate.verification import Examined, Subject, merged

LOGS, SYSTEM = "audit_logs", "system"
COLLECTIONS = tuple(key for key, shape in SHAPES.items() if LOGS in shape.tables)
Thing = tuple[str, str]  # its kind and its row id, or the category of a log


def activity_logs(subject: Subject) -> Examined:
    """Each line's row and content; how many lines each thing has; the order by time."""
    evidence = subject.evidence
    texts = dict(evidence.rows(LOGS, "id", "after_state"))
    contents, expected = Tally(LOGS), Counter[Thing]()
    instants: dict[str, int] = {}
    for row in source_rows(evidence, LOGS):
        if evidence.is_quarantined(row.path, row.locator, LOGS):
            continue
        expected[_thing(subject.around, row)] += 1
        _content(row, texts, contents)
        when = first_instant(row.fields, TIME_FIELDS[LOGS]["created_at"])
        if when is not None:
            instants[row.row_id] = to_milliseconds(when)
    results = (
        *compare_chains(subject, (_LINE,)),
        contents.result(),
        _counts(evidence, expected),
        _order(evidence, instants),
    )
    notes = {
        "lines_by_source": [
            {"collection": key, "documents": evidence.collections.get(key, 0)}
            for key in COLLECTIONS
        ],
        "lines_without_a_time_of_their_own": expected.total() - len(instants),
    }
    return Examined(tables=merged(results), notes=notes)


def _line(around: Surroundings, row: SourceRow) -> Expected:
    kind = LINKED[LOGS]["entity_type"](around, row)
    action = said(SCALARS[LOGS]["action"](row))
    return kind, led("entity_id", around, row), action, led("user_id", around, row)


_LINE = Chain(
    table=LOGS,
    columns=("entity_type", "entity_id", "action", "user_id"),
    sql=f"SELECT id, entity_type, entity_id, action, user_id FROM {LOGS}",
    expects=_line,
)


def _thing(around: Surroundings, row: SourceRow) -> Thing:
    kind = str(LINKED[LOGS]["entity_type"](around, row))
    return kind, led("entity_id", around, row).row_id or ""


def _content(row: SourceRow, texts: dict[str, Any], tally: Tally) -> None:
    """What the line says, to the letter. A line without a row is found by the chain."""
    if row.row_id not in texts:
        return
    text = texts[row.row_id]
    wanted = JSON_COLUMNS[LOGS]["after_state"](row)
    try:
        is_same = text is not None and is_written(wanted, text)
    except ValueError:
        is_same = False
    if not is_same:
        tally.find("content_differs", row_id=row.row_id, path=row.path, column="after_state")


def _counts(evidence: Evidence, expected: Counter[Thing]) -> TableResult:
    """As many lines for each thing as the source has."""
    tally = Tally("lines of each thing")
    ours = evidence.ours(LOGS)
    sql = f"SELECT entity_type, entity_id, count(*) FROM {ours} GROUP BY 1, 2"
    stored = {(kind, name): count for kind, name, count in evidence.query(sql)}
    tally.evidence = len(expected)
    for thing in sorted(expected.keys() | stored.keys()):
        tally.compared += thing in stored
        if stored.get(thing, 0) != expected.get(thing, 0):
            counts = f"{thing[0]}: source {expected.get(thing, 0)}, file {stored.get(thing, 0)}"
            row_id = "" if thing[0] == SYSTEM else thing[1]  # a category is somebody's text
            tally.find("count_differs", row_id=row_id, detail=counts)
    return tally.result()


def _order(evidence: Evidence, instants: dict[str, int]) -> TableResult:
    """Lines sorted by the file's times are in the order of the source's instants."""
    tally = Tally("order of lines")
    tally.evidence = len(instants)
    before: dict[Thing, tuple[int, str]] = {}
    sql = f"SELECT entity_type, entity_id, id FROM {evidence.ours(LOGS)} ORDER BY created_at"
    for kind, name, row_id in evidence.query(sql):
        when = instants.get(row_id)
        if when is None:
            continue
        tally.compared += 1
        last, other = before.get((kind, name), (when, ""))
        if when // 1_000_000 < last // 1_000_000:
            tally.find("out_of_order", row_id=row_id, detail=f"after {other}, which is later")
        before[(kind, name)] = (max(when, last), row_id if when >= last else other)
    return tally.result()
