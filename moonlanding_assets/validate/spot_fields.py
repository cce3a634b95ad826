"""Where each leaf of one document is kept: in which column of which row, or in the residue.

A column holds a leaf when it holds what the document says, and would hold something else if the
leaf were another. Nobody has to declare which field goes where: it is tried. Holds no drawing of
documents and no verdict.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from moonlanding_assets.schema.catalogue import TABLE, quoted
from moonlanding_assets.validate.documents import Document
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.identity import row_id
from moonlanding_assets.validate.json_rules import JSON_COLUMNS
from moonlanding_assets.validate.links import ROOTS
from moonlanding_assets.validate.plain import Plain
from moonlanding_assets.validate.reading import Siblings, SourceRow, rows_of
from moonlanding_assets.validate.residue import Place, Residue, inside, leaves_of
from moonlanding_assets.validate.shapes import SHAPES, Shape
from moonlanding_assets.validate.spot_rules import ColumnRules, ColumnSays
from moonlanding_assets.validate.validator import Tally
from moonlanding_assets.validate.values import ITSELF, Fields, Value, array_of, id_in, map_of
from moonlanding_assets.validate.verification import Subject

_ANOTHER: Value = {"stringValue": "~"}
_ROOTS = frozenset(ROOTS.values())


class _Noting(dict[str, Value]):
    """Fields that note which of their names a rule asks for."""

    def __init__(self, fields: Fields) -> None:
        super().__init__(fields)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Value:
        self.asked.add(name)
        return super().__getitem__(name)

    def items(self) -> Any:
        self.asked.update(self)
        return super().items()


class Kept:
    """One document looked up in the file. `places`: subtrees that columns hold as a whole."""

    def __init__(
        self, subject: Subject, rules: ColumnRules, document: Document, siblings: Siblings
    ) -> None:
        self._subject = subject
        self._rules = rules
        self.document = document
        self.residue = Residue(subject.evidence, document.path)
        self.places: set[Place] = set()
        self._siblings = siblings
        self._place_of = dict(_places(document.fields))

    def compare(self, collection: str, tally: Tally) -> None:
        """Every column against the document, then every leaf looked for."""
        for row in self._rows(collection):
            self._row(row, tally)
        for place, value in leaves_of(self.document.fields):
            tally.evidence += 1
            tally.compared += 1
            in_column = any(place[:length] in self.places for length in range(1, len(place) + 1))
            where = "in_columns" if in_column else "in_residue"
            if not in_column and not self.residue.holds(place, value):
                where = "nowhere"
                path, column = self.document.path, shown(place)
                tally.find("leaf_lost", path=path, column=column, detail="in no column, no residue")
            tally.counts[where] = tally.counts.get(where, 0) + 1

    def _rows(self, collection: str) -> Iterator[SourceRow]:
        path, fields = self.document
        address = self._subject.links.people.email_of.get(path)
        if address is not None:
            row_id = self._subject.links.user_rows.get(address, "")
            yield SourceRow("users", row_id, path, "", fields, "", fields)
        yield from rows_of(self.document, SHAPES.get(collection, Shape()), self._siblings)

    def _row(self, row: SourceRow, tally: Tally) -> None:
        evidence = self._subject.evidence
        if evidence.theirs.holds(row.table, row.row_id):
            return  # it was there before, so the residue must hold all of this
        found = stored_row(evidence, row.table, row.row_id)
        if found is None:
            if not evidence.is_quarantined(row.path, row.locator, row.table):
                detail = f"no row in {row.table}"
                tally.find("row_lost", row_id=row.row_id, path=row.path, locator=row.locator,
                           detail=detail)  # fmt: skip
            return
        for rule in self._rules.of(row.table):
            noting = _Noting(row.fields)
            expected = rule.derive(row._replace(fields=noting))
            if expected is None:
                continue
            if rule.agrees(expected, found[rule.column]):
                self._hold(row, rule, expected, noting.asked)
            elif not rule.is_shared:
                tally.find("value_differs", row_id=row.row_id, path=row.path, locator=row.locator,
                           column=f"{row.table}.{rule.column}")  # fmt: skip

    def _hold(self, row: SourceRow, rule: ColumnSays, expected: Any, asked: set[str]) -> None:
        """Note what the column holds of the fields that its rule asked for."""
        itself = row.fields.get(ITSELF)
        own = row.fields if itself is None else itself
        place = self._place_of.get(id(own), ())
        is_json = rule.column in JSON_COLUMNS.get(row.table, {})
        for name in asked & row.fields.keys():
            below = place if name == ITSELF else (*place, name)
            for fields in (row.fields, {name: row.fields[name]}):  # another name may say the same
                tried = _Tried(row._replace(fields=fields), rule, is_json=is_json)
                if tried.expected == expected:
                    self._hold_value(tried, (name,), below)

    def _hold_value(self, tried: "_Tried", steps: Place, place: Place) -> None:
        """The whole value when the column holds all of it, else whatever parts it holds."""
        value = inside(tried.row.fields[str(steps[0])], steps[1:]) or _ANOTHER
        parts = list(_children(value))
        if not tried.depends_on(steps):
            return
        if not parts or tried.holds_all_of(steps, value):
            self.places.add(place)
            return
        for step, _ in parts:
            self._hold_value(tried, (*steps, step), (*place, step))


class _Tried:
    """One column tried with other fields than the document's."""

    def __init__(self, row: SourceRow, rule: ColumnSays, *, is_json: bool) -> None:
        self.row = row
        self._rule = rule
        self._is_json = is_json
        self.expected = rule.derive(row)

    def depends_on(self, steps: Place) -> bool:
        """Whether the column would hold something else without this value, or with another.

        Or it holds the very row that the value names: what links back may say the same.
        """
        if any(self._with(steps, other) != self.expected for other in (_ANOTHER, None)):
            return True
        named = id_in(inside(self.row.fields[str(steps[0])], steps[1:]))
        return bool(named) and any(self.expected == row_id(f"{root}/{named}") for root in _ROOTS)

    def holds_all_of(self, steps: Place, value: Value) -> bool:
        """Whether a JSON column loses as many leaves as the value has when it is taken away."""
        if not self._is_json:
            return False
        lost = _leaves_in(self.expected) - _leaves_in(self._with(steps, None))
        return lost >= sum(1 for _ in leaves_of({"": value}))

    def _with(self, steps: Place, other: Value | None) -> Any:
        fields = _changed(self.row.fields, steps, other)
        document = fields if not self.row.locator else self.row.document
        return self._rule.derive(self.row._replace(fields=fields, document=document))


def stored_row(evidence: Evidence, table: str, row_id: str) -> Mapping[str, Any] | None:
    """The row as it is in the file, None when there is none."""
    names = [column.name for column in TABLE[table].columns]
    listed = ", ".join(map(quoted, names))
    sql = f"SELECT {listed} FROM {quoted(table)} WHERE id = ?"
    found = evidence.query(sql, row_id).fetchone()
    return None if found is None else dict(zip(names, found, strict=True))


def shown(place: Place) -> str:
    """A place as people write it: highlights[3].comment.text."""
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in place]
    return "".join(parts).removeprefix(".")


def _children(value: Value) -> Iterator[tuple[str | int, Value]]:
    held = map_of(value)
    yield from held.items() if held else enumerate(array_of(value))


def _changed(fields: Fields, steps: Place, other: Value | None) -> Fields:
    """A copy of the fields with the value at these steps replaced, or taken away."""
    name = str(steps[0])
    copy = dict(fields)
    if len(steps) > 1:
        copy[name] = _changed_inside(copy[name], steps[1:], other)
    elif other is None:
        del copy[name]
    else:
        copy[name] = other
    return copy


def _changed_inside(value: Value, steps: Place, other: Value | None) -> Value:
    step = steps[0]
    if not isinstance(step, int):
        return {"mapValue": {"fields": _changed(map_of(value) or {}, steps, other)}}
    elements = list(array_of(value))
    if len(steps) > 1:
        elements[step] = _changed_inside(elements[step], steps[1:], other)
    elif other is None:
        del elements[step]
    else:
        elements[step] = other
    return {"arrayValue": {"values": elements}}


def _leaves_in(content: Plain) -> int:
    """Scalars, empty lists and empty objects of plain JSON; none in nothing."""
    if content is None:
        return 0
    return sum(1 for _ in _scalars_in(content))


def _scalars_in(content: Plain) -> Iterator[Plain]:
    parts = content.values() if isinstance(content, dict) else content
    if not isinstance(content, dict | list) or not content:
        yield content
        return
    for part in parts:
        yield from _scalars_in(part)


def _places(fields: Fields, place: Place = ()) -> Iterator[tuple[int, Place]]:
    """Which object of the parsed document lies where, for rows made of a part of it."""
    yield id(fields), place
    for name, value in fields.items():
        yield from _places_in(value, (*place, name))


def _places_in(value: Value, place: Place) -> Iterator[tuple[int, Place]]:
    yield id(value), place
    held = map_of(value)
    if held:
        yield from _places(held, place)
    for index, element in enumerate(array_of(value)):
        yield from _places_in(element, (*place, index))
