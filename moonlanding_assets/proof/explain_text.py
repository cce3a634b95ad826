"""Explanations laid out: as plain text for a terminal, and as JSON.

Holds no query and no words of a rule. Field names and ids are written so that they cannot forge
lines.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterator

import orjson

from moonlanding_assets.contract.suggest import printable
from moonlanding_assets.proof.explanation import DocumentPart, Explanation, RowPart

MOST_ROWS = 25
MOST_LINES = 60


def to_json(explanation: Explanation) -> str:
    """The explanation as one JSON object, indented; nothing is left out."""
    held = dataclasses.asdict(explanation)
    return orjson.dumps(held, option=orjson.OPT_INDENT_2).decode() + "\n"


def render(explanation: Explanation) -> str:
    """The explanation in plain text; long lists are cut, and say so."""
    lines = [explanation.subject, *explanation.notes]
    for part in explanation.documents:
        lines += ["", *_document(part)]
    return "\n".join(printable(line) for line in lines) + "\n"


def _document(part: DocumentPart) -> Iterator[str]:
    yield f"document    {part.path}"
    yield f"collection  {part.collection}"
    yield f"outcome     {part.outcome}: {part.meaning}"
    yield f"content     sha256 {part.sha256[:16]}{_snapshot(part.snapshot)}"
    yield "leaves      " + ", ".join(f"{count} {name}" for name, count in part.leaves.items())
    for row in part.rows[:MOST_ROWS]:
        yield ""
        yield from _row(row)
    if len(part.rows) > MOST_ROWS:
        yield ""
        yield from _more_rows(part)
    yield from _residue(part)
    yield from _quarantine(part)
    yield from _others(part)


def _snapshot(word: str) -> str:
    said = {"same": "the same", "differs": "another one", "missing": "no such document"}
    return f"; the snapshot has {said[word]}" if word else ""


def _row(row: RowPart) -> Iterator[str]:
    place = f"  from {row.place}" if row.place else ""
    yield f"row {row.table} {row.row_id}{place}"
    width = max((len(one.column) for one in row.columns), default=0)
    for one in row.columns:
        sources = ", ".join(one.sources)
        arrow = f"<- {sources}" if sources else "   -"
        yield f"  {one.column:<{width}}  {arrow}  {one.value}"
        yield f"  {'':<{width}}     {one.how}"
        if one.note:
            yield f"  {'':<{width}}     ! {one.note}"


def _more_rows(part: DocumentPart) -> Iterator[str]:
    left = Counter(row.table for row in part.rows[MOST_ROWS:])
    said = ", ".join(f"{count} of {table}" for table, count in sorted(left.items()))
    yield f"and {sum(left.values())} more rows ({said}): explain TABLE ID shows any of them"


def _residue(part: DocumentPart) -> Iterator[str]:
    if not part.residue:
        return
    yield from ("", "residue: what no column gives back bit by bit")
    for one in part.residue[:MOST_LINES]:
        value = f"  {one.value}" if one.value else ""
        yield f"  {one.field}{value}"
        yield f"      {one.reason}: {one.meaning}"
    left = Counter(one.reason for one in part.residue[MOST_LINES:])
    if left:
        said = ", ".join(f"{count} {reason}" for reason, count in sorted(left.items()))
        yield f"  and {sum(left.values())} more: {said}"


def _quarantine(part: DocumentPart) -> Iterator[str]:
    if part.quarantine:
        yield from ("", "quarantine: what could not be carried")
    for one in part.quarantine[:MOST_LINES]:
        what = ".".join(name for name in (one.table, one.field) if name)
        place = " ".join(name for name in (one.locator, what) if name)
        yield f"  {place or 'the whole document'}"
        yield f"      {one.reason}: {one.meaning}; to do: {one.remedy}"
    if len(part.quarantine) > MOST_LINES:
        yield f"  and {len(part.quarantine) - MOST_LINES} more"


def _others(part: DocumentPart) -> Iterator[str]:
    if part.merges:
        yield from ("", "merge: documents of the same e-mail address")
    for one in part.merges:
        if not one.field:
            review = "; looks wrong: the names differ" if one.needs_review else ""
            yield f"  {one.role}  {one.path}{review}"
        elif one.relation != "equal":
            yield f"      {one.field}: {one.relation}"
    if part.placeholders:
        yield from ("", "placeholders: rows invented so that a reference holds")
    for held in part.placeholders:
        yield f"  {held.table} {held.row_id}  {held.key}"
        yield f"      {held.reason}: {held.meaning}"
